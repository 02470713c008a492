/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limit of open descriptors (RLIMIT_NOFILE): many inputs need more than the soft limit, which
 * is low for programs that use select(2), as no tool here does.
 */
#ifndef VTAP_IO_DESCRIPTORS_H
#define VTAP_IO_DESCRIPTORS_H

#include <stdint.h>

/* How many descriptors a process may have open. */
struct descriptors {
	uint64_t usual; /* the soft limit that it was started with */
	uint64_t most;	/* the limit now: the hard one, if it could be raised */
};

/* Raises the soft limit to the hard one, and keeps what it was; a further call changes nothing. */
struct descriptors descriptors_raise(void);

/* Gives the process the soft limit that it was started with, for programs that it runs. */
void descriptors_restore(void);

#endif
