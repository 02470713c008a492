/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits which files the process and those that it starts can open: a set of rules, each of which
 * opens a file, or a folder and all below it; landlock(7). host/sandbox.h uses it for tools,
 * archive/rclone_confine.h for rclone.
 */
#ifndef VTAP_HOST_LANDLOCK_H
#define VTAP_HOST_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Rights; the number in a comment is the version of Landlock that brought one. */
enum landlock_right {
	LANDLOCK_EXECUTE = 1 << 0,
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_REMOVE_DIR = 1 << 4,
	LANDLOCK_REMOVE_FILE = 1 << 5,
	LANDLOCK_MAKE_DIR = 1 << 7,
	LANDLOCK_MAKE_REG = 1 << 8,
	LANDLOCK_REFER = 1 << 13,     /* 2; rename into another folder, always refused before */
	LANDLOCK_TRUNCATE = 1 << 14,  /* 3 */
	LANDLOCK_IOCTL_DEV = 1 << 15, /* 5; isatty() needs it */
	/* Those that a file may have; a rule for a folder may have all. */
	LANDLOCK_OF_FILES = LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE |
			    LANDLOCK_TRUNCATE | LANDLOCK_IOCTL_DEV,
};

struct landlock {
	int ruleset;	/* descriptor of the rules */
	uint64_t known; /* rights that the kernel knows; all are refused where no rule allows one */
};

/*
 * Begins a set of rules. tcp: TCP is refused as well, where the kernel can (version 4). Signals to
 * processes outside and their abstract Unix sockets are refused where the kernel can (version 6).
 * *usable is set to false, and nothing is begun, if the kernel has no Landlock or version 1 only
 * (before Linux 5.19), which refuses renames between folders. Returns false and sets err if the
 * kernel refuses.
 */
bool landlock_init(struct landlock *landlock, bool tcp, bool *usable, struct error *err);

/*
 * Adds a rule: LANDLOCK_ rights for a file, or for a folder and all below it. Rights that the
 * kernel or the kind of file does not know are left out. A path that does not exist or cannot be
 * reached is passed over. Returns false and sets errno if it cannot be opened for another reason.
 */
bool landlock_allow(const struct landlock *landlock, const char *path, uint64_t rights);

/*
 * Ends the set. done: the process enters it, for the rest of its life; else the rules are forgotten
 * and the failure that errno tells is reported. Returns false and sets err unless it was entered.
 * The process must have set no_new_privs or have CAP_SYS_ADMIN.
 */
bool landlock_finish(struct landlock *landlock, bool done, struct error *err);

#endif
