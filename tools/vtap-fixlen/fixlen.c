/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixlen.h"

#include <stdlib.h>

#include "packet/option.h"
#include "rewrite.h"
#include "tunnel/wirelen.h"

#define OUTCOME(which, name, text)                                                                 \
	{                                                                                          \
		STATS_OUTCOME, name, text, offsetof(struct fixlen_counters, outcome[which]), false \
	}
#define DETAIL(which, name, text)                                                        \
	{                                                                                \
		STATS_DETAIL, name, text, offsetof(struct fixlen_counters, which), false \
	}

const struct stats_row fixlen_rows[] = {
	OUTCOME(FIXLEN_RAISED, "raised", "raised to the length the headers claim"),
	OUTCOME(FIXLEN_LOWERED, "lowered", "lowered to the length the headers claim"),
	OUTCOME(FIXLEN_RIGHT, "already_right", "already right"),
	OUTCOME(FIXLEN_PADDED, "padded", "longer than claimed: padding or a trailer"),
	OUTCOME(FIXLEN_LONGER, "longer", "longer than claimed and than padding explains"),
	OUTCOME(FIXLEN_ZERO, "unknown_length_zero", "unknown: the headers say 0"),
	OUTCOME(FIXLEN_CUT, "unknown_truncated", "unknown: cut inside the headers"),
	OUTCOME(FIXLEN_NOT_IP, "unknown_not_ip", "unknown: not IP"),
	OUTCOME(FIXLEN_UNKNOWN_LINK, "unknown_link_type", "unknown: link type"),
	OUTCOME(FIXLEN_MALFORMED, "unknown_malformed", "unknown: malformed headers"),
	DETAIL(bytes_restored, "bytes_restored", "bytes added to lengths"),
	DETAIL(bytes_lowered, "bytes_lowered", "bytes taken from lengths"),
	DETAIL(tunnelled, "tunnelled", "in a tunnel that is still on"),
	DETAIL(mirror_truncated, "mirror_truncated",
	       "that the mirror says it cut (ERSPAN's T bit)"),
	DETAIL(odd_length, "caplen_over_len", "with more bytes than length on the wire"),
	DETAIL(rewritten, "outer_rewritten", "with corrected outer headers"),
	DETAIL(not_rewritable, "outer_too_long", "with outer headers that cannot hold the length"),
	DETAIL(hashes_dropped, "hashes_dropped", "hash options dropped"),
	DETAIL(sources_over_limit, "sources_over_limit", "of sources too many to tell apart"),
	{ 0 },
};

