/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is looked up in a packet before it is counted. */
#ifndef VTAP_STAT_STAT_LOOK_H
#define VTAP_STAT_STAT_LOOK_H

#include "header/flow.h"
#include "tunnel/peel.h"

/* Each packet has exactly one. */
enum stat_outcome {
	STAT_COUNTED,
	STAT_NOT_IP,
	STAT_FRAGMENT,	/* without ports */
	STAT_TRUNCATED, /* in front of the addresses */
	STAT_MALFORMED,
	STAT_UNKNOWN_LINK,
	STAT_OUTCOMES,
};

struct stat_look {
	const struct packet *packet;
	const struct peel *peel;
	const struct headers *headers; /* of the innermost packet */
	struct span bytes;	       /* of the packet, up to the end of the innermost */
	uint32_t len;		       /* bytes on the wire up to there */
	enum stat_outcome outcome;
	bool has_flow;
	bool cut;    /* the innermost packet: fewer bytes than on the wire, as its lengths say */
	bool hidden; /* as vtap-fixlen finds out: fewer, and no length of the record says so */
	bool timed;  /* the packet has a time */
	bool late;   /* it came after a packet with a later time */
};

/* Fills *look from a packet, and its tunnels from key_cache_peel_get(), but for `late`. It holds as
 * long as they do. */
void stat_look_at(struct stat_look *look, const struct packet *packet, const struct peel *peel,
		  uint32_t outer_end);

#endif
