/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left after privileges_drop(), by /proc/self/status and by what the kernel then refuses.
 * Each case is a child process, which ends with the number of its failures.
 */
#include <arpa/inet.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/ethernet.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

#include "host/privileges.h"

enum { NET_RAW = 1 << CAP_NET_RAW, FILES = 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER };

/* Returns a field of /proc/self/status. */
static uint64_t status(const char *field, int base)
{
	FILE *file = fopen("/proc/self/status", "r");
	uint64_t value = UINT64_MAX;
	char line[256];

	while (fgets(line, sizeof(line), file))
		if (strncmp(line, field, strlen(field)) == 0)
			value = strtoull(line + strlen(field), NULL, base);
	fclose(file);
	return value;
}

/* Notes whether CAP_DAC_OVERRIDE is gone when the question is asked. */
static bool without_override;

static bool reaches(const void *arg)
{
	without_override = !(status("CapEff:", 16) & 1 << CAP_DAC_OVERRIDE);
	return *(const bool *)arg;
}

static const bool yes = true, no = false;

enum start {
	START_ROOT,
	START_FILE_CAPABILITY, /* an ordinary user with CAP_NET_RAW, as by setcap */
	START_ORDINARY,
	START_ROOT_OVERRIDE, /* root of a container that has CAP_DAC_OVERRIDE and CAP_NET_RAW */
};

struct row {
	const char *name;
	enum start start;
	struct privileges privileges;
	const char *refused; /* the error; NULL if it succeeds */
	const char *user;    /* that the process then is; NULL if unchanged */
	uint64_t capabilities;
	bool bounded; /* the bounding set is then empty */
};

static const struct row rows[] = {
	{ "root keeps CAP_NET_RAW",
	  START_ROOT,
	  { NULL, true, NULL, NULL, false },
	  NULL,
	  "root",
	  NET_RAW,
	  true },
	{ "root keeps CAP_LEASE",
	  START_ROOT,
	  { .keep_lease = true },
	  NULL,
	  "root",
	  UINT64_C(1) << CAP_LEASE,
	  true },
	{ "-Z keeps CAP_LEASE and CAP_NET_RAW",
	  START_ROOT,
	  { "nobody", true, NULL, NULL, true },
	  NULL,
	  "nobody",
	  UINT64_C(1) << CAP_LEASE | NET_RAW,
	  true },
	{ "root without CAP_LEASE",
	  START_ROOT_OVERRIDE,
	  { .keep_lease = true },
	  NULL,
	  "root",
	  0,
	  false },
	{ "root gives up all",
	  START_ROOT,
	  { NULL, false, NULL, NULL, false },
	  NULL,
	  "root",
	  0,
	  true },
	{ "root reaches all files",
	  START_ROOT,
	  { NULL, false, reaches, &yes, false },
	  NULL,
	  "root",
	  0,
	  true },
	{ "root reaches them as such only",
	  START_ROOT,
	  { NULL, true, reaches, &no, false },
	  NULL,
	  "root",
	  NET_RAW | FILES,
	  true },
	{ "root with CAP_DAC_OVERRIDE alone reaches them by it",
	  START_ROOT_OVERRIDE,
	  { NULL, true, reaches, &no, false },
	  NULL,
	  "root",
	  NET_RAW | 1 << CAP_DAC_OVERRIDE,
	  false },
	{ "root with CAP_DAC_OVERRIDE alone does not need it",
	  START_ROOT_OVERRIDE,
	  { NULL, true, reaches, &yes, false },
	  NULL,
	  "root",
	  NET_RAW,
	  false },
	{ "-Z, whatever it reaches",
	  START_ROOT,
	  { "nobody", false, reaches, &no, false },
	  NULL,
	  "nobody",
	  0,
	  true },
	{ "-Z keeps CAP_NET_RAW",
	  START_ROOT,
	  { "nobody", true, NULL, NULL, false },
	  NULL,
	  "nobody",
	  NET_RAW,
	  true },
	{ "-Z gives up all",
	  START_ROOT,
	  { "nobody", false, NULL, NULL, false },
	  NULL,
	  "nobody",
	  0,
	  true },
	{ "-Z root", START_ROOT, { "root", true, NULL, NULL, false }, NULL, "root", NET_RAW, true },
	{ "no such user",
	  START_ROOT,
	  { "nobody-at-all", true, NULL, NULL, false },
	  "there is no user nobody-at-all",
	  NULL,
	  0,
	  false },
	{ "file capability kept",
	  START_FILE_CAPABILITY,
	  { NULL, true, NULL, NULL, false },
	  NULL,
	  "nobody",
	  NET_RAW,
	  false },
	{ "file capability given up",
	  START_FILE_CAPABILITY,
	  { NULL, false, NULL, NULL, false },
	  NULL,
	  "nobody",
	  0,
	  false },
	{ "-Z oneself by file capability",
	  START_FILE_CAPABILITY,
	  { "nobody", true, NULL, NULL, false },
	  NULL,
	  "nobody",
	  NET_RAW,
	  false },
	{ "-Z another by file capability",
	  START_FILE_CAPABILITY,
	  { "daemon", true, NULL, NULL, false },
	  "cannot become daemon: only root may",
	  NULL,
	  0,
	  false },
	{ "nothing to give up",
	  START_ORDINARY,
	  { NULL, true, NULL, NULL, false },
	  NULL,
	  "nobody",
	  0,
	  false },
	{ "-Z oneself",
	  START_ORDINARY,
	  { "nobody", false, NULL, NULL, false },
	  NULL,
	  "nobody",
	  0,
	  false },
	{ "-Z another",
	  START_ORDINARY,
	  { "daemon", false, NULL, NULL, false },
	  "cannot become daemon: only root may",
	  NULL,
	  0,
	  false },
};

