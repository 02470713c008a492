/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of vtap-decap, and their names and texts for cli/stats.h. Each packet that came in
 * is counted by exactly one of the outcomes; the details may overlap.
 */
#ifndef VTAP_DECAP_COUNTERS_H
#define VTAP_DECAP_COUNTERS_H

#include "cli/stats.h"
#include "tunnel/sequence.h"
#include "tunnel/peel.h"

/* Why no tunnel was taken off a packet. */
enum cause {
	CAUSE_NO_TUNNEL,
	CAUSE_MALFORMED,
	CAUSE_TRUNCATED, /* the packet ends inside its headers */
	CAUSE_UNSUPPORTED,
	CAUSE_STRICT,
	CAUSE_UNKNOWN_LINK,
	/* Causes for IP fragments. */
	CAUSE_FRAGMENT_NO_TUNNEL,
	CAUSE_FRAGMENT_MALFORMED,
	CAUSE_FRAGMENT_TRUNCATED, /* the capture does not have all bytes of the fragment */
	CAUSE_FRAGMENT_OVERLAP,
	CAUSE_FRAGMENT_TIMEOUT,
	CAUSE_FRAGMENT_NO_MEMORY,
	CAUSE_FRAGMENT_INCOMPLETE,
	CAUSE_COUNT
};

enum { COUNTERS_ENCAPS = 32 }; /* the most codecs; each has a counter of its own */

struct counters {
	/* Outcomes, in packets. */
	uint64_t stripped;
	uint64_t fragments_reassembled; /* all fragments of a datagram but the last to arrive */
	uint64_t passed[CAUSE_COUNT], dropped[CAUSE_COUNT];
	uint64_t wrong_link_type;	/* packets that the output cannot hold */
	uint64_t filtered, out_of_time; /* packets that -f, --since and --until leave out */
	uint64_t not_a_tunnel;		/* packets of a live run that are no selected tunnel */
	uint64_t unwritten;		/* packets that a failure kept from the output */
	/* Details, in packets where nothing else is said. */
	uint64_t tunnels[COUNTERS_ENCAPS]; /* tunnels taken off, by encap_index() */
	uint64_t datagrams;		   /* reassembled datagrams */
	uint64_t fragment_copies; /* fragments of datagrams that were complete before they came */
	uint64_t reserved_bits, damaged_options, mirror_truncated;
	uint64_t sources_over_limit;	  /* origins that made room for others */
	uint64_t left[PEEL_DEPTH + 1];	  /* stripped packets, by what ended the peeling */
	uint64_t other_ids, other_encaps; /* packets that --id, or -e, left in their tunnel */
	uint64_t hashes, fcs;		  /* packet options dropped, and corrected */
	struct loss loss;
	uint64_t meta, meta_unknown, meta_malformed; /* options of vtap-tap --meta */
	uint64_t kernel_dropped, interface_dropped;
	uint64_t interface_gaps;     /* times that an interface was away */
	uint64_t interface_replaced; /* times that its name was another interface's then */
};

enum { COUNTERS_ROWS = 2 * CAUSE_COUNT + COUNTERS_ENCAPS + 40 };

/* The rows for struct stats, with the names and texts that are made for each codec. */
struct counter_rows {
	struct stats_row row[COUNTERS_ROWS]; /* ends with a row whose name is NULL */
	char name[COUNTERS_ENCAPS][32], text[COUNTERS_ENCAPS][32];
};

/* Fills rows. The rows point into *rows, which must neither move nor go while they are used. */
void counters_rows(struct counter_rows *rows);

#endif
