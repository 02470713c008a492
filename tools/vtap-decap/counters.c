/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counters.h"

#define AT(field) offsetof(struct counters, field)
/* A row for what passed and one for what -x dropped. */
#define CAUSE(cause, name, text)                                                                \
	{ STATS_OUTCOME, "passed_" name, "passed unchanged: " text, AT(passed[cause]), false }, \
	{                                                                                       \
		STATS_OUTCOME, "dropped_" name, "dropped: " text, AT(dropped[cause]), true      \
	}
#define DETAIL(field, text)                                  \
	{                                                    \
		STATS_DETAIL, #field, text, AT(field), false \
	}
#define LEFT(end, name, text)                                                                \
	{                                                                                    \
		STATS_DETAIL, "left_" name, "stripped, left on: " text, AT(left[end]), false \
	}

static const struct stats_row outcomes[] = {
	{ STATS_OUTCOME, "stripped", "stripped", AT(stripped), false },
	{ STATS_OUTCOME, "fragments_reassembled",
	  "fragments reassembled into a datagram that a later one completed",
	  AT(fragments_reassembled), false },
	{ STATS_OUTCOME, "not_a_tunnel", "dropped: not a selected tunnel (live)", AT(not_a_tunnel),
	  false },
	CAUSE(CAUSE_NO_TUNNEL, "no_tunnel", "not a selected tunnel"),
	CAUSE(CAUSE_MALFORMED, "malformed", "malformed"),
	CAUSE(CAUSE_CUT, "truncated", "cut inside its headers"),
	CAUSE(CAUSE_UNSUPPORTED, "unsupported", "a tunnel of neither Ethernet nor IP"),
	CAUSE(CAUSE_STRICT, "strict", "reserved bits or damaged options (--strict)"),
	CAUSE(CAUSE_UNKNOWN_LINK, "unknown_link", "unknown link type"),
	CAUSE(CAUSE_FRAGMENT_NO_TUNNEL, "fragment_no_tunnel", "fragments of no selected tunnel"),
	CAUSE(CAUSE_FRAGMENT_MALFORMED, "fragment_malformed", "malformed fragments"),
	CAUSE(CAUSE_FRAGMENT_CUT, "fragment_cut", "fragments cut by the capture"),
	CAUSE(CAUSE_FRAGMENT_OVERLAP, "fragment_overlap", "overlapping fragments"),
	CAUSE(CAUSE_FRAGMENT_TIMEOUT, "fragment_timeout", "fragments that waited too long"),
	CAUSE(CAUSE_FRAGMENT_NO_MEMORY, "fragment_no_memory",
	      "fragments beyond the memory for them"),
	CAUSE(CAUSE_FRAGMENT_INCOMPLETE, "fragment_incomplete", "fragments incomplete at the end"),
};

static const struct stats_row details[] = {
	{ STATS_DETAIL, "datagrams_reassembled", "datagrams reassembled", AT(datagrams), false },
	DETAIL(reserved_bits, "with reserved bits set"),
	DETAIL(damaged_options, "with damaged options"),
	DETAIL(mirror_truncated, "cut by the mirror (ERSPAN T bit)"),
	{ STATS_DETAIL, "sources_over_limit",
	  "packets of sources beyond the number that is told apart", AT(sources_over_limit), true },
	LEFT(PEEL_FRAGMENT, "fragment", "a fragment"),
	LEFT(PEEL_CUT, "cut", "a tunnel cut in its header"),
	LEFT(PEEL_MALFORMED, "malformed", "a malformed tunnel"),
	LEFT(PEEL_UNSUPPORTED, "unsupported", "a tunnel of neither Ethernet nor IP"),
	LEFT(PEEL_STRICT, "strict", "a tunnel with reserved bits or damaged options"),
	LEFT(PEEL_DEPTH, "depth", "a tunnel beyond the depth"),
	{ STATS_DETAIL, "hashes_dropped", "packet hashes dropped", AT(hashes), false },
	{ STATS_DETAIL, "fcs_cleared", "FCS lengths cleared", AT(fcs), false },
	{ STATS_DETAIL, "sequence_received", "tunnel headers with a sequence number",
	  AT(loss.received), false },
	{ STATS_DETAIL, "sequence_missing", "sequence numbers missing", AT(loss.missing), false },
	{ STATS_DETAIL, "sequence_reordered", "sequence numbers out of order", AT(loss.reordered),
	  false },
	{ STATS_DETAIL, "sequence_duplicates", "sequence numbers seen twice", AT(loss.duplicates),
	  false },
	{ STATS_DETAIL, "sequence_restarts", "sequences that began anew", AT(loss.restarts),
	  false },
	{ STATS_DETAIL, "meta", "with a meta option (GENEVE)", AT(meta), false },
	{ STATS_DETAIL, "meta_unknown_version", "meta options of an unknown version, ignored",
	  AT(meta_unknown), false },
	{ STATS_DETAIL, "meta_malformed", "malformed meta options, ignored", AT(meta_malformed),
	  false },
	{ STATS_DETAIL, "kernel_dropped", "dropped by the kernel: the buffer was full",
	  AT(kernel_dropped), true },
	{ STATS_DETAIL, "interface_dropped", "dropped by the interface or its driver",
	  AT(interface_dropped), true },
	{ STATS_DETAIL, "interface_gaps", "times that an interface was away", AT(interface_gaps),
	  true },
};

enum {
	OUTCOMES = sizeof(outcomes) / sizeof(*outcomes),
	DETAILS = sizeof(details) / sizeof(*details)
};

_Static_assert(OUTCOMES + DETAILS + COUNTERS_ENCAPS < COUNTERS_ROWS, "room for all rows");

static void encap_row(struct counter_rows *rows, struct stats_row *row, unsigned i)
{
	const char *encap = encap_at(i)->name;

	snprintf(rows->name[i], sizeof(rows->name[i]), "tunnels_%s", encap);
	for (char *c = rows->name[i]; *c; c++)
		if (*c == '-')
			*c = '_';
	snprintf(rows->text[i], sizeof(rows->text[i]), "%s headers taken off", encap);
	*row = (struct stats_row){ STATS_DETAIL, rows->name[i], rows->text[i], AT(tunnels[i]),
				   false };
}

void counters_rows(struct counter_rows *rows)
{
	struct stats_row *row = rows->row;

	memset(rows, 0, sizeof(*rows));
	memcpy(row, outcomes, sizeof(outcomes));
	row += OUTCOMES;
	for (unsigned i = 0; i < encap_count(); i++)
		encap_row(rows, row++, i);
	memcpy(row, details, sizeof(details));
}
