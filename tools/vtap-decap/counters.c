/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counters.h"

#include "cli/cli_choice.h"

#define AT(field) offsetof(struct counters, field)
/* A row for packets that are passed on, and one for packets that -x drops. */
#define CAUSE(cause, name, text)                                                                 \
	{                                                                                        \
		STATS_OUTCOME,	   "passed_" name, "passed unchanged: " text,                    \
		AT(passed[cause]), false,	   NULL                                          \
	},                                                                                       \
	{                                                                                        \
		STATS_OUTCOME, "dropped_" name, "dropped: " text, AT(dropped[cause]), true, NULL \
	}
#define DETAIL(field, text)                                        \
	{                                                          \
		STATS_DETAIL, #field, text, AT(field), false, NULL \
	}
#define LEFT(end, name, text)                                                                     \
	{                                                                                         \
		STATS_DETAIL, "left_" name, "stripped, but left on: " text, AT(left[end]), false, \
			NULL                                                                      \
	}

static const struct stats_row outcomes[] = {
	{ STATS_OUTCOME, "stripped", "stripped", AT(stripped), false, NULL },
	{ STATS_OUTCOME, "fragments_reassembled",
	  "fragments reassembled: the last one of each datagram is in stripped",
	  AT(fragments_reassembled), false, NULL },
	{ STATS_OUTCOME, "wrong_link_type", "left out: the output cannot hold their link type",
	  AT(wrong_link_type), true, NULL },
	{ STATS_OUTCOME, "filtered", CLI_CHOICE_FILTERED, AT(filtered), false, NULL },
	{ STATS_OUTCOME, "out_of_time", CLI_CHOICE_OUT_OF_TIME, AT(out_of_time), false, NULL },
	{ STATS_OUTCOME, "not_a_tunnel", "dropped: not a selected tunnel (-i, -l)",
	  AT(not_a_tunnel), false, NULL },
	CAUSE(CAUSE_NO_TUNNEL, "no_tunnel", "not a selected tunnel"),
	CAUSE(CAUSE_MALFORMED, "malformed", "malformed headers"),
	CAUSE(CAUSE_TRUNCATED, "truncated", "captured too short: headers are not all there"),
	CAUSE(CAUSE_UNSUPPORTED, "unsupported", "a tunnel that carries neither Ethernet nor IP"),
	CAUSE(CAUSE_STRICT, "strict",
	      "a tunnel with reserved bits set or damaged options (--strict)"),
	CAUSE(CAUSE_UNKNOWN_LINK, "unknown_link", "unknown link type"),
	CAUSE(CAUSE_FRAGMENT_NO_TUNNEL, "fragment_no_tunnel",
	      "IP fragments that are not of a selected tunnel"),
	CAUSE(CAUSE_FRAGMENT_MALFORMED, "fragment_malformed", "malformed IP fragments"),
	CAUSE(CAUSE_FRAGMENT_TRUNCATED, "fragment_truncated",
	      "IP fragments captured too short to reassemble"),
	CAUSE(CAUSE_FRAGMENT_OVERLAP, "fragment_overlap",
	      "IP fragments that overlap others of their datagram"),
	CAUSE(CAUSE_FRAGMENT_TIMEOUT, "fragment_timeout",
	      "IP fragments that waited longer than --reassembly-time"),
	CAUSE(CAUSE_FRAGMENT_NO_MEMORY, "fragment_no_memory",
	      "IP fragments beyond --reassembly-mem"),
	CAUSE(CAUSE_FRAGMENT_INCOMPLETE, "fragment_incomplete",
	      "IP fragments whose datagram was incomplete at the end"),
	{ STATS_OUTCOME, "unwritten", "not written: the run failed", AT(unwritten), false, NULL },
};

