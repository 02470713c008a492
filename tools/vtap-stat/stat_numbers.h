/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that never came, by the numbers in tunnels that are still on: GRE, ERSPAN and vtap-tap
 * --meta. A number is missing when it can no longer come late (tunnel/sequence.h), so that what is
 * missing in intervals adds up, however long they are.
 */
#ifndef VTAP_STAT_STAT_NUMBERS_H
#define VTAP_STAT_STAT_NUMBERS_H

#include "base/hash_table.h"
#include "packet/packet.h"
#include "tunnel/peel.h"

enum { STAT_NUMBERS_MAX = 1 << 14 }; /* streams; when there are more, all begin anew */

/* The key that the last packet of a stream counted for. */
struct stat_numbers_owner {
	uint32_t entry;	   /* its index; 0: none */
	uint64_t identity; /* of its text: the entry may be another key's by now */
};

struct stat_numbers {
	struct hash_table by_key; /* streams, allocated */
	uint64_t failed;	  /* packets whose numbers were not looked at, without memory */
	/* Takes numbers that are missing at the end of a stream. */
	void (*end)(void *arg, struct stat_numbers_owner owner, uint64_t missing);
	void *arg;
};

/* Begins without streams. The other members are the caller's. */
void stat_numbers_init(struct stat_numbers *numbers);

/* Ends all streams, which calls numbers->end() for those with missing numbers. */
void stat_numbers_end_all(struct stat_numbers *numbers);

/* Frees all streams. */
void stat_numbers_free(struct stat_numbers *numbers);

/* Returns true if a tunnel of the packet has a number. */
bool stat_numbers_are_in(const struct peel *peel);

/*
 * Takes note of the numbers in the tunnels of a packet, in the capture's order. Returns how many
 * numbers are known to be missing that were not before. If owner.entry is 0, the packet counts for
 * no key: what is missing is returned with the stream's next packet that does.
 */
uint64_t stat_numbers_see(struct stat_numbers *numbers, const struct peel *peel,
			  const struct packet *packet, struct stat_numbers_owner owner);

#endif
