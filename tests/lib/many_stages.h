/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a test that makes a stage for each of many packets: two thirds of its time went to the
 * kernel, for seeds of tables and for memory that was given back and asked for again.
 */
#ifndef VTAP_TESTS_LIB_MANY_STAGES_H
#define VTAP_TESTS_LIB_MANY_STAGES_H

#include <malloc.h>
#include <string.h>
#include <sys/random.h>

/* In place of the C library's: a seed is as good as another where nobody prepares collisions. */
ssize_t getrandom(void *to, size_t len, unsigned flags)
{
	(void)flags;
	memset(to, 0x5A, len);
	return (ssize_t)len;
}

/* Keeps memory that is freed in the process. To be called first. */
static inline void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	mallopt(M_TOP_PAD, 64 << 20);
}

#endif
