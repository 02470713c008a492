/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trouble with the archive: told once when it begins, again if it becomes another one, and once
 * when it is over; and how long to wait between two tries.
 */
#ifndef VTAP_ARCHIVE_TROUBLE_H
#define VTAP_ARCHIVE_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/* A struct that is all zero is no trouble. Times are of CLOCK_MONOTONIC, in nanoseconds. */
struct trouble {
	bool on;
	int64_t since_ns; /* when it began */
	int64_t next_ns;  /* when the next try is due */
	unsigned tries;	  /* that failed, one after the other */
	char text[1024];  /* what was told */
};

/*
 * Notes a try that failed, with what is to be said of it, and sets next_ns: 1, 2, 4 ... 300 s from
 * now, and up to a quarter longer, so that many sinks do not come back together. random: any
 * number. Returns true if the text has to be told: it is the first, or another one than the last.
 */
bool trouble_begin(struct trouble *trouble, const char *text, int64_t now_ns, uint64_t random);

/* Notes that all is well. Returns how long the trouble was, in nanoseconds, or -1 if there was
 * none. */
int64_t trouble_end(struct trouble *trouble, int64_t now_ns);

#endif
