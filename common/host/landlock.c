/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are those of linux/landlock.h, which may be older than the kernel, or missing. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

enum { GET_VERSION = 1, RULE_PATH_BENEATH = 1, NEWEST_KNOWN = 6 };

/* All rights that a version knows are handled: refused unless a rule allows them. */
static const uint64_t known_rights[NEWEST_KNOWN + 1] = {
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
static bool landlock_needs_no_rule(int number)
{
	return number == ENOENT || number == EACCES || number == ENXIO || number == ENOTDIR ||
	       number == ENAMETOOLONG || number == ELOOP;
}

/* A file system without names, such as that of pipes, takes no rule (EBADFD) and needs none. */
bool landlock_allow(const struct landlock *landlock, const char *path, uint64_t rights)
{
	struct beneath rule = { .allowed = rights & landlock->known };
	struct stat st;
	bool done;

	rule.parent = TEMP_FAILURE_RETRY(open(path, O_PATH | O_CLOEXEC));
	if (rule.parent < 0)
		return landlock_needs_no_rule(errno);
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= LANDLOCK_OF_FILES;
	done = syscall(SYS_landlock_add_rule, landlock->ruleset, RULE_PATH_BENEATH, &rule, 0) ==
		       0 ||
	       errno == EBADFD;
	close(rule.parent);
	return done;
}

bool landlock_init(struct landlock *landlock, bool tcp, bool *usable, struct error *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
	/* TCP: bind and connect. Scoped: abstract Unix sockets and signals. */
	struct ruleset handled = { .tcp = tcp ? 3 : 0, .scoped = 3 };
	size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;

	*usable = version >= 2;
	if (!*usable)
		return true;
	handled.files = known_rights[version < NEWEST_KNOWN ? version : NEWEST_KNOWN];
	landlock->known = handled.files;
	landlock->ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	return landlock->ruleset >= 0 || error_errno(err, "Landlock");
}

bool landlock_finish(struct landlock *landlock, bool done, struct error *err)
{
	done = done && syscall(SYS_landlock_restrict_self, landlock->ruleset, 0) == 0;
	if (!done)
		error_errno(err, "Landlock");
	close(landlock->ruleset);
	return done;
}
