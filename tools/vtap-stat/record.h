/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of vtap-stat, as the formats (record_table.h, record_ndjson.h, ...) get it: what was
 * counted of a key or a flow, over the whole input or an interval.
 */
#ifndef VTAP_STAT_RECORD_H
#define VTAP_STAT_RECORD_H

#include "bar.h"
#include "base/span.h"
#include "counts.h"
#include "header/flow.h"

/* Why a flow has a record: vtap.end. */
enum record_end {
	RECORD_IDLE,
	RECORD_FINISHED,
	RECORD_RESET,
	RECORD_RESOURCES,
	RECORD_INTERVAL,
	RECORD_END, /* of the input */
};

struct record_flow {
	struct flow flow;	      /* source and destination as decided by the first packet */
	uint8_t icmp_type, icmp_code; /* of the first packet, of ICMP and ICMPv6 */
	bool icmp_unknown; /* the first packet has no such header: it is a later fragment, or cut */
	struct counts_end end[2]; /* from the source, and from the destination */
	const uint8_t *mac[2];	  /* MACs of the ends in the first packet; NULL if it has none */
	uint8_t tcp_flags[2];	  /* all flags seen from the source, and from the destination */
	enum record_end why;
	bool one_way; /* no packet of one direction was seen */
};

enum { RECORD_PARTS = 14 };

struct record {
	/* Parts of the key, without the flow: the index of the kind in --by's list (key.h), and its
	 * text as it is, not escaped. A part that is absent has no text (NULL, 0). */
	unsigned part_count;
	struct {
		uint8_t kind; /* key.h */
		struct span text;
	} part[RECORD_PARTS];
	const char *key;    /* vtap.key: what vtap-split puts into {key} */
	const char *source; /* the name of the source; NULL if it is unknown or joined */
	const struct record_flow *flow; /* NULL if it is of a key, not of a flow */
	bool timed;			/* start_ns and end_ns are set: it has packets */
	int64_t start_ns, end_ns;	/* smallest and largest time of its packets */
	int64_t interval_end_ns;	/* with -G: end of the interval */
	struct counts counts;
	uint32_t largest_superframe; /* bytes of its IP packet; 0 if there was no superframe */
	bool forgotten;		     /* a key that had to go (--max-keys): its end is `resources` */
	const struct bar *bar;	     /* its bytes over time, for the table; NULL if not kept */
};

#endif
