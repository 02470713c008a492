/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files can be opened: landlock(7). The numbers are the kernel's (linux/landlock.h); headers
 * of a system may be older than its kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/sandbox_internal.h"
#include "io/fd_name.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

enum { GET_VERSION = 1, RULE_PATH_BENEATH = 1, NEWEST_KNOWN = 6 };

/* Rights. REFER, a rename into another folder, is of version 2: before that it was always refused.
 */
enum {
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	REMOVE_FILE = 1 << 5,
	MAKE_DIR = 1 << 7,
	MAKE_REG = 1 << 8,
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,  /* 3 */
	IOCTL_DEV = 1 << 15, /* 5: isatty(), for one */
	TO_READ = READ_FILE,
	TO_WRITE = READ_FILE | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE | IOCTL_DEV,
	TO_FILL = TO_WRITE | MAKE_DIR | REFER,
	OF_FILES = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
};

/* All rights of a version are handled, which means refused unless a rule gives them. */
static const uint64_t rights[NEWEST_KNOWN + 1] = {
	[2] = 0x3fff, [3] = 0x7fff, [4] = 0x7fff, [5] = 0xffff, [6] = 0xffff
};

struct ruleset {
	uint64_t files, tcp, scoped;
};

struct __attribute__((packed)) beneath {
	uint64_t allowed;
	int32_t parent;
};

/* A file system that has no names, such as that of pipes, takes no rule and needs none. */
static bool allow(int ruleset, uint64_t known, const char *path, uint64_t allowed)
{
	struct beneath rule = { .allowed = allowed & known };
	struct stat st;
	bool done;

	rule.parent = TEMP_FAILURE_RETRY(open(path, O_PATH | O_CLOEXEC));
	if (rule.parent < 0)
		return errno == ENOENT || errno == EACCES || errno == ENXIO || errno == ENOTDIR;
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_FILES;
	done = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ||
	       errno == EBADFD;
	close(rule.parent);
	return done;
}

/* What a link leads to is replaced in its own folder, as by an editor or git. */
static bool allow_target(int ruleset, uint64_t known, const char *path)
{
	char *target = realpath(path, NULL), folder[SANDBOX_PATH_MAX];
	bool done = true;

	if (target) {
		sandbox_folder(target, folder);
		done = allow(ruleset, known, folder, TO_READ);
	}
	free(target);
	return done;
}

/* A FIFO, a device, a descriptor: nothing takes its name, and its folder may be /dev. */
static bool is_kept(const char *path)
{
	struct stat st;

	return fd_name_lookup(path) >= 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* The folder, and what the name stands for now, which may be a link, a FIFO or a device. */
static bool allow_path(int ruleset, uint64_t known, const struct sandbox_path *path)
{
	uint64_t allowed = !path->write			   ? TO_READ
			   : sandbox_is_folder(path->path) ? TO_FILL
							   : TO_WRITE;
	char folder[SANDBOX_PATH_MAX];

	sandbox_folder(path->path, folder);
	return ((path->write && is_kept(path->path)) || allow(ruleset, known, folder, allowed)) &&
	       allow(ruleset, known, path->path, allowed & OF_FILES) &&
	       (path->write || allow_target(ruleset, known, path->path));
}

static bool allow_known(int ruleset, uint64_t known, const char *const *paths)
{
	for (; *paths; paths++)
		if (!allow(ruleset, known, *paths, READ_FILE | 1 << 3))
			return false;
	return true;
}

static bool allow_all(int ruleset, uint64_t known, const struct sandbox *sandbox)
{
	/* libpcap: what an interface is and has dropped. */
	static const char *const interfaces[] = { "/sys/class/net", "/sys/devices", "/proc/net",
						  NULL };
	/* Where resolv.conf may be a link to, beside /etc; and names of services and protocols. */
	static const char *const names[] = {
		"/etc",	     "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
		"/run/nscd", "/usr/share/libc-bin",  "/usr/etc",	NULL
	};

	for (unsigned i = 0; i < sandbox->path_count; i++)
		if (!allow_path(ruleset, known, &sandbox->path[i]))
			return false;
	if (sandbox->needs & (SANDBOX_CAPTURE | SANDBOX_FOLLOW) &&
	    !allow_known(ruleset, known, interfaces))
		return false;
	return !(sandbox->needs & SANDBOX_NAMES) || allow_known(ruleset, known, names);
}

bool sandbox_landlock(const struct sandbox *sandbox, bool *confined, struct error *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
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
	done = allow_all(ruleset, handled.files, sandbox) &&
	       syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (!done)
		error_errno(err, "Landlock");
	close(ruleset);
	return done;
}
