/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap.h"

#include <stdlib.h>

#include "decap_fast.h"

struct decap *decap_new(const struct decap_config *config, struct error *err)
{
	struct decap *decap = calloc(1, sizeof(*decap));
	bool reassemble = config->reassembly_memory != 0;

	if (!decap)
		goto failed;
	decap->config = config;
	counters_rows(&decap->rows);
	glance_prepare(&decap->glance, &config->select);
	interface_statistics_init(&decap->statistics);
	decap->origins = origins_new(ORIGINS_MAX);
	decap->stencils = calloc(1, sizeof(*decap->stencils));
	decap->udp_gso = udp_gso_new(&config->select);
	if (reassemble)
		decap->reasm = reasm_new(config->reassembly_memory, config->reassembly_time_ns);
	if (decap->origins && decap->stencils && decap->udp_gso && (decap->reasm || !reassemble))
		return decap;
	decap_free(decap);
failed:
	error_set(err, "not enough memory");
	return NULL;
}

void decap_free(struct decap *decap)
{
	reasm_free(decap->reasm);
	origins_free(decap->origins);
	free(decap->stencils);
	udp_gso_free(decap->udp_gso);
	decap_rewrite_free(&decap->rewrite);
	interface_statistics_free(&decap->statistics);
	free(decap);
}

static void count_stripped(struct decap *decap, struct origin *origin, const struct packet *out)
{
	const struct peel *peel = &decap->peel;
	struct counters *counters = &decap->counters;

	counters->stripped++;
	for (unsigned i = 0; i < peel->count; i++) {
		counters->tunnels[encap_index(peel->layer[i].tunnel.encap)]++;
		counters->mirror_cut += peel->layer[i].tunnel.cut;
	}
	counters->reserved_bits += (peel->anomalies & ENCAP_RESERVED_BITS) != 0;
	counters->damaged_options += (peel->anomalies & ENCAP_DAMAGED_OPTION) != 0;
	counters->left[peel->end]++;
	counters->sources_not_told += origin->key_len == 0;
	origin->packets++;
	origin->bytes += out->caplen;
}

/* What the tap said holds, not what the way from it left over. False: no memory. */
static bool believe(struct decap *decap, struct packet *out)
{
	const struct meta *meta = tap_meta_last(&decap->tap_meta);

	if (!meta)
		return true;
	out->len = tap_meta_len(&decap->tap_meta, &decap->peel);
	if (meta->has_time) {
		out->time_ns = meta->time_ns;
		packet_move(out, out->interface);
	}
	return meta->direction == 0 ||
	       decap_rewrite_direction(&decap->rewrite, out, meta->direction);
}

static void read_told(struct decap *decap, const struct packet *in)
{
	struct tap_meta *tap_meta = &decap->tap_meta;

	tap_meta->count = 0;
	if (decap->config->no_meta)
		return;
	tap_meta_read(tap_meta, &decap->peel, span_of(in->data, in->caplen));
	decap->counters.meta += tap_meta->count > 0;
	decap->counters.meta_unknown += tap_meta->unknown;
	decap->counters.meta_malformed += tap_meta->malformed;
}

/* What is inside `in`, on its interface. False: no memory. */
static bool make_out(struct decap *decap, const struct packet *in, const struct interface *to,
		     struct packet *out)
{
	struct counters *counters = &decap->counters;
	bool ether = to->linktype != decap->peel.linktype;

	*out = *in;
	out->data += decap->peel.offset;
	out->caplen = decap->peel.caplen;
	out->len = decap->peel.len;
	decap_move(out, to);
	return decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs) &&
	       believe(decap, out) && (!ether || decap_rewrite_ethernet(&decap->rewrite, out)) &&
	       (!decap->config->live || interface_statistics_see(&decap->statistics, to));
}

/* What peel found inside `in` becomes *out. */
static enum verdict strip(struct decap *decap, const struct packet *in, struct packet *out,
			  struct error *err)
{
	const struct peel *peel = &decap->peel;
	bool ether = decap->config->ether && peel->linktype == LINK_RAW;
	const struct interface *interface;
	struct origin *origin;