void fixlen_init(struct fixlen *fixlen, const struct fixlen_config *config)
{
	fixlen->config = *config;
	fixlen->counters = (struct fixlen_counters){ 0 };
	encap_select_all(&fixlen->select);
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
 * The shortest frame that the wire may have carried: 46 bytes behind the link header (IEEE 802.3,
 * 3.2.8).
 */
static uint64_t shortest(uint32_t link)
{
	enum { PAYLOAD_MIN = 46 };

	return link > 0 ? link + (uint64_t)PAYLOAD_MIN : 0;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* True if a frame may have so many bytes behind its IP packet and padding, of which nothing in
 * front tells: a frame check sequence, the trailer of PRP (IEC 62439-3), or both. */
static bool is_trailer(uint64_t len)
{
	enum { FCS_LEN = 4, PRP_LEN = 6 };

	return len <= FCS_LEN || (len >= PRP_LEN && len <= PRP_LEN + FCS_LEN);
}

static enum fixlen_outcome judge_longer(const struct fixlen_config *config, uint64_t claim,
					uint32_t link, uint32_t caplen, uint32_t *len)
{
	uint64_t least = larger(claim, caplen), padded = larger(claim, shortest(link));

	if (*len <= padded || is_trailer(*len - padded))
		return FIXLEN_PADDED;
	if (!config->lower || least >= *len)
		return FIXLEN_LONGER;
	*len = (uint32_t)least;
	return FIXLEN_LOWERED;
}

/*
 * What is to become of a record whose claim is known: its outcome and, in *len, its length on the
 * wire. A record with more bytes than length (odd, but seen) is left so unless the headers claim
 * more. link: bytes of the link header, its tags and what they add at the end.
 */
static inline enum fixlen_outcome judge(const struct fixlen_config *config, uint64_t claim,
					uint32_t link, uint32_t caplen, uint32_t *len)
{
	if (claim > *len) {
		*len = (uint32_t)larger(claim, caplen);
		return FIXLEN_RAISED;
	}
	if (claim == *len)
		return FIXLEN_RIGHT;
	return judge_longer(config, claim, link, caplen, len);
}

static enum fixlen_outcome judge_peeled(const struct fixlen_config *config, const struct peel *peel,
					uint32_t caplen, uint32_t *len)
{
	static const enum fixlen_outcome unknown[] = {
		[WIRELEN_ZERO] = FIXLEN_ZERO,
		[WIRELEN_CUT] = FIXLEN_CUT,
		[WIRELEN_NOT_IP] = FIXLEN_NOT_IP,
		[WIRELEN_UNKNOWN_LINK] = FIXLEN_UNKNOWN_LINK,
		[WIRELEN_MALFORMED] = FIXLEN_MALFORMED,
	};
	const struct headers *outer = &peel->headers[0];
	uint64_t claim;
	enum wirelen_result result = wirelen_peel(peel, &claim);

	if (result != WIRELEN_KNOWN && claim <= *len)
		return unknown[result];
	return judge(config, claim, outer->link_len + outer->trailer_len, caplen, len);
}

static inline void count(struct fixlen *fixlen, struct origin_stats_row *source, uint32_t before,
			 uint32_t after, enum fixlen_outcome outcome)
{
	struct fixlen_counters *counters = &fixlen->counters;
	uint64_t restored = 0;

	counters->outcome[outcome]++;
	if (outcome == FIXLEN_RAISED)
		restored = after - before;
	else if (outcome == FIXLEN_LOWERED)
		counters->bytes_lowered += before - after;
	counters->bytes_restored += restored;
	if (source == NULL)
		return;
	source->packets++;
	source->raised += outcome == FIXLEN_RAISED;
	source->lowered += outcome == FIXLEN_LOWERED;
	source->bytes_restored += restored;
}

static bool is_cut(const struct peel *peel)
{
	for (unsigned i = 0; i < peel->count; i++)
		if (peel->layer[i].tunnel.cut)
			return true;
	return false;
}

static bool grow(struct fixlen *fixlen, size_t size, struct error *err)
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

static bool rewrite(struct fixlen *fixlen, const struct packet *in, struct packet *out,
		    struct error *err)
{
	struct rewrite plan;
	bool wanted = rewrite_plan(&plan, &fixlen->peel);
	struct patch copy, options;

	fixlen->counters.not_rewritable += plan.too_long;
	if (!wanted)
		return true;
	if (!grow(fixlen, in->caplen + in->options.len, err))
		return false;
	copy = (struct patch){ fixlen->scratch, in->caplen };
	options = (struct patch){ fixlen->scratch + in->caplen, in->options.len };
	patch_copy(copy, 0, in->data, in->caplen);
	rewrite_apply(&plan, &fixlen->peel, copy);
	out->data = copy.data;
	if (in->options.len > 0)
		/* Hashes speak of bytes that have changed. */
		out->options = option_copy_without(in->options, in->interface->section->swapped,
						   OPTION_EPB_HASH, options,
						   &fixlen->counters.hashes_dropped);
	packet_changed(out);
	fixlen->counters.rewritten++;
	return true;
}

/* What a packet of the fast path claims. */
struct claim {
	uint64_t end;	   /* offset from the packet's start */
	uint32_t link_len; /* bytes of the outermost link header and its tags */
	struct origin_stats_row *source;
};

/* Returns false if the cache does not know the packet's tunnel, or what is inside needs more than a
 * look. */
SPAN_INLINE bool find(struct fixlen *fixlen, const struct interface *interface, struct span packet,
		      struct claim *claim)
{
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;
	uint32_t end;

	if (interface->linktype != LINK_ETHERNET)
		return false;
	entry = header_cache_lookup(&fixlen->cache, packet, &end);
	/* No more than a header may mean no length at all, or a malformed one. */
	if (!entry ||
	    !header_cache_inside(&fixlen->table, entry->linktype,
				 span_from(span_first(packet, end), entry->offset), &inside) ||
	    (inside.header_end != 0 && inside.end <= inside.header_end))
		return false;
	claim->end = larger(end, entry->offset + inside.end);
	claim->link_len = entry->network;
	claim->source = entry->value;
	return true;
}

/* Counts the packet, and returns its length on the wire. */
static inline uint32_t put_found(struct fixlen *fixlen, const struct claim *claim, uint32_t caplen,
				 uint32_t before)
{
	uint32_t len = before;
	enum fixlen_outcome outcome =
		judge(&fixlen->config, claim->end, claim->link_len, caplen, &len);

	fixlen->counters.tunnelled++;
	fixlen->counters.odd_length += caplen > before;
	count(fixlen, claim->source, before, len, outcome);
	return len;
}

bool fixlen_fast(void *self, struct fast_packet *fast)
{
	struct fixlen *fixlen = self;
	uint32_t caplen = (uint32_t)fast->packet.len;
	struct claim claim;

	if (!stage_may_keep(fast, fast->interface->linktype) ||
	    !find(fixlen, fast->interface, fast->packet, &claim))
		return false;
	fast->offset = 0;
	fast->caplen = caplen;
	fast->to = fast->interface;
	fast->kept_len = put_found(fixlen, &claim, caplen, fast->len);
	return true;
}

/* What is rewritten has to be peeled, so its tunnel is never learned. */
static void learn(struct fixlen *fixlen, const struct packet *in, struct origin_stats_row *source)
{
	const struct peel *peel = &fixlen->peel;

	if (source && peel->count == 1 && !peel->layer[0].tunnel.cut &&
	    !fixlen->config.rewrite_outer)
		header_cache_learn(&fixlen->cache, span_of(in->data, in->caplen), peel, source);
}

static enum verdict put_peeled(struct fixlen *fixlen, const struct packet *in, struct packet *out,
			       struct error *err)
{
	struct peel *peel = &fixlen->peel;
	struct origin_stats_row *source;
	enum fixlen_outcome outcome;
	uint32_t before = in->len, len = before;

	peel_packet(peel, &fixlen->table, in->linktype, in->data, in->caplen, in->len);
	source =
		origin_stats_find(&fixlen->origins, peel, in, &fixlen->counters.sources_over_limit);
	learn(fixlen, in, source);
	outcome = judge_peeled(&fixlen->config, peel, in->caplen, &len);
	if (fixlen->config.rewrite_outer && peel->count > 0 && !rewrite(fixlen, in, out, err))
		return FAILED;
	fixlen->counters.tunnelled += peel->count > 0;
	fixlen->counters.mirror_truncated += is_cut(peel);
	fixlen->counters.odd_length += in->caplen > before;
	count(fixlen, source, before, len, outcome);
	out->len = len;
	return PASS;
}

enum verdict fixlen_put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct fixlen *fixlen = self;
	struct claim claim;

	if (!find(fixlen, in->interface, span_of(in->data, in->caplen), &claim))
		return put_peeled(fixlen, in, out, err);
	out->len = put_found(fixlen, &claim, in->caplen, in->len);
	return PASS;
}

uint64_t fixlen_corrected(const struct fixlen *fixlen)
{
	const uint64_t *outcome = fixlen->counters.outcome;

	return outcome[FIXLEN_RAISED] + outcome[FIXLEN_LOWERED] + fixlen->counters.rewritten;
}
