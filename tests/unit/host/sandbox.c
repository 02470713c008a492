/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a process reaches, and paths that lead nowhere. tests/cli/sandbox.t has the rest. */
#include "host/sandbox.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
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

/* Whether this build refuses what the sandbox does not allow, and the kernel can confine files. */
static bool refuses(bool confined)
{
#if defined(__SANITIZE_ADDRESS__) || defined(VTAP_COVERAGE)
	(void)confined;
	return false;
#else
	return confined;
#endif
}

static bool enter(unsigned needs, const char *read_path, const char *write_path, bool *refused)
{
	struct sandbox sandbox = { .needs = needs };
	struct error err = { 0 };
	bool confined = false, entered;

	if (read_path)
		sandbox_read(&sandbox, read_path);
	if (write_path)
		sandbox_write(&sandbox, write_path);
	entered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		  sandbox_enter(&sandbox, &confined, &err);
	*refused = refuses(confined);
	return ok(entered, "a sandbox: %s", err.text);
}

/* Returns the number of names, or -1 if the folder cannot be read. */
static int count_names(const char *folder)
{
	DIR *names = opendir(folder);
	int count = 0;

	if (!names)
		return -1;
	errno = 0;
	while (readdir(names))
		count++;
	closedir(names);
	return errno ? -1 : count;
}

static void be_lister(void)
{
	char deep[512];
	bool refused;

	snprintf(deep, sizeof(deep), "%s", at("archive/day"));
	if (!enter(SANDBOX_LIST, at("archive/"), NULL, &refused))
		return;
	is_u64((uint64_t)count_names(at("archive")), 3, "what is read can be listed");
	is_u64((uint64_t)count_names(deep), 3, "... and what is below");
	if (refused) {
		ok(count_names(place) < 0 && errno == EACCES, "... nothing above");
		ok(count_names(at("spool")) < 0 && errno == EACCES, "... nor beside it");
		ok(open(at("beside"), O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES,
		   "... whose files are not read, either");
		ok(mkdir(at("archive/new"), 0700) < 0 && errno == EPERM, "... nothing is written");
	}
}

static void be_reader(void)
{
	bool refused;

	if (!enter(0, at("archive/"), NULL, &refused))
		return;
	ok(open(at("archive/day/object"), O_RDONLY | O_CLOEXEC) >= 0, "what is read is read");
	ok(!refused || count_names(at("archive")) < 0, "... and not listed without the need");
}

/* All that a capture goes through: seen, leased, moved, linked, removed with its folder. */
static void be_archiver(void)
{
	int watch = inotify_init1(IN_CLOEXEC), fd;
	bool refused;

	if (!enter(SANDBOX_SPOOL, NULL, at("spool/"), &refused))
		return;
	is_u64((uint64_t)count_names(at("spool")), 3, "a spool can be listed");
	ok(inotify_add_watch(watch, at("spool/in"), IN_CLOSE_WRITE | IN_MOVED_TO) > 0,
	   "... and watched");
	fd = open(at("spool/in/capture"), O_RDONLY | O_CLOEXEC);
	ok(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 || errno == EINVAL, "... a capture leased");
	ok(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 || errno == EINVAL || errno == EAGAIN,
	   "... and released");
	close(fd);
	fd = open(at("spool/in"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok(flock(fd, LOCK_EX | LOCK_NB) == 0, "... its folder locked");
	ok(mkdirat(AT_FDCWD, at("spool/taken"), 0700) == 0 &&
		   renameat2(AT_FDCWD, at("spool/in/capture"), AT_FDCWD, at("spool/taken/capture"),
			     RENAME_NOREPLACE) == 0,
	   "... moved into another one");
	ok(linkat(AT_FDCWD, at("spool/taken/capture"), AT_FDCWD, at("spool/stage"), 0) == 0,
	   "... linked");
	ok(unlinkat(AT_FDCWD, at("spool/taken/capture"), 0) == 0 &&
		   unlinkat(AT_FDCWD, at("spool/taken"), AT_REMOVEDIR) == 0,
	   "... removed, and so is its folder");
	if (refused) {
		ok(count_names(at("archive")) < 0 && errno == EACCES, "nothing else is listed");
		ok(linkat(AT_FDCWD, at("spool/stage"), AT_FDCWD, at("archive/stage"), 0) < 0 &&
			   (errno == EACCES || errno == EXDEV),
		   "... nor linked to");
		ok(fcntl(fd, F_SETOWN, 1) < 0 && errno == EPERM, "... and nobody is signalled");
	}
}

static void be_writer(void)
{
	int watch = inotify_init1(IN_CLOEXEC), fd;
	bool refused;

	if (!enter(0, NULL, at("spool/"), &refused) || !refused)
		return;
	fd = open(at("spool/stage"), O_RDONLY | O_CLOEXEC);
	ok(fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EPERM,
	   "without the need nothing is leased");
	ok(count_names(at("spool")) < 0, "... listed");
	ok(inotify_add_watch(watch, at("spool"), IN_CLOSE_WRITE) < 0 && errno == EPERM,
	   "... watched");
	ok(linkat(AT_FDCWD, at("spool/stage"), AT_FDCWD, at("spool/link"), 0) < 0 && errno == EPERM,
	   "... linked");
	ok(mkdir(at("spool/folder"), 0700) == 0 && rmdir(at("spool/folder")) < 0,
	   "... nor is a folder removed");
}

/* There is no way out of a sandbox. The child's lines are indented, as a subtest's are. */
static void in_child(void (*be)(void))
{
	int ends[2], status = -1;
	pid_t pid = -1;
	char line[256];
	FILE *from;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		tap_count = tap_failed = 0;
		be();
		tap_done();
		fflush(stdout);
		_exit(tap_failed != 0);
	}
	close(ends[1]);
	from = fdopen(ends[0], "r");
	while (from && fgets(line, sizeof(line), from))
		printf("    %s", line);
	if (from)
		fclose(from);
	waitpid(pid, &status, 0);
	ok(pid > 0 && status == 0, "in a process of its own");
}

static void check_needs(void)
{
	void (*const be[])(void) = { be_lister, be_reader, be_archiver, be_writer };

	ok(mkdir(at("archive"), 0700) == 0 && mkdir(at("archive/day"), 0700) == 0 &&
		   mkdir(at("spool"), 0700) == 0 && mkdir(at("spool/in"), 0700) == 0 &&
		   make("archive/day/object", 0600, geteuid()) &&
		   make("spool/in/capture", 0600, geteuid()) && make("beside", 0600, geteuid()),
	   "an archive and a spool");
	for (size_t i = 0; i < sizeof(be) / sizeof(*be); i++)
		in_child(be[i]);
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
		check_needs();
		check_nowhere();
		exit(tap_done());
	}
	waitpid(pid, &status, 0);
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command) != 0 || pid < 0 || status != 0;
}
