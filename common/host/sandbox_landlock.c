/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox_landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox_path.h"
#include "io/fd_name.h"

/* The numbers are those of linux/landlock.h, which may be older than the kernel, or missing. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

enum { GET_VERSION = 1, RULE_PATH_BENEATH = 1, NEWEST_KNOWN = 6 };

/* Rights; the number in a comment is the version of Landlock that brought one. */
enum {
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE_DIR = 1 << 4,
	REMOVE_FILE = 1 << 5,
	MAKE_DIR = 1 << 7,
	MAKE_REG = 1 << 8,
	REFER = 1 << 13,     /* 2; rename into another folder, always refused before */
	TRUNCATE = 1 << 14,  /* 3 */
	IOCTL_DEV = 1 << 15, /* 5; isatty() needs it */
	TO_READ = READ_FILE,
	/* READ_DIR, as a folder is opened to lock it; seccomp lets nobody list it without a need.
	 */
	TO_WRITE =
		READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE | IOCTL_DEV,
	TO_FILL = TO_WRITE | MAKE_DIR | REFER,
	OF_FILES = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
};

/* All rights that a version knows are handled: refused unless a rule allows them. */
static const uint64_t rights[NEWEST_KNOWN + 1] = {
	[2] = 0x3fff, [3] = 0x7fff, [4] = 0x7fff, [5] = 0xffff, [6] = 0xffff
};

/* What a ruleset handles, and so refuses where no rule allows it; struct landlock_ruleset_attr.
 * Kernels before version 4 take only the first member, those before version 6 only two. */
struct ruleset {
	uint64_t files, tcp, scoped;
};

/* A rule for a file, or for a folder and all below it; struct landlock_path_beneath_attr. */
struct __attribute__((packed)) beneath {
	uint64_t allowed;
	int32_t parent;
};

/* A path that leads nowhere gets no rule. The call that opens the file fails for the same reason,
 * and its message has the name of the file. */
static bool sandbox_landlock_needs_no_rule(int number)
{
	return number == ENOENT || number == EACCES || number == ENXIO || number == ENOTDIR ||
	       number == ENAMETOOLONG || number == ELOOP;
}

/* A file system without names, such as that of pipes, takes no rule (EBADFD) and needs none. */
static bool sandbox_landlock_allow(int ruleset, uint64_t known, const char *path, uint64_t allowed)
{
	struct beneath rule = { .allowed = allowed & known };
	struct stat st;
	bool done;

	rule.parent = TEMP_FAILURE_RETRY(open(path, O_PATH | O_CLOEXEC));
	if (rule.parent < 0)
		return sandbox_landlock_needs_no_rule(errno);
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_FILES;
	done = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ||
	       errno == EBADFD;
	close(rule.parent);
	return done;
}

/* An editor, or git, replaces the target of a link by a new file in the target's folder. */
static bool sandbox_landlock_allow_target(int ruleset, uint64_t known, const char *path)
{
	char *target = realpath(path, NULL), folder[SANDBOX_PATH_MAX];
	bool done = true;

	if (target) {
		sandbox_path_folder(target, folder);
		done = sandbox_landlock_allow(ruleset, known, folder, TO_READ);
	}
	free(target);
	return done;
}

