/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixlen.h"

#include <stdlib.h>

#include "cli/stats_print.h"
#include "packet/option.h"
#include "rewrite.h"
#include "tunnel/wirelen.h"

#define OUTCOME(which, name, text)                                                           \
	{                                                                                    \
		STATS_OUTCOME, name, text, offsetof(struct fixlen_counters, outcome[which]), \
			false, NULL                                                          \
	}
#define DETAIL(which, name, text)                                                              \
	{                                                                                      \
		STATS_DETAIL, name, text, offsetof(struct fixlen_counters, which), false, NULL \
	}

const struct stats_row fixlen_rows[] = {
	OUTCOME(FIXLEN_RAISED, "raised", "length restored from headers"),
	OUTCOME(FIXLEN_LOWERED, "lowered", "length lowered to what the headers claim"),
	OUTCOME(FIXLEN_CLIPPED, "clipped",
		"clipped: captured bytes behind the length the headers claim"),
	OUTCOME(FIXLEN_RIGHT, "already_right", "already correct"),
	OUTCOME(FIXLEN_PADDED, "padded", "longer than claimed, as padding or a trailer explains"),
	OUTCOME(FIXLEN_LONGER, "longer",
		"longer than claimed, more than padding and trailers explain"),
	OUTCOME(FIXLEN_ZERO, "unknown_length_zero", "unknown: the headers claim a length of 0"),
	OUTCOME(FIXLEN_TRUNCATED, "unknown_truncated",
		"unknown: captured too short, headers are not all there"),
	OUTCOME(FIXLEN_NOT_IP, "unknown_not_ip", "unknown: not IP"),
	OUTCOME(FIXLEN_UNKNOWN_LINK, "unknown_link_type", "unknown: link type not known"),
	OUTCOME(FIXLEN_MALFORMED, "unknown_malformed", "unknown: malformed headers"),
	{ STATS_OUTCOME, "wrong_link_type", "left out: the output cannot hold their link type",
	  offsetof(struct fixlen_counters, outcome[FIXLEN_WRONG_LINK_TYPE]), true, NULL },
	OUTCOME(FIXLEN_UNWRITTEN, "unwritten", "not written: the run failed"),
	DETAIL(bytes_restored, "bytes_restored", "bytes added to lengths"),
	DETAIL(bytes_lowered, "bytes_lowered", "bytes taken from lengths"),
	DETAIL(bytes_clipped, "bytes_clipped", "captured bytes cut off"),
	DETAIL(tunnelled, "tunnelled", "packets in a tunnel that is still on"),
	DETAIL(mirror_truncated, "mirror_truncated",
	       "packets that the mirror truncated (T bit of ERSPAN)"),
	DETAIL(odd_length, "caplen_over_len",
	       "packets with more bytes captured than length on the wire"),
	DETAIL(rewritten, "outer_rewritten", "packets with corrected outer headers"),
	DETAIL(not_rewritable, "outer_too_long",
	       "packets whose outer headers cannot hold the length"),
	DETAIL(hashes_dropped, "hashes_dropped", "packet hashes dropped from rewritten packets"),
	DETAIL(sources_over_limit, "sources_over_limit",
	       "packets of sources beyond the limit, not listed by source"),
	{ 0 },
};

void fixlen_init(struct fixlen *fixlen, const struct fixlen_config *config)
{
	fixlen->config = *config;
	fixlen->counters = (struct fixlen_counters){ 0 };
	encap_select_default(&fixlen->select);
	encap_table_init(&fixlen->table, &fixlen->select);
	header_cache_init(&fixlen->cache);
	origin_stats_init(&fixlen->origins);
	fixlen->scratch = NULL;
	fixlen->scratch_size = 0;
}

void fixlen_free(struct fixlen *fixlen)
{
	origin_stats_free(&fixlen->origins);
	header_cache_free(&fixlen->cache);
	free(fixlen->scratch);
}

/*
 * Returns the length of the shortest frame on the wire without its FCS: 46 bytes behind the link
 * header (IEEE 802.3 section 3.2.8). link is the length of that header with its tags, 0 without
 * one.
 */
