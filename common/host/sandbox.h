/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits what the process may still ask of the kernel, before it parses what others wrote: system
 * calls by seccomp(2), files by landlock(7). Anything else fails with EPERM or EACCES; the process
 * is not killed, so that a library's unusual call loses no packets. Programs cannot be run, and
 * memory cannot become code.
 */
#ifndef VTAP_HOST_SANDBOX_H
#define VTAP_HOST_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What a tool needs beyond reading and writing open descriptors; bits. */
enum sandbox_need {
	SANDBOX_WIRETAP = 1,  /* files in memory (memfd_create(2)) */
	SANDBOX_RECEIVE = 2,  /* packets and statistics of sockets that are open */
	SANDBOX_NETLINK = 4,  /* questions to the kernel: links, routes, neighbours */
	SANDBOX_SEND = 8,     /* UDP, raw IP and packet sockets, opened again when routes change */
	SANDBOX_FOLLOW = 16,  /* interfaces that are opened again when they return */
	SANDBOX_NAMES = 32,   /* host names: DNS over UDP, files below /etc and /run */
	SANDBOX_CAPTURE = 64, /* libpcap's questions about interfaces: /sys, /proc/net */
	SANDBOX_UNPACK = 128, /* no call or file: a limit of memory, for compressed input */
	SANDBOX_SYNC = 256,   /* files, and the folders of those to be written, on the disk */
	/* questions about the terminal of standard error: its foreground, and locks on it */
	SANDBOX_TERMINAL = 512,
	SANDBOX_SPACE = 1024,	 /* how much is free on a disk (statfs(2)) */
	SANDBOX_TRUNCATE = 2048, /* open files that become shorter, where no path is written */
	/* captures taken out of the folders that are written: those can be listed, watched
	 * (inotify_add_watch(2)) and removed, files in them linked and leased (F_SETLEASE) */
	SANDBOX_SPOOL = 4096,
	SANDBOX_LIST = 8192, /* names in the folders of what is read (getdents64(2)) */
	/* children that do a part of the work in the same sandbox (fork(2)) and end */
	SANDBOX_FORK = 16384,
};

enum { SANDBOX_PATHS = 16 }; /* further paths are ignored: files there cannot be opened */

/*
 * Bytes of memory (RLIMIT_DATA) for a process with SANDBOX_WIRETAP or SANDBOX_UNPACK, unless its
 * limit is lower already or sandbox->memory says less. wiretap keeps all interfaces, names and
 * secrets of a file, our own reader its interfaces and sections, and a small compressed file can
 * hold any number of them. Above the limit allocations fail.
 */
#define SANDBOX_MEMORY (UINT64_C(2) << 30)

/* A struct that is all zero leaves nothing but what every tool needs. */
struct sandbox {
	unsigned needs;	     /* SANDBOX_ bits */
	uint64_t memory;     /* bytes of memory; 0: SANDBOX_MEMORY */
	unsigned path_count; /* elements of path that are set; 0 to SANDBOX_PATHS */
	struct sandbox_path {
		const char *path;
		bool write; /* true if sandbox_write() added it, false if sandbox_read() did */
	} path[SANDBOX_PATHS];
	const char *const *reopened; /* captures of sandbox_reopen(), and their number */
	unsigned reopened_count;
};

/*
 * Adds a file that will be read, and any file that takes its name later: all files in its folder
 * and below can be read, and if path is a symbolic link, all files in and below its target's
 * folder. If the path ends with a slash, it names the folder. If path is "-" (standard input),
 * nothing is added. path must live until sandbox_enter().
 */
void sandbox_read(struct sandbox *sandbox, const char *path);

/*
 * Names any number of regular files that will be opened again for reading: each, and all files in
 * its folder and below, as sandbox_read() says. The names must live until sandbox_enter().
 */
void sandbox_reopen(struct sandbox *sandbox, const char *const *names, unsigned count);

/* Returns true if the process, with the rights that it has now, can read all files that
 * sandbox_reopen() has named. Returns false and sets err to say which is the first that it cannot;
 * user: who the process has become. */
bool sandbox_can_reopen(const struct sandbox *sandbox, const char *user, struct error *err);

/*
 * Adds a file that will be written: files in its folder and below can be read, made, renamed and
 * removed, and folders opened to lock them, but not listed (SANDBOX_SPOOL). If the path ends with a
 * slash, it names the folder, and folders can be made below it, too. If the folder does not exist
 * or cannot be reached, all of this holds for the nearest folder above it that can. If the path is
 * a FIFO, a device or an open descriptor (/dev/stdout), only that can be written. If it is "-"
 * (standard output), nothing is added. path must live until sandbox_enter().
 */
void sandbox_write(struct sandbox *sandbox, const char *path);

/*
 * Returns true if the process, with the effective user and capabilities that it has now, can read
 * the files to be read, can make files in the folders of those to be written, and can replace those
 * without CAP_FOWNER.
 */
bool sandbox_is_reachable(const struct sandbox *sandbox);

/*
 * Enters the sandbox; there is no way back. The process must have set no_new_privs
 * (host/privileges.h) or have CAP_SYS_ADMIN. *confined is set to true, or to false if the kernel
 * has no usable Landlock: then system calls are limited, but files are not. Returns false and sets
 * err if the sandbox cannot be entered; the caller must parse nothing then.
 * Builds with AddressSanitizer or VTAP_COVERAGE load a filter that refuses nothing and use no
 * Landlock, because what they do when the process ends needs more than any tool; *confined is true
 * nevertheless.
 */
bool sandbox_enter(const struct sandbox *sandbox, bool *confined, struct error *err);

/* Returns true if the process, or the one that has forked it, has entered a sandbox. */
bool sandbox_is_entered(void);

#endif