/* A FIFO, a device or a descriptor is never replaced, so its folder, perhaps /dev, stays closed. */
static bool sandbox_landlock_is_permanent(const char *path)
{
	struct stat st;

	return fd_name_lookup(path) >= 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* fsync(2) of a folder takes a descriptor, which open(2) gives to those alone who may read it. */
static uint64_t sandbox_landlock_rights(const struct sandbox_path *path, unsigned needs)
{
	bool is_folder = sandbox_path_is_folder(path->path);

	if (!path->write)
		return TO_READ | (needs & SANDBOX_LIST ? READ_DIR : 0);
	return (is_folder ? TO_FILL : TO_WRITE) | (needs & SANDBOX_SYNC ? READ_DIR : 0) |
	       (is_folder && needs & SANDBOX_SPOOL ? REMOVE_DIR : 0);
}

static bool sandbox_landlock_allow_path(int ruleset, uint64_t known,
					const struct sandbox_path *path, unsigned needs)
{
	uint64_t allowed = sandbox_landlock_rights(path, needs);
	char folder[SANDBOX_PATH_MAX];

	sandbox_path_folder(path->path, folder);
	return ((path->write && sandbox_landlock_is_permanent(path->path)) ||
		sandbox_landlock_allow(ruleset, known, folder, allowed)) &&
	       sandbox_landlock_allow(ruleset, known, path->path, allowed & OF_FILES) &&
	       (path->write || sandbox_path_is_folder(path->path) ||
		sandbox_landlock_allow_target(ruleset, known, path->path));
}

static bool sandbox_landlock_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Neighbours in the list are often in one folder, which then gets a single rule. */
static bool sandbox_landlock_allow_reopened(int ruleset, uint64_t known,
					    const struct sandbox *sandbox)
{
	char folder[SANDBOX_PATH_MAX], last[SANDBOX_PATH_MAX] = "";

	for (unsigned i = 0; i < sandbox->reopened_count; i++) {
		const char *path = sandbox->reopened[i];

		if (sandbox_landlock_is_link(path) &&
		    !sandbox_landlock_allow_target(ruleset, known, path))
			return false;
		sandbox_path_folder(path, folder);
		if (strcmp(folder, last) == 0)
			continue;
		if (!sandbox_landlock_allow(ruleset, known, folder, TO_READ))
			return false;
		snprintf(last, sizeof(last), "%s", folder);
	}
	return true;
}

static bool sandbox_landlock_allow_to_read(int ruleset, uint64_t known, const char *const *paths)
{
	for (; *paths; paths++)
		if (!sandbox_landlock_allow(ruleset, known, *paths, READ_FILE | READ_DIR))
			return false;
	return true;
}

/* What /etc/resolv.conf leads to is there only when the service that writes it has started, perhaps
 * later than this process. */
static bool sandbox_landlock_allow_resolver(int ruleset, uint64_t known)
{
	static const char link[] = "/etc/resolv.conf";
	char target[SANDBOX_PATH_MAX] = "", path[SANDBOX_PATH_MAX + 8], folder[SANDBOX_PATH_MAX];

	if (access(link, F_OK) == 0 || readlink(link, target, sizeof(target) - 1) <= 0)
		return true;
	snprintf(path, sizeof(path), "%s%s", target[0] == '/' ? "" : "/etc/", target);
	sandbox_path_folder(path, folder);
	return strcmp(folder, "/") == 0 ||
	       sandbox_landlock_allow(ruleset, known, folder, READ_FILE | READ_DIR);
}

static bool sandbox_landlock_allow_all(int ruleset, uint64_t known, const struct sandbox *sandbox)
{
	/* libpcap reads what kind an interface is and how many packets it has dropped. */
	static const char *const interfaces[] = { "/sys/class/net", "/sys/devices", "/proc/net",
						  NULL };
	/* /etc/resolv.conf is often a link into /run; names of protocols may be in /usr. */
	static const char *const names[] = {
		"/etc",	     "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
		"/run/nscd", "/usr/share/libc-bin",  "/usr/etc",	NULL
	};

	for (unsigned i = 0; i < sandbox->path_count; i++)
		if (!sandbox_landlock_allow_path(ruleset, known, &sandbox->path[i], sandbox->needs))
			return false;
	if (sandbox->needs & (SANDBOX_CAPTURE | SANDBOX_FOLLOW) &&
	    !sandbox_landlock_allow_to_read(ruleset, known, interfaces))
		return false;
	if (sandbox->needs & SANDBOX_NAMES &&
	    (!sandbox_landlock_allow_to_read(ruleset, known, names) ||
	     !sandbox_landlock_allow_resolver(ruleset, known)))
		return false;
	return sandbox_landlock_allow_reopened(ruleset, known, sandbox);
}

bool sandbox_landlock_enter(const struct sandbox *sandbox, bool *confined, struct error *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
	/* TCP: bind and connect. Scoped: abstract Unix sockets and signals. */
	struct ruleset handled = { .tcp = 3, .scoped = 3 };
	size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
	int ruleset;
	bool done;

	*confined = version >= 2;
	if (!*confined)
		return true;
	handled.files = rights[version < NEWEST_KNOWN ? version : NEWEST_KNOWN];
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0)
		return error_errno(err, "Landlock");
	done = sandbox_landlock_allow_all(ruleset, handled.files, sandbox) &&
	       syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (!done)
		error_errno(err, "Landlock");
	close(ruleset);
	return done;
}