static uint64_t fixlen_shortest_frame(uint32_t link)
{
	enum { PAYLOAD_MIN = 46 };

	return link > 0 ? link + (uint64_t)PAYLOAD_MIN : 0;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Returns true if len bytes behind the IP packet and its padding may be a trailer that no header
 * announces: a frame check sequence, the trailer of PRP (IEC 62439-3), or both. */
static bool fixlen_is_trailer(uint64_t len)
{
	enum { FCS_LEN = 4, PRP_LEN = 6 };

	return len <= FCS_LEN || (len >= PRP_LEN && len <= PRP_LEN + FCS_LEN);
}

/* What the headers of a packet claim. */
struct claim {
	uint64_t end;	   /* offset of the claimed end from the packet's start */
	uint32_t link_len; /* bytes of the outermost link header, its tags, and what they add at the
			      end */
	uint32_t fcs_len;  /* bytes of the frame check sequence that follows the claimed end */
	struct origin_stats_counts *row;
};

/* The claim is given as values: a pointer to it would keep it in memory on the fast path. */
static enum fixlen_outcome fixlen_judge_longer(const struct fixlen_config *config, uint64_t end,
					       uint32_t link_len, uint32_t fcs_len, uint32_t caplen,
					       uint32_t *len)
{
	uint64_t least = larger(end + fcs_len, caplen);
	uint64_t padded = larger(end, fixlen_shortest_frame(link_len)) + fcs_len;

	if (*len <= padded || fixlen_is_trailer(*len - padded))
		return FIXLEN_PADDED;
	if (!config->lower || least >= *len)
		return FIXLEN_LONGER;
	*len = (uint32_t)least;
	return FIXLEN_LOWERED;
}

/* Judges a packet by what its headers claim, and sets *len to its corrected length on the wire. */
static inline enum fixlen_outcome fixlen_judge(const struct fixlen_config *config,
					       const struct claim *claim, uint32_t caplen,
					       uint32_t *len)
{
	uint64_t claimed = claim->end + claim->fcs_len;

	if (claimed > *len) {
		*len = (uint32_t)claimed;
		return FIXLEN_RAISED;
	}
	if (claimed == *len)
		return FIXLEN_RIGHT;
	return fixlen_judge_longer(config, claim->end, claim->link_len, claim->fcs_len, caplen,
				   len);
}

/* Some files have packets with more bytes than length on the wire: *caplen becomes the length that
 * the headers prove. */
static enum fixlen_outcome fixlen_judge_known(const struct fixlen_config *config,
					      const struct claim *claim, uint32_t *caplen,
					      uint32_t *len)
{
	enum fixlen_outcome outcome = fixlen_judge(config, claim, *caplen, len);

	if (*caplen <= *len || outcome == FIXLEN_LONGER)
		return outcome;
	*caplen = *len;
	return FIXLEN_CLIPPED;
}

static enum fixlen_outcome fixlen_judge_peeled(struct fixlen *fixlen, const struct packet *in,
					       uint32_t *caplen, uint32_t *len)
{
	static const enum fixlen_outcome unknown[] = {
		[WIRELEN_ZERO] = FIXLEN_ZERO,
		[WIRELEN_TRUNCATED] = FIXLEN_TRUNCATED,
		[WIRELEN_NOT_IP] = FIXLEN_NOT_IP,
		[WIRELEN_UNKNOWN_LINK] = FIXLEN_UNKNOWN_LINK,
		[WIRELEN_MALFORMED] = FIXLEN_MALFORMED,
	};
	const struct headers *outer = &fixlen->peel.headers[0];
	struct claim claim = { .link_len = outer->link_len + outer->trailer_len,
			       .fcs_len = packet_fcs_len(in) };
	enum wirelen_result result = wirelen_peel(&fixlen->peel, &claim.end);

	if (result != WIRELEN_KNOWN && (claim.end == 0 || claim.end + claim.fcs_len <= *len))
		return unknown[result];
	return fixlen_judge_known(&fixlen->config, &claim, caplen, len);
}

static inline void fixlen_count(struct fixlen *fixlen, struct origin_stats_counts *row,
				uint32_t caplen, uint32_t before, uint32_t after,
				enum fixlen_outcome outcome)
{
	struct fixlen_counters *counters = &fixlen->counters;
	uint64_t restored = 0;

	counters->outcome[outcome]++;
	fixlen->outcome = outcome;
	if (outcome == FIXLEN_RAISED || outcome == FIXLEN_CLIPPED)
		restored = after - before;
	else if (outcome == FIXLEN_LOWERED)
		counters->bytes_lowered += before - after;
	counters->bytes_restored += restored;
	if (row == NULL)
		return;
	row->packets++;
	row->bytes += caplen;
	row->raised += outcome == FIXLEN_RAISED;
	row->lowered += outcome == FIXLEN_LOWERED;
	row->bytes_restored += restored;
}

static bool fixlen_is_truncated(const struct peel *peel)
{
	for (unsigned i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.cut)
			return true;
	return false;
}

static bool fixlen_grow_scratch(struct fixlen *fixlen, size_t size, struct error *err)
{
	enum { STEP = 65536 };
	uint8_t *scratch;

	if (size <= fixlen->scratch_size)
		return true;
	size += STEP;
	scratch = realloc(fixlen->scratch, size);
	if (scratch == NULL)
		return error_errno(err, "a packet of %zu bytes", size);
	fixlen->scratch = scratch;
	fixlen->scratch_size = size;
	return true;
}

/*
 * A hash is of the bytes before they were changed. The other options move behind the packet's place
 * in scratch; they are there already if the packet was changed before.
 */
static bool fixlen_drop_hashes(struct fixlen *fixlen, struct packet *out, struct error *err)
{
	struct patch options;

	if (!fixlen_grow_scratch(fixlen, (size_t)out->caplen + out->options.len, err))
		return false;
	options = (struct patch){ fixlen->scratch + out->caplen, out->options.len };
	if (options.len > 0 && out->options.data != options.data)
		out->options = option_copy_without(out->options, out->interface->section->swapped,
						   OPTION_EPB_HASH, options,
						   &fixlen->counters.hashes_dropped);
	return true;
}

static bool fixlen_clip(struct fixlen *fixlen, struct packet *out, uint32_t caplen,
			struct error *err)
{
	out->caplen = caplen;
	packet_changed(out);
	return fixlen_drop_hashes(fixlen, out, err);
}

static bool fixlen_rewrite(struct fixlen *fixlen, struct packet *out, struct error *err)
{
	struct rewrite plan;
	bool wanted = rewrite_plan(&plan, &fixlen->peel);
	struct patch copy;

	fixlen->counters.not_rewritable += plan.too_long;
	if (!wanted)
		return true;
	if (!fixlen_drop_hashes(fixlen, out, err))
		return false;
	copy = (struct patch){ fixlen->scratch, out->caplen };
	patch_copy(copy, 0, out->data, out->caplen);
	rewrite_apply(&plan, &fixlen->peel, copy);
	packet_replace(out, patch_span(copy));
	fixlen->counters.rewritten++;
	return true;
}

/*
 * Returns false if the cache does not know the packet's tunnel, or what it carries has to be
 * parsed.
 */
SPAN_INLINE bool fixlen_find_claim(struct fixlen *fixlen, const struct interface *interface,
				   struct span packet, struct claim *claim)
{
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;
	uint32_t end;

	if (interface->linktype != LINK_ETHERNET)
		return false;
	entry = header_cache_lookup(&fixlen->cache, packet, &end);
	/* An IP length of no more than its header may be 0, or malformed: that has to be parsed. */
	if (!entry ||
	    !header_cache_inside(&fixlen->table, entry->linktype,
				 span_from(span_first(packet, end), entry->offset), &inside) ||
	    (inside.header_end != 0 && inside.end <= inside.header_end))
		return false;
	claim->end = larger(end, entry->offset + inside.end);
	claim->link_len = entry->network;
	claim->fcs_len = interface->fcs_len;
	claim->row = entry->value;
	return true;
}

/* Counts the packet, and returns its length on the wire. */
static inline uint32_t fixlen_put_found(struct fixlen *fixlen, const struct claim *claim,
					uint32_t caplen, uint32_t before)
{
	uint32_t len = before;
	enum fixlen_outcome outcome = fixlen_judge(&fixlen->config, claim, caplen, &len);

	fixlen->counters.tunnelled++;
	fixlen_count(fixlen, claim->row, caplen, before, len, outcome);
	return len;
}

bool fixlen_fast(void *self, struct fast_packet *fast)
{
	struct fixlen *fixlen = self;
	uint32_t caplen = (uint32_t)fast->packet.len;
	struct claim claim;

	if (caplen > fast->len || !stage_may_keep(fast, fast->interface->linktype) ||
	    !fixlen_find_claim(fixlen, fast->interface, fast->packet, &claim))
		return false;
	fast->offset = 0;
	fast->caplen = caplen;
	fast->to = fast->interface;
	fast->kept_len = fixlen_put_found(fixlen, &claim, caplen, fast->len);
	return true;
}

/* A packet that is to be rewritten has to be peeled, so its tunnel is not cached. Neither is that
 * of an origin beyond the limit, each of whose packets is counted. */
static void fixlen_learn(struct fixlen *fixlen, const struct packet *in,
			 struct origin_stats_counts *row)
{
	const struct peel *peel = &fixlen->peel;

	if (row && row != &fixlen->origins.others && !peel->layer[0].tunnel.cut &&
	    !fixlen->config.rewrite_outer)
		header_cache_learn(&fixlen->cache, span_of(in->data, in->caplen), peel, row);
}

/* Counts a packet that has to be parsed, and corrects its lengths. */
static void fixlen_put_peeled(struct fixlen *fixlen, const struct packet *in, uint32_t *caplen,
			      uint32_t *len)
{
	struct fixlen_counters *counters = &fixlen->counters;
	struct peel *peel = &fixlen->peel;
	struct origin_stats_counts *row;
	enum fixlen_outcome outcome;

	peel_packet(peel, &fixlen->table, in->linktype, in->data, in->caplen, in->len);
	row = origin_stats_find(&fixlen->origins, peel, in, &counters->sources_over_limit);
	fixlen_learn(fixlen, in, row);
	outcome = fixlen_judge_peeled(fixlen, in, caplen, len);
	counters->tunnelled += peel->count > 0;
	counters->mirror_truncated += fixlen_is_truncated(peel);
	counters->odd_length += in->caplen > in->len;
	counters->bytes_clipped += in->caplen - *caplen;
	fixlen_count(fixlen, row, in->caplen, in->len, *len, outcome);
}

void fixlen_refused(void *self)
{
	struct fixlen *fixlen = self;

	fixlen->counters.outcome[fixlen->outcome]--;
	fixlen->counters.outcome[FIXLEN_WRONG_LINK_TYPE]++;
}

void fixlen_unwritten(void *self, const struct interface *fast)
{
	struct fixlen *fixlen = self;

	(void)fast;
	fixlen->counters.outcome[fixlen->outcome]--;
	fixlen->counters.outcome[FIXLEN_UNWRITTEN]++;
}

enum verdict fixlen_put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct fixlen *fixlen = self;
	uint32_t caplen = in->caplen, len = in->len;
	struct claim claim;

	if (caplen <= len &&
	    fixlen_find_claim(fixlen, in->interface, span_of(in->data, caplen), &claim)) {
		claim.fcs_len = packet_fcs_len(in);
		out->len = fixlen_put_found(fixlen, &claim, caplen, len);
		return PASS;
	}
	fixlen_put_peeled(fixlen, in, &caplen, &len);
	out->len = len;
	if ((caplen == out->caplen || fixlen_clip(fixlen, out, caplen, err)) &&
	    (!fixlen->config.rewrite_outer || fixlen_rewrite(fixlen, out, err)))
		return PASS;
	fixlen_unwritten(fixlen, false);
	return FAILED;
}

uint64_t fixlen_corrected(const struct fixlen *fixlen)
{
	const uint64_t *outcome = fixlen->counters.outcome;

	return outcome[FIXLEN_RAISED] + outcome[FIXLEN_LOWERED] + outcome[FIXLEN_CLIPPED] +
	       fixlen->counters.rewritten;
}

/* That nothing had to be corrected is a good result. That nothing could be judged is none. */
bool fixlen_nothing(void *self, const struct stats *stats, FILE *to)
{
	const struct fixlen *fixlen = self;
	const uint64_t *outcome = fixlen->counters.outcome;
	uint64_t unknown = 0, all = 0;

	for (unsigned i = 0; i < FIXLEN_OUTCOMES; i++) {
		all += outcome[i];
		unknown += i >= FIXLEN_ZERO ? outcome[i] : 0;
	}
	if (all > 0 && unknown == all) {
		fputs("no length could be judged: ", to);
		stats_print_outcomes(stats, to);
	}
	return fixlen_corrected(fixlen) == 0;
}
