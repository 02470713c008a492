/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembers in how many tunnels the datagrams are whose first fragments were seen, since later
 * fragments show none of these tunnels (RFC 791, section 2.3; RFC 8200, section 4.5). The memory is
 * fixed: a new datagram replaces the oldest one of its bucket.
 */
#ifndef VTAP_FILTER_FRAGMENT_DEPTHS_H
#define VTAP_FILTER_FRAGMENT_DEPTHS_H

#include "header/headers.h"

enum {
	FRAGMENT_DEPTHS_BUCKETS = 512,
	FRAGMENT_DEPTHS_WAYS = 4, /* datagrams of a bucket */
};

/* What all fragments of a datagram have in common, and no others at that time. */
struct fragment_key {
	struct headers_addresses addresses;
	uint32_t id;	  /* identification */
	uint8_t version;  /* 4 or 6; 0 if the place is free */
	uint8_t protocol; /* IP protocol number */
};

struct fragment_depth {
	struct fragment_key key;
	uint8_t depth; /* tunnels, at least 1 */
};

/* All zeros is a table without datagrams. Callers use the functions below only. */
struct fragment_depths {
	struct {
		struct fragment_depth way[FRAGMENT_DEPTHS_WAYS];
		uint8_t oldest; /* index of the way that the next datagram takes */
	} bucket[FRAGMENT_DEPTHS_BUCKETS];
};

/* Fills *key from the headers of a fragment and its packet. Returns false if the packet is no
 * fragment. */
bool fragment_depths_key(struct fragment_key *key, const struct headers *headers,
			 struct span packet);

/*
 * Notes that a datagram is in that many tunnels, 255 at most. With at_least, the headers showed
 * only part of them: what was noted before stays if it is more. 0 tunnels remove the datagram, for
 * its identification is used again.
 */
void fragment_depths_note(struct fragment_depths *depths, const struct fragment_key *key,
			  unsigned depth, bool at_least);

/* Returns in how many tunnels a datagram is, or 0 if the table does not have it. */
unsigned fragment_depths_find(const struct fragment_depths *depths, const struct fragment_key *key);

#endif