static const struct stats_row details[] = {
	{ STATS_DETAIL, "datagrams_reassembled", "datagrams reassembled from IP fragments",
	  AT(datagrams), false, NULL },
	DETAIL(fragment_copies, "copies of fragments whose datagram was complete already"),
	{ STATS_DETAIL, "reserved_bits", "packets with reserved bits set in a tunnel header",
	  AT(reserved_bits), false, "reserved_nonzero" },
	DETAIL(damaged_options, "packets with damaged options in a tunnel header"),
	DETAIL(mirror_truncated, "tunnels whose packet the mirror truncated (T bit of ERSPAN)"),
	{ STATS_DETAIL, "sources_over_limit",
	  "sources that were silent longest and made room: their figures are in others",
	  AT(sources_over_limit), true, NULL },
	LEFT(PEEL_FRAGMENT, "fragment", "an IP fragment, which may hold a tunnel"),
	LEFT(PEEL_TRUNCATED, "truncated", "a tunnel whose headers are not all there"),
	LEFT(PEEL_MALFORMED, "malformed", "a malformed tunnel"),
	LEFT(PEEL_UNSUPPORTED, "unsupported", "a tunnel that carries neither Ethernet nor IP"),
	LEFT(PEEL_STRICT, "strict", "a tunnel with reserved bits set or damaged options"),
	LEFT(PEEL_DEPTH, "depth", "a tunnel beyond --depth"),
	DETAIL(other_ids, "in a tunnel of another id, which is left on (--id)"),
	DETAIL(other_encaps, "in a tunnel of another encapsulation, which is left on (-e)"),
	{ STATS_DETAIL, "hashes_dropped", "packet hashes dropped, as they are of the whole frame",
	  AT(hashes), false, NULL },
	{ STATS_DETAIL, "fcs_cleared", "FCS lengths cleared, as they are of the whole frame",
	  AT(fcs), false, NULL },
	{ STATS_DETAIL, "sequence_received", "tunnel headers with a sequence number",
	  AT(loss.received), false, NULL },
	{ STATS_DETAIL, "sequence_missing", "sequence numbers missing", AT(loss.missing), false,
	  NULL },
	{ STATS_DETAIL, "sequence_reordered", "sequence numbers out of order", AT(loss.reordered),
	  false, NULL },
	{ STATS_DETAIL, "sequence_duplicates", "sequence numbers seen twice", AT(loss.duplicates),
	  false, NULL },
	{ STATS_DETAIL, "sequence_restarts", "sequences that began anew: their source restarted",
	  AT(loss.restarts), false, NULL },
	{ STATS_DETAIL, "meta", "packets with the GENEVE option of vtap-tap --meta", AT(meta),
	  false, NULL },
	{ STATS_DETAIL, "meta_unknown_version", "--meta options of an unknown version, ignored",
	  AT(meta_unknown), false, NULL },
	{ STATS_DETAIL, "meta_malformed", "malformed --meta options, ignored", AT(meta_malformed),
	  false, NULL },
	{ STATS_DETAIL, "kernel_dropped",
	  "dropped by the kernel: the buffer was full (-B makes it larger)", AT(kernel_dropped),
	  true, NULL },
	{ STATS_DETAIL, "interface_dropped",
	  "dropped by the interface or its driver (ethtool -G makes its queue longer)",
	  AT(interface_dropped), true, NULL },
	{ STATS_DETAIL, "interface_gaps", "times that an interface was away", AT(interface_gaps),
	  true, NULL },
	{ STATS_DETAIL, "interface_replaced", "times that its name was another interface's then",
	  AT(interface_replaced), false, NULL },
};

enum {
	OUTCOMES = sizeof(outcomes) / sizeof(*outcomes),
	DETAILS = sizeof(details) / sizeof(*details)
};

_Static_assert(OUTCOMES + DETAILS + COUNTERS_ENCAPS < COUNTERS_ROWS, "COUNTERS_ROWS is too small");

static void encap_row(struct counter_rows *rows, struct stats_row *row, unsigned i)
{
	const char *encap = encap_at(i)->name;

	snprintf(rows->name[i], sizeof(rows->name[i]), "tunnels_%s", encap);
	for (char *c = rows->name[i]; *c; c++)
		if (*c == '-')
			*c = '_';
	snprintf(rows->text[i], sizeof(rows->text[i]), "%s headers taken off", encap);
	*row = (struct stats_row){ STATS_DETAIL,   rows->name[i], rows->text[i],
				   AT(tunnels[i]), false,	  NULL };
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