	read_told(decap, in);
	interface = origins_interface(decap->origins, peel, &decap->tap_meta, in,
				      ether ? LINK_ETHERNET : peel->linktype, &origin);
	if (!interface ||
	    !origins_sequence(decap->origins, origin, peel, &decap->tap_meta,
			      span_of(in->data, in->caplen), &decap->counters.loss) ||
	    !make_out(decap, in, interface, out)) {
		error_set(err, "not enough memory for one more source");
		return FAILED;
	}
	count_stripped(decap, origin, out);
	return PASS;
}

/* Of a wire, or of a port that anybody can send to, only tunnels were asked for. */
static bool is_unasked(const struct decap *decap, enum cause cause)
{
	return decap->config->live &&
	       (cause == CAUSE_NO_TUNNEL || cause == CAUSE_FRAGMENT_NO_TUNNEL);
}

static enum verdict leave(struct decap *decap, const struct packet *packet, enum cause cause)
{
	if (is_unasked(decap, cause)) {
		decap->counters.not_a_tunnel++;
		return DROP;
	}
	if (decap->config->drop) {
		decap->counters.dropped[cause]++;
		return DROP;
	}
	decap->counters.passed[cause]++;
	if (decap->config->live)
		interface_statistics_see(&decap->statistics, packet->interface);
	return PASS;
}

/* Why nothing was peeled off a packet that is no fragment. */
static enum cause cause_of(const struct peel *peel)
{
	switch (peel->end) {
	case PEEL_CUT:
		return CAUSE_CUT;
	case PEEL_MALFORMED:
		return CAUSE_MALFORMED;
	case PEEL_UNSUPPORTED:
		return CAUSE_UNSUPPORTED;
	case PEEL_STRICT:
		return CAUSE_STRICT;
	default:
		break;
	}
	switch (peel_inner(peel)->end) {
	case LAYERS_CUT:
		return CAUSE_CUT;
	case LAYERS_MALFORMED:
		return CAUSE_MALFORMED;
	case LAYERS_UNKNOWN_LINK:
		return CAUSE_UNKNOWN_LINK;
	default:
		return CAUSE_NO_TUNNEL;
	}
}

static bool is_extension(uint16_t protocol)
{
	enum { HOP_BY_HOP = 0, ROUTING = 43, AH = 51, DESTINATION = 60 };

	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == AH ||
	       protocol == DESTINATION;
}

/* Fragments of what can be no tunnel, TCP above all, are not worth keeping. */
static bool may_be_tunnel(const struct encap_select *select, const struct layer *ip)
{
	enum { UDP = 17 };

	if (ip->next == UDP || (ip->protocol == LAYER_IPV6 && is_extension(ip->next)))
		return true;
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		if (encap->carrier != CARRIER_IP || !(select->wanted >> i & 1))
			continue;
		for (unsigned k = 0; k < sizeof(encap->numbers) / sizeof(*encap->numbers); k++)
			if (encap->numbers[k] != 0 && encap->numbers[k] == ip->next)
				return true;
	}
	return false;
}

/* A datagram is whole: is it a tunnel? */
static enum verdict judge_whole(struct decap *decap, const struct packet *whole, struct packet *out,
				struct error *err)
{
	peel_walk(&decap->peel, &decap->config->select, whole->linktype, whole->data, whole->caplen,
		  whole->len);
	if (decap->peel.count == 0) {
		reasm_refuse(decap->reasm);
		return HOLD;
	}
	decap->counters.datagrams++;
	decap->counters.joined += reasm_accept(decap->reasm) - 1;
	return strip(decap, whole, out, err);
}

static enum verdict take_fragment(struct decap *decap, const struct packet *in, struct packet *out,
				  struct error *err)
{
	const struct layers *layers = peel_inner(&decap->peel);
	struct packet whole;

	if (!may_be_tunnel(&decap->config->select, &layers->layer[layers->ip]))
		return leave(decap, in, CAUSE_FRAGMENT_NO_TUNNEL);
	if (!decap->reasm)
		return leave(decap, in, CAUSE_FRAGMENT_NO_MEMORY);
	decap->holds = true;
	reasm_expire(decap->reasm, in->time_ns);
	switch (reasm_put(decap->reasm, in, layers, &whole)) {
	case REASM_KEPT:
		return HOLD;
	case REASM_WHOLE:
		return judge_whole(decap, &whole, out, err);
	case REASM_CUT:
		return leave(decap, in, CAUSE_FRAGMENT_CUT);
	case REASM_MALFORMED:
		return leave(decap, in, CAUSE_FRAGMENT_MALFORMED);
	case REASM_REFUSED:
		return leave(decap, in, CAUSE_FRAGMENT_OVERLAP);
	case REASM_FULL:
		break;
	}
	return leave(decap, in, CAUSE_FRAGMENT_NO_MEMORY);
}

