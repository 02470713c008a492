/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows a stage the packets that come next in the block of the input, so that it can fetch into the
 * processor's cache what they will need. Where a packet's memory is elsewhere each time, waiting
 * for one piece after the other takes long. Nothing may be decided by what is shown: the source may
 * give another packet, and a wrong guess costs time alone.
 */
#ifndef VTAP_CAPTURE_LOOKAHEAD_H
#define VTAP_CAPTURE_LOOKAHEAD_H

#include "packet/packet.h"

enum {
	LOOKAHEAD_PACKETS = 8, /* packets that are shown in front of the one that is put */
	LOOKAHEAD_SLOTS = 16,  /* a power of two above LOOKAHEAD_PACKETS */
};

/* All zero: nothing was looked at. */
struct lookahead {
	const struct loan *loan; /* the block that packets are read from */
	const uint8_t *memory;	 /* where that block stood */
	const uint8_t *at;	 /* the next record to look at */
	uint32_t now, next;	 /* numbers of the packet that is put, and of that record */
	bool pcap;		 /* records of a pcap; otherwise blocks of a pcapng */
	const uint8_t *record[LOOKAHEAD_SLOTS]; /* where the records of packets begin */
};

/*
 * Goes on to a packet that is about to be put. Returns true if it is one of those that were shown:
 * what its slot, and those of the packets behind it, hold is about them. Returns false if nothing
 * is shown yet of the packets behind it: its record stands in another block, or in none (struct
 * packet: block, loan), or is no record of a pcap and no enhanced packet block.
 */
bool lookahead_advance(struct lookahead *ahead, const struct packet *packet);

/* Shows one more packet, if its record is all in the block and no more than LOOKAHEAD_PACKETS are
 * shown already. Sets *slot to its slot and *head to its bytes, none for a block that is no packet.
 * Returns false if there is none to show. */
bool lookahead_show(struct lookahead *ahead, unsigned *slot, struct span *head);

/* Returns the slot of the packet that comes `by` packets behind the one that is put, or
 * LOOKAHEAD_SLOTS if it is not shown yet. by: 0 to LOOKAHEAD_PACKETS. */
static inline unsigned lookahead_slot(const struct lookahead *ahead, uint32_t by)
{
	return ahead->next - ahead->now > by ? (ahead->now + by) % LOOKAHEAD_SLOTS
					     : (unsigned)LOOKAHEAD_SLOTS;
}

#endif
