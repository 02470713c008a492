/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a process reaches, and paths that lead nowhere. tests/cli/sandbox.t has the rest. */
#include "host/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

static char place[] = "/tmp/vtap-unit-XXXXXX";

static const char *at(const char *name)
{
	static char path[4][512];
	static unsigned next;
	char *text = path[next++ % 4];

	snprintf(text, sizeof(path[0]), "%s/%s", place, name);
	return text;
}

static bool make(const char *name, mode_t mode, uid_t owner)
{
	int fd = mode & S_ISVTX ? -1 : open(at(name), O_CREAT | O_CLOEXEC | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
	return (fd >= 0 || mkdir(at(name), 0700) == 0) && chown(at(name), owner, owner) == 0 &&
	       chmod(at(name), mode) == 0;
}

static bool reaches(const char *name)
{
	struct sandbox sandbox = { 0 };

	sandbox_write(&sandbox, at(name));
	return sandbox_is_reachable(&sandbox);
}

/* In a folder with the sticky bit others' files stay, unless the folder is one's own. */
static void check_sticky(void)
{
	uid_t other = getpwnam("nobody")->pw_uid;

	ok(make("shared", 01777, other) && make("shared/theirs", 0666, other) &&
		   make("shared/ours", 0644, 0) && make("own", 01777, 0) &&
		   make("own/theirs", 0666, other),
	   "two folders with the sticky bit");
	capng_clear(CAPNG_SELECT_CAPS);
	ok(capng_apply(CAPNG_SELECT_CAPS) == 0, "without rights:");
	ok(!reaches("shared/theirs"), "... it is not");
	ok(rename(at("shared/ours"), at("shared/theirs")) < 0 && errno == EPERM,
	   "... for it cannot be replaced");
	ok(reaches("shared/ours"), "... but one's own");
	ok(reaches("shared/new"), "... and a new one");
	ok(reaches("own/theirs"), "... and all in one's own folder");
}

/* The message comes from what opens the file, not from the sandbox. */
static void check_nowhere(void)
{
	struct sandbox sandbox = { 0 };
	struct error err = { 0 };
	char name[300];
	bool confined;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(symlink("loop", at("loop")) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
	   "a link to itself");
	sandbox_write(&sandbox, at(name));
	sandbox_read(&sandbox, at(name));
	sandbox_write(&sandbox, at("loop"));
	sandbox_read(&sandbox, at("loop/x"));
	ok(sandbox_enter(&sandbox, &confined, &err), "paths that lead nowhere: %s", err.text);
	ok(open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == ENAMETOOLONG,
	   "a name that is too long is refused as such");
	ok(open(at("loop"), O_RDONLY | O_CLOEXEC) < 0 && errno == ELOOP, "... and so is a loop");
}

/* A process whose kernel loads no filter; it writes what the sandbox says of that. */
static void be_refused(int to)
{
	const struct scmp_arg_cmp load[] = { { 0, SCMP_CMP_EQ, 1, 0 }, { 2, SCMP_CMP_NE, 0, 0 } };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const struct sandbox sandbox = { 0 };
	struct error err = { 0 };
	bool confined;

	seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(seccomp), 2, load);
	if (seccomp_load(filter) == 0)
		sandbox_enter(&sandbox, &confined, &err);
	if (write(to, err.text, strlen(err.text)) < 0)
		_exit(1);
	_exit(0);
}

static void check_refused(void)
{
	char text[sizeof(((struct error *)0)->text)] = "";
	int ends[2] = { -1, -1 };
	pid_t pid = pipe(ends) == 0 ? fork() : -1;

	if (pid == 0)
		be_refused(ends[1]);
	close(ends[1]);
	ok(read(ends[0], text, sizeof(text) - 1) > 0, "a filter that the kernel refuses");
	is_str(text,
	       "cannot enter the sandbox (--no-sandbox goes without): seccomp: "
	       "Cannot allocate memory",
	       "... for its reason, and what to do");
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	char command[64];
	int status = -1;
	pid_t pid;

	if (!mkdtemp(place) || chmod(place, 0755) < 0)
		return 1;
	/* This process stays outside, to remove the folder. */
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0)
			check_sticky();
		else
			ok(true, "the sticky bit # SKIP not root");
		check_refused();
		check_nowhere();
		exit(tap_done());
	}
	waitpid(pid, &status, 0);
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command) != 0 || pid < 0 || status != 0;
}
