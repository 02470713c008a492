/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_full.h"

static void count_stripped(struct decap *decap, struct origin *origin, const struct packet *out)
{
	const struct peel *peel = &decap->peel;
	struct counters *counters = &decap->counters;

	counters->stripped++;
	for (unsigned i = 0; i < peel->count; i++) {
		counters->tunnels[peel->layer[i].tunnel.index]++;
		counters->mirror_truncated += peel->layer[i].tunnel.cut;
	}
	counters->reserved_bits += (peel->anomalies & ENCAP_RESERVED_BITS) != 0;
	counters->damaged_options += (peel->anomalies & ENCAP_DAMAGED_OPTION) != 0;
	counters->left[peel->end]++;
	counters->sources_over_limit += origin->key_len == 0;
	origin->packets++;
	origin->bytes += out->caplen;
}

/* What the tap said holds, not what the way from it left over. False: no memory. */
static bool believe(struct decap *decap, struct packet *out)
{
	const struct geneve_meta *meta = tap_meta_last(&decap->tap_meta);

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

static void read_meta(struct decap *decap, const struct packet *in)
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

	if (out != in)
		*out = *in;
	out->data += decap->peel.offset;
	out->caplen = decap->peel.caplen;
	out->len = decap->peel.len;
	decap_move(out, to);
	return (out->options.len == 0 ||
		decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs)) &&
	       believe(decap, out) && (!ether || decap_rewrite_ethernet(&decap->rewrite, out)) &&
	       (!decap->config->live || interface_statistics_see(&decap->statistics, to));
}

/* True if all that there is to say of the tunnel are its packets; the fast path counts no more. */
static bool is_usual(const struct decap *decap, const struct output_interface *output)
{
	const struct tunnel *tunnel = &decap->peel.layer[0].tunnel;

	return tunnel->meta == 0 && tunnel->sequence_bits == 0 && !tunnel->cut &&
	       tunnel->anomalies == 0 && output->origin->key_len != 0 &&
	       output->interface.linktype == decap->peel.linktype;
}

/* For the fast path, where the packet is one for it. */
static void learn(struct decap *decap, const struct packet *in, struct output_interface *output)
{
	if (in->linktype != LINK_ETHERNET || !is_usual(decap, output))
		return;
	output->parent = in->interface;
	header_cache_learn(&decap->cache, span_of(in->data, in->caplen), &decap->peel, output);
}

/* What peel found inside `in` becomes *out. */
static enum verdict strip(struct decap *decap, const struct packet *in, struct packet *out,
			  struct error *err)
{
	const struct peel *peel = &decap->peel;
	bool ether = decap->config->ether && peel->linktype == LINK_RAW;
	struct span packet = span_of(in->data, in->caplen);
	struct output_interface *output;

	read_meta(decap, in);
	output = origins_interface(decap->origins, peel, &decap->tap_meta, in,
				   ether ? LINK_ETHERNET : peel->linktype);
	if (output)
		learn(decap, in, output);
	if (!output ||
	    !origins_sequence(decap->origins, output->origin, peel, &decap->tap_meta, packet,
			      &decap->counters.loss) ||
	    !make_out(decap, in, &output->interface, out)) {
		error_set(err, "not enough memory for one more source");
		return FAILED;
	}
	count_stripped(decap, output->origin, out);
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
	case HEADERS_CUT:
		return CAUSE_CUT;
	case HEADERS_MALFORMED:
		return CAUSE_MALFORMED;
	case HEADERS_UNKNOWN_LINK:
		return CAUSE_UNKNOWN_LINK;
	default:
		return CAUSE_NO_TUNNEL;
	}
}

/* Fragments of what can be no tunnel, TCP above all, are not worth keeping. */
static bool may_be_tunnel(const struct encap_table *table, const struct headers *headers)
{
	return headers->protocol == IPPROTO_UDP || table->protocol[headers->protocol] != 0 ||
	       (headers->ip_version == 6 && headers_is_extension(headers->protocol));
}

/* A datagram is whole: is it a tunnel? */
static enum verdict judge_whole(struct decap *decap, const struct packet *whole, struct packet *out,
				struct error *err)
{
	peel_packet(&decap->peel, &decap->table, whole->linktype, whole->data, whole->caplen,
		    whole->len);
	if (decap->peel.count == 0) {
		reasm_refuse(decap->reasm);
		return HOLD;
	}
	decap->counters.datagrams++;
	decap->counters.fragments_reassembled += reasm_accept(decap->reasm) - 1;
	return strip(decap, whole, out, err);
}

static enum verdict take_fragment(struct decap *decap, const struct packet *in, struct packet *out,
				  struct error *err)
{
	const struct headers *headers = peel_inner(&decap->peel);
	struct packet whole;

	if (!may_be_tunnel(&decap->table, headers))
		return leave(decap, in, CAUSE_FRAGMENT_NO_TUNNEL);
	if (!decap->reasm)
		return leave(decap, in, CAUSE_FRAGMENT_NO_MEMORY);
	decap->holds = true;
	reasm_expire(decap->reasm, in->time_ns);
	switch (reasm_put(decap->reasm, in, headers, &whole)) {
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

/* Of a datagram as it was on the wire, which peel holds. */
static enum verdict judge(struct decap *decap, const struct packet *in, struct packet *out,
			  struct error *err)
{
	const struct peel *peel = &decap->peel;

	if (peel->count > 0)
		return strip(decap, in, out, err);
	if (peel->end == PEEL_FRAGMENT)
		return take_fragment(decap, in, out, err);
	return leave(decap, in, cause_of(peel));
}

static void peel_in(struct decap *decap, const struct packet *in)
{
	peel_packet(&decap->peel, &decap->table, in->linktype, in->data, in->caplen, in->len);
}

enum verdict decap_full_put(struct decap *decap, const struct packet *in, struct packet *out,
			    struct error *err)
{
	peel_in(decap, in);
	if (udp_gso_begin(decap->udp_gso, in, &decap->peel)) {
		decap->runs.cut++;
		decap->runs.more--;
		decap->holds = true;
		return HOLD;
	}
	return judge(decap, in, out, err);
}

static enum verdict put_part(struct decap *decap, const struct packet *part, struct packet *out)
{
	enum verdict verdict;
	struct error err;

	*out = *part;
	peel_in(decap, part);
	verdict = judge(decap, part, out, &err);
	if (verdict != FAILED)
		return verdict;
	*out = *part;
	return leave(decap, out, CAUSE_FRAGMENT_NO_MEMORY);
}

bool decap_full_due_part(struct decap *decap, struct packet *out)
{
	struct packet part;

	while (udp_gso_next(decap->udp_gso, &part)) {
		decap->runs.more++;
		if (put_part(decap, &part, out) == PASS)
			return true;
	}
	return false;
}

bool decap_full_due_fragment(struct decap *decap, bool end, struct packet *out)
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
