/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a tool may still ask of the kernel once it parses what others wrote: a list of system calls,
 * by seccomp(2) through libseccomp, and of files and folders, by landlock(7). All else is refused
 * with EPERM or EACCES; nothing that is refused ends the process, so that a run that meets an
 * odd library loses no packets. Programs are never run, and memory never becomes code.
 */
#ifndef VTAP_HOST_SANDBOX_H
#define VTAP_HOST_SANDBOX_H

#include <stdint.h>

#include "base/error.h"

/* Beside reading and writing what is open. */
enum sandbox_need {
	SANDBOX_WIRETAP = 1, /* files in memory */
	SANDBOX_RECEIVE = 2, /* packets and figures of the sockets that it has */
	SANDBOX_LOOK = 4,    /* netlink: links, routes, neighbours */
	SANDBOX_SEND = 8,    /* UDP, GRE and packet sockets, made anew when the way changes */
	SANDBOX_FOLLOW = 16, /* opens interfaces again */
	SANDBOX_NAMES = 32,  /* asks for host names: DNS by UDP, files below /etc and /run */
	SANDBOX_CAPTURE =
		64, /* asks about interfaces, as libpcap does: files below /sys, /proc/net */
};

enum { SANDBOX_PATHS = 16 };

/* Bytes of memory that a process with SANDBOX_WIRETAP may take (RLIMIT_DATA), if it may no less:
 * wiretap keeps what a file says beside packets, however much that is. */
#define SANDBOX_MEMORY (UINT64_C(2) << 30)

struct sandbox {
	unsigned needs;
	unsigned path_count;
	struct sandbox_path {
		const char *path;
		bool write;
	} path[SANDBOX_PATHS];
};

/*
 * The file, and one that takes its name later: all in its folder, and in that of what it is a link
 * to. path must outlive the sandbox.
 */
void sandbox_read(struct sandbox *sandbox, const char *path);
/*
 * As above, made, renamed and removed, too; below a name that ends with a slash also folders are
 * made. Where the folder is still to be made: all below the first above it that is there. "-" is
 * none.
 */
void sandbox_write(struct sandbox *sandbox, const char *path);

/*
 * True when all of them can be reached with the rights that the process has: those of its effective
 * user and capabilities.
 */
bool sandbox_reaches(const struct sandbox *sandbox);

/*
 * From now on nothing else; there is no way back. Needs no_new_privs (host/privileges.h) or
 * CAP_SYS_ADMIN. *confined: the kernel has Landlock, files are confined; else only the system calls
 * are. False and err: it could not be done, and nothing should be parsed.
 *
 * Builds for AddressSanitizer, and those with VTAP_COVERAGE, have a filter that refuses nothing:
 * what they do at the end needs more than any tool.
 */
bool sandbox_enter(const struct sandbox *sandbox, bool *confined, struct error *err);

/* Whether it refuses anything in this build. */
bool sandbox_refuses(void);

#endif