/* Makes this child process what the test starts from: root, or the user nobody. */
static bool privileges_begin(enum start start)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (start == START_ROOT)
		return setgroups(1, &(gid_t){ 0 }) == 0;
	if (capng_get_caps_process() != 0)
		return false;
	capng_clear(CAPNG_SELECT_CAPS);
	if (start == START_ROOT_OVERRIDE)
		return capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW,
				     CAP_DAC_OVERRIDE, -1) == 0 &&
		       capng_apply(CAPNG_SELECT_CAPS) == 0;
	if (start == START_FILE_CAPABILITY)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
	return capng_change_id((int)nobody->pw_uid, (int)nobody->pw_gid, CAPNG_DROP_SUPP_GRP) == 0;
}

static bool has_group(gid_t wanted)
{
	gid_t groups[64];
	int count = getgroups(64, groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return getegid() == wanted;
}

static void check_user(const char *name)
{
	const struct passwd *user = getpwnam(name);
	uid_t real, effective, saved;

	getresuid(&real, &effective, &saved);
	ok(real == user->pw_uid && effective == user->pw_uid && saved == user->pw_uid, "  is %s",
	   name);
	ok(has_group(user->pw_gid) && getgid() == user->pw_gid, "  with its group");
	ok(user->pw_uid == 0 || !has_group(0), "  without root's");
	ok(user->pw_uid == 0 || setuid(0) != 0, "  for good");
}

static void check_socket(bool wanted)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	ok(wanted ? fd >= 0 : fd < 0 && errno == EPERM, "  a packet socket is %s",
	   wanted ? "given" : "refused");
	if (fd >= 0)
		close(fd);
}

/* A lease on a file of another user needs CAP_LEASE. Some file systems have no leases. */
static void check_lease(const struct row *row)
{
	bool wanted = row->capabilities >> CAP_LEASE & 1 || geteuid() == 0;
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	ok((fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EACCES) != wanted,
	   "  a lease on root's file is %s", wanted ? "not refused" : "refused");
	close(fd);
}

static int run_row(const struct row *row)
{
	struct error err = { 0 };
	bool done;

	if (!ok(privileges_begin(row->start), "%s", row->name))
		return 1;
	done = privileges_drop(&row->privileges, &err);
	if (row->refused) {
		ok(!done, "  refused");
		is_str(err.text, row->refused, "  and says why");
		return tap_failed;
	}
	if (!ok(done, "  done"))
		printf("# %s\n", err.text);
	is_u64(status("CapPrm:", 16), row->capabilities, "  permitted");
	is_u64(status("CapEff:", 16), row->capabilities, "  effective");
	is_u64(status("CapInh:", 16), 0, "  inheritable");
	is_u64(status("CapAmb:", 16), 0, "  ambient");
	is_u64(status("NoNewPrivs:", 10), 1, "  no new privileges");
	if (row->bounded)
		is_u64(status("CapBnd:", 16), 0, "  bounding set");
	if (row->privileges.reaches && !row->privileges.user)
		ok(without_override, "  was asked without them");
	check_user(row->user);
	check_socket(row->capabilities & NET_RAW);
	check_lease(row);
	return tap_failed;
}

/* The child numbers its tests itself and indents them, as a TAP subtest does. */
static void in_child(const struct row *row)
{
	char line[256];
	FILE *pipe;
	int ends[2], status_of = -1;
	pid_t pid;

	fflush(stdout);
	pid = pipe2(ends, 0) == 0 ? fork() : -1;
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		tap_count = tap_failed = 0;
		run_row(row);
		tap_done();
		fflush(stdout);
		_exit(tap_failed != 0);
	}
	close(ends[1]);
	pipe = fdopen(ends[0], "r");
	while (pipe && fgets(line, sizeof(line), pipe))
		printf("    %s", line);
	if (pipe)
		fclose(pipe);
	waitpid(pid, &status_of, 0);
	ok(pid > 0 && status_of == 0, "%s", row->name);
}

/* Without root, only the rows of an ordinary user are run. */
static void ordinary(void)
{
	struct error err = { 0 };
	struct privileges other = { "root", true, NULL, NULL, false },
			  none = { NULL, true, NULL, NULL, false };

	ok(!privileges_drop(&other, &err), "cannot become root");
	is_str(err.text, "cannot become root: only root may", "  and says so");
	ok(privileges_drop(&none, &err), "nothing to give up");
	is_u64(status("NoNewPrivs:", 10), 1, "  no new privileges");
}

int main(void)
{
	const char *required = getenv("VTAP_REQUIRE_LIVE");

	if (geteuid() != 0) {
		ordinary();
		if (required && strcmp(required, "1") == 0)
			ok(false, "as root: not root");
		else
			ok(true, "as root # SKIP not root");
		return tap_done();
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		in_child(&rows[i]);
	return tap_done();
}