/* The long way, of a datagram as it was on the wire. */
enum verdict decap_judge(struct decap *decap, const struct packet *in, struct packet *out,
			 struct error *err)
{
	const struct peel *peel = &decap->peel;

	peel_walk(&decap->peel, &decap->config->select, in->linktype, in->data, in->caplen,
		  in->len);
	if (peel->count > 0)
		return strip(decap, in, out, err);
	if (peel->end == PEEL_FRAGMENT)
		return take_fragment(decap, in, out, err);
	return leave(decap, in, cause_of(peel));
}

static enum verdict put_part(struct decap *decap, const struct packet *part, struct packet *out)
{
	struct error err;
	enum verdict verdict;

	*out = *part;
	verdict = decap_fast_part(decap, part, out, &err);
	if (verdict != FAILED)
		return verdict;
	*out = *part;
	return leave(decap, out, CAUSE_FRAGMENT_NO_MEMORY);
}

static bool due_part(struct decap *decap, struct packet *out)
{
	struct packet part;

	while (udp_gso_next(decap->udp_gso, &part)) {
		decap->runs.more++;
		if (put_part(decap, &part, out) == PASS)
			return true;
	}
	return false;
}

static bool due_fragment(struct decap *decap, bool end, struct packet *out)
{
	static const enum cause causes[] = {
		[REASM_NOT_WANTED] = CAUSE_FRAGMENT_NO_TUNNEL,
		[REASM_OVERLAPPING] = CAUSE_FRAGMENT_OVERLAP,
		[REASM_TIMED_OUT] = CAUSE_FRAGMENT_TIMEOUT,
		[REASM_NO_MEMORY] = CAUSE_FRAGMENT_NO_MEMORY,
		[REASM_INCOMPLETE] = CAUSE_FRAGMENT_INCOMPLETE,
	};
	enum reasm_cause cause;

	if (!decap->reasm)
		return false;
	reasm_expire(decap->reasm, end ? INT64_MAX : decap->now_ns);
	while (reasm_due(decap->reasm, out, &cause))
		if (leave(decap, out, causes[cause]) == PASS)
			return true;
	return false;
}

static bool decap_due(void *self, bool end, struct packet *out)
{
	struct decap *decap = self;

	if (due_part(decap, out) || due_fragment(decap, end, out))
		return true;
	decap->holds = decap->reasm && !reasm_idle(decap->reasm);
	return false;
}

static void decap_block(void *self, const struct block *block)
{
	struct decap *decap = self;

	if (block->kind != BLOCK_SECTION)
		return;
	origins_new_section(decap->origins);
	stencils_clear(decap->stencils);
}

struct stage decap_stage(struct decap *decap)
{
	return (struct stage){ .self = decap,
			       .put = decap_fast_put,
			       .block = decap_block,
			       .due = decap_due,
			       .in_place = true,
			       .holds = &decap->holds,
			       .runs = &decap->runs,
			       .fast = decap->config->live ? NULL : decap_fast_take };
}

void decap_stats(struct decap *decap, struct stats *stats)
{
	stats->rows = decap->rows.row;
	stats->counters = &decap->counters;
	stats->sources = origins_json;
	stats->sources_text = origins_text;
	stats->sources_arg = decap->origins;
}

void decap_set_kernel(struct decap *decap, const struct decap_kernel *kernel)
{
	decap->counters.kernel_dropped = kernel->dropped;
	decap->counters.interface_dropped = kernel->interface_dropped;
	decap->counters.gaps = kernel->gaps;
}

bool decap_statistics(struct decap *decap, struct sink *sink, int64_t start_ns, int64_t end_ns,
		      struct error *err)
{
	return interface_statistics_write(&decap->statistics, sink, decap->counters.kernel_dropped,
					  start_ns, end_ns, err);
}
