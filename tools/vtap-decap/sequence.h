/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sequence numbers tell about loss (RFC 2890 section 2.2; ERSPAN counts in the same field). */
#ifndef VTAP_DECAP_SEQUENCE_H
#define VTAP_DECAP_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEQUENCE_LATE_MAX = 1000, /* further back is a origin that started anew */
	SEQUENCE_WINDOW = 1024,	  /* numbers remembered; divides 2^16 */
};

struct loss {
	uint64_t received; /* packets with a number */
	uint64_t missing;  /* numbers that never came */
	uint64_t reordered, duplicates, restarts;
};

/* One origin's numbers; zero before the first. */
struct sequence {
	uint32_t next;			     /* expected */
	uint32_t covered;		     /* how many numbers before next are remembered */
	uint64_t seen[SEQUENCE_WINDOW / 64]; /* bit: number modulo the window */
};

/* True if number is the one that follows those seen: sequence_see() then counts it as received. */
static inline bool sequence_is_next(const struct sequence *sequence, uint32_t number)
{
	return sequence->covered != 0 && number == sequence->next;
}

/* Takes note of a number of 16 or 32 bits and adds to *loss what it tells. */
void sequence_see(struct sequence *sequence, struct loss *loss, uint32_t number, unsigned bits);

#endif
