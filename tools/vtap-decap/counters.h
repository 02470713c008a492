/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-decap counts. Every packet is in exactly one of stripped, fragments_reassembled,
 * passed, dropped. */
#ifndef VTAP_DECAP_COUNTERS_H
#define VTAP_DECAP_COUNTERS_H

#include "cli/stats.h"
#include "sequence.h"
#include "tunnel/peel.h"

/* Why a packet was not stripped. */
enum cause {
	CAUSE_NO_TUNNEL,
	CAUSE_MALFORMED,
	CAUSE_CUT,
	CAUSE_UNSUPPORTED,
	CAUSE_STRICT,
	CAUSE_UNKNOWN_LINK,
	/* Fragments. */
	CAUSE_FRAGMENT_NO_TUNNEL,
	CAUSE_FRAGMENT_MALFORMED,
	CAUSE_FRAGMENT_CUT,
	CAUSE_FRAGMENT_OVERLAP,
	CAUSE_FRAGMENT_TIMEOUT,
	CAUSE_FRAGMENT_NO_MEMORY,
	CAUSE_FRAGMENT_INCOMPLETE,
	CAUSE_COUNT
};

enum { COUNTERS_ENCAPS = 32 };

struct counters {
	/* Outcomes. */
	uint64_t stripped;
	uint64_t fragments_reassembled; /* fragments other than the one that completed the datagram
					 */
	uint64_t passed[CAUSE_COUNT], dropped[CAUSE_COUNT];
	uint64_t not_a_tunnel; /* live: nobody asked for it */
	/* Details. */
	uint64_t tunnels[COUNTERS_ENCAPS]; /* by encap_index() */
	uint64_t datagrams;
	uint64_t reserved_bits, damaged_options, mirror_truncated;
	uint64_t sources_over_limit;   /* packets of sources beyond ORIGINS_MAX */
	uint64_t left[PEEL_DEPTH + 1]; /* stripped, with something left on: by peel_end */
	uint64_t hashes, fcs;	       /* packet options dropped and corrected */
	struct loss loss;
	uint64_t meta, meta_unknown, meta_malformed; /* GENEVE's meta options */
	uint64_t kernel_dropped, interface_dropped, interface_gaps;
};

enum { COUNTERS_ROWS = 2 * CAUSE_COUNT + COUNTERS_ENCAPS + 32 };

/* The rows of struct stats, made once: the encapsulations have a row each. */
struct counter_rows {
	struct stats_row row[COUNTERS_ROWS];
	char name[COUNTERS_ENCAPS][32], text[COUNTERS_ENCAPS][32];
};

void counters_rows(struct counter_rows *rows);

#endif
