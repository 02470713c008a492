/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts lost, late and repeated packets by the sequence numbers of their tunnel headers (GRE:
 * RFC 2890 section 2.2; ERSPAN uses the field of GRE) or of vtap-tap --meta.
 */
#ifndef VTAP_TUNNEL_SEQUENCE_H
#define VTAP_TUNNEL_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	/*
	 * A number at most so far behind the expected one is late. One further behind is a restart,
	 * as is one that is ahead by more than a quarter of all numbers.
	 */
	SEQUENCE_LATE_MAX = 1000,
	/* Numbers that are remembered, to tell late from duplicate; divides 2^16. */
	SEQUENCE_WINDOW = 1024,
};

/* Counts of one or more sequences. */
struct loss {
	uint64_t received;   /* packets with a number */
	uint64_t missing;    /* numbers that never came */
	uint64_t reordered;  /* packets that came after one with a later number */
	uint64_t duplicates; /* packets whose number came before, if the numbers ever move */
	uint64_t restarts;   /* times that the numbers began anew */
	uint64_t told;	     /* those missing that were told in statistics blocks */
};

/* The numbers of one sequence. Begins as all zeros. */
struct sequence {
	uint32_t next;	  /* the number expected next */
	uint32_t covered; /* numbers before `next` that are remembered */
	bool moved;	  /* numbers differed since it began; then covered > 0 */
	uint64_t repeats; /* times that the first number came again before that */
	uint64_t seen[SEQUENCE_WINDOW / 64]; /* a bit for each number modulo the window */
};

/* Returns true if number is the expected one: sequence_see() only counts it as received then. */
static inline bool sequence_is_next(const struct sequence *sequence, uint32_t number)
{
	return sequence->moved && number == sequence->next;
}

/* Takes note of a packet's number, which has 16 or 32 bits, and updates the counts in *loss. */
void sequence_see(struct sequence *sequence, struct loss *loss, uint32_t number, unsigned bits);

/* Returns how many of the numbers that count as missing may still come late. */
uint32_t sequence_pending(const struct sequence *sequence);

#endif
