/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_full.h"

#include "decap_choose.h"

/* Of every packet from which a tunnel was taken off, also of one that is left out then. */
static void full_count_tunnels(struct decap *decap)
{
	const struct peel *peel = &decap->peel;
	struct counters *counters = &decap->counters;

	for (unsigned i = 0; i < peel->count; i++) {
		counters->tunnels[peel->layer[i].tunnel.index]++;
		counters->mirror_truncated += peel->layer[i].tunnel.cut;
	}
	counters->reserved_bits += (peel->anomalies & ENCAP_RESERVED_BITS) != 0;
	counters->damaged_options += (peel->anomalies & ENCAP_DAMAGED_OPTION) != 0;
}

static void full_count_stripped(struct decap *decap, struct output_interface *output,
				const struct packet *out)
{
	struct counters *counters = &decap->counters;

	decap_count_outcome(decap, &counters->stripped);
	counters->left[decap->peel.end]++;
	decap->entry = &output->statistics;
	output->statistics.packets++;
	output->bytes += out->caplen;
}

/*
 * The tap saw the packet before it was cut and before it travelled: its length and time replace
 * those of the mirrored packet.
 */
static void full_apply_meta(struct decap *decap, struct packet *out)
{
	const struct geneve_meta *meta = tap_meta_last(&decap->tap_meta);

	if (!meta)
		return;
	out->len = tap_meta_len(&decap->tap_meta, &decap->peel);
	if (meta->has_time) {
		out->time_ns = meta->time_ns;
		packet_move(out, out->interface);
		decap->timed = true;
	}
}

/* The innermost tunnel that has a direction was put on nearest to the packet's sender. Returns
 * false without memory. */
static bool full_apply_direction(struct decap *decap, struct packet *out)
{
	const struct peel *peel = &decap->peel;
	const struct tap_meta *tap_meta = &decap->tap_meta;
	uint8_t direction = peel->layer[0].tunnel.direction;

	if (peel->count > 1)
		direction = tap_meta_direction(tap_meta, peel);
	else if (tap_meta->count > 0)
		direction = tap_meta->of[0].meta.direction;

	return direction == 0 || decap_rewrite_direction(&decap->rewrite, out, direction);
}

/* Returns false without memory. */
static bool full_apply_vlan(struct decap *decap, struct packet *out)
{
	uint16_t vid = peel_told_vlan(&decap->peel, decap->peel.count - 1);

	return vid == 0 || decap_rewrite_vlan(&decap->rewrite, out, vid);
}

static void full_read_meta(struct decap *decap, const struct packet *in)
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

/* Makes *out of what is left of `in`, on interface `to`. Returns false without memory. */
static bool full_fill_out(struct decap *decap, const struct packet *in, const struct interface *to,
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
	full_apply_meta(decap, out);
	return (out->options.len == 0 ||
		decap_rewrite_options(&decap->rewrite, out, &counters->hashes, &counters->fcs)) &&
	       full_apply_direction(decap, out) && full_apply_vlan(decap, out) &&
	       (!ether || decap_rewrite_ethernet(&decap->rewrite, out));
}

/* Returns true if the tunnel has nothing but packets and bytes to count, as on the fast path. */
static bool is_usual(const struct decap *decap, const struct output_interface *output)
{
	const struct tunnel *tunnel = &decap->peel.layer[0].tunnel;

	return tunnel->meta == 0 && tunnel->sequence_bits == 0 && !tunnel->cut &&
	       tunnel->anomalies == 0 && output->interface.linktype == decap->peel.linktype;
}

/* Lets the fast path take the next packets of the tunnel, if it can. */
static void full_learn(struct decap *decap, const struct packet *in,
		       struct output_interface *output)
{
	if (in->linktype != LINK_ETHERNET || !is_usual(decap, output))
		return;
	output->parent = in->interface;
	header_cache_learn(&decap->cache, span_of(in->data, in->caplen), &decap->peel, output);
}

static enum verdict full_strip(struct decap *decap, const struct packet *in, struct packet *out,
			       struct error *err)
{
	const struct peel *peel = &decap->peel;
	bool ether = decap->config->ether && peel->linktype == LINK_RAW;
	struct span packet = span_of(in->data, in->caplen);
	struct output_interface *output;
	enum verdict verdict;

	full_read_meta(decap, in);
	output = origins_interface(decap->origins, peel, &decap->tap_meta, in,
				   ether ? LINK_ETHERNET : peel->linktype);
	if (output)
		full_learn(decap, in, output);
	if (!output ||
	    !origins_sequence(decap->origins, output->origin, peel, &decap->tap_meta, packet,
			      &decap->counters.loss) ||
	    !full_fill_out(decap, in, &output->interface, out)) {
		return decap_out_of_memory(decap, err);
	}
	full_count_tunnels(decap);
	verdict = decap_choose(decap, out, &output->statistics, decap->timed, err);
	if (verdict == PASS)
		full_count_stripped(decap, output, out);
	return verdict;
}

/* An interface or a UDP port also gets packets that nobody mirrored: they are not passed on. */
static bool is_unasked(const struct decap *decap, enum cause cause)
{
	return decap->config->live &&
	       (cause == CAUSE_NO_TUNNEL || cause == CAUSE_FRAGMENT_NO_TUNNEL);
}

/* Counts a packet that passes on an interface of the input. Returns false without memory. */
static bool full_see_interface(struct decap *decap, const struct interface *interface)
{
	decap->entry = NULL;
	if (!decap->config->statistics)
		return true;
	decap->entry = interface_statistics_see(&decap->statistics, interface);
	return decap->entry != NULL;
}

static enum verdict full_pass_or_drop(struct decap *decap, const struct packet *packet,
				      enum cause cause, struct error *err)
{
	enum verdict verdict;

	if (is_unasked(decap, cause)) {
		decap->counters.not_a_tunnel++;
		return DROP;
	}
	if (decap->config->drop) {
		decap->counters.dropped[cause]++;
		return DROP;
	}
	verdict = decap_choose(decap, packet, NULL, packet->form != PACKET_SIMPLE, err);
	if (verdict != PASS)
		return verdict;
	if (!full_see_interface(decap, packet->interface))
		return decap_out_of_memory(decap, err);
	decap_count_outcome(decap, &decap->counters.passed[cause]);
	return PASS;
}

/* Says why nothing was peeled off a packet that is not an IP fragment. */
static enum cause cause_of(const struct peel *peel)
{
	switch (peel->end) {
	case PEEL_TRUNCATED:
		return CAUSE_TRUNCATED;
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
	case HEADERS_TRUNCATED:
		return CAUSE_TRUNCATED;
	case HEADERS_MALFORMED:
		return CAUSE_MALFORMED;
	case HEADERS_UNKNOWN_LINK:
		return CAUSE_UNKNOWN_LINK;
	default:
		return CAUSE_NO_TUNNEL;
	}
}

/* Fragments that cannot be of a tunnel, above all those of TCP, take no memory. */
static bool may_be_tunnel(const struct encap_table *table, const struct headers *headers)
{
	return headers->protocol == IPPROTO_UDP || table->protocol[headers->protocol] != 0 ||
	       headers->protocol == IPPROTO_AH ||
	       (headers->ip_version == 6 && headers_is_extension(headers->protocol));
}

/* Notes what is known of packets from which no tunnel was taken off, for decap_stats(): `packets`
 * of them, since a reassembled datagram stands for its fragments. decap->peel has its headers. */
static void full_note_untaken(struct decap *decap, const struct packet *in, uint64_t packets)
{
	const struct headers *headers = peel_inner(&decap->peel);
	struct span bytes = span_of(in->data, in->caplen);

	switch (untaken_judge(&decap->untaken, headers, bytes)) {
	case UNTAKEN_OTHER_ID:
		decap->counters.other_ids += packets;
		break;
	case UNTAKEN_OTHER_ENCAP:
		decap->counters.other_encaps += packets;
		break;
	case UNTAKEN_NO_TUNNEL:
		if (decap->counters.stripped == 0)
			untaken_look(&decap->untaken, headers, bytes);
		break;
	}
}

static enum verdict full_judge_reassembled(struct decap *decap, const struct packet *whole,
					   struct packet *out, struct error *err)
{
	peel_packet(&decap->peel, &decap->table, whole->linktype, whole->data, whole->caplen,
		    whole->len);
	if (decap->peel.count == 0) {
		full_note_untaken(decap, whole, reasm_refuse(decap->reasm));
		return HOLD;
	}
	decap->counters.datagrams++;
	decap->counters.fragments_reassembled += reasm_accept(decap->reasm) - 1;
	return full_strip(decap, whole, out, err);
}

static enum verdict full_take_fragment(struct decap *decap, const struct packet *in,
				       struct packet *out, struct error *err)
{
	const struct headers *headers = peel_inner(&decap->peel);
	struct packet whole;

	if (!may_be_tunnel(&decap->table, headers))
		return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_NO_TUNNEL, err);
	if (!decap->reasm)
		return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_NO_MEMORY, err);
	decap->holds = true;
	reasm_expire(decap->reasm, in->time_ns);
	switch (reasm_put(decap->reasm, in, headers, &whole)) {
	case REASM_KEPT:
		return HOLD;
	case REASM_WHOLE:
		return full_judge_reassembled(decap, &whole, out, err);
	case REASM_COPY:
		decap->counters.fragments_reassembled++;
		decap->counters.fragment_copies++;
		return DROP;
	case REASM_TRUNCATED:
		return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_TRUNCATED, err);
	case REASM_MALFORMED:
		return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_MALFORMED, err);
	case REASM_REFUSED:
		return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_OVERLAP, err);
	case REASM_FULL:
		break;
	}
	return full_pass_or_drop(decap, in, CAUSE_FRAGMENT_NO_MEMORY, err);
}

/* Judges a datagram as it was on the wire. decap->peel has its tunnels. */
static enum verdict full_judge_datagram(struct decap *decap, const struct packet *in,
					struct packet *out, struct error *err)
{
	const struct peel *peel = &decap->peel;

	if (peel->count > 0)
		return full_strip(decap, in, out, err);
	if (peel->end == PEEL_FRAGMENT)
		return full_take_fragment(decap, in, out, err);
	full_note_untaken(decap, in, 1);
	return full_pass_or_drop(decap, in, cause_of(peel), err);
}

static void full_peel(struct decap *decap, const struct packet *in)
{
	peel_packet(&decap->peel, &decap->table, in->linktype, in->data, in->caplen, in->len);
}

enum verdict decap_full_put(struct decap *decap, const struct packet *in, struct packet *out,
			    struct error *err)
{
	full_peel(decap, in);
	if (udp_gso_begin(decap->udp_gso, in, &decap->peel)) {
		decap->gso.split++;
		decap->gso.gained--;
		decap->holds = true;
		return HOLD;
	}
	return full_judge_datagram(decap, in, out, err);
}

static enum verdict full_put_part(struct decap *decap, const struct packet *part,
				  struct packet *out)
{
	*out = *part;
	full_peel(decap, part);
	return full_judge_datagram(decap, part, out, &decap->failure);
}

bool decap_full_due_part(struct decap *decap, struct packet *out)
{
	struct packet part;

	while (udp_gso_next(decap->udp_gso, &part)) {
		decap->gso.gained++;
		if (full_put_part(decap, &part, out) == PASS)
			return true;
	}
	return false;
}

bool decap_full_due_fragment(struct decap *decap, bool end, struct packet *out)
{
	static const enum cause causes[] = {
		[REASM_NOT_WANTED] = CAUSE_FRAGMENT_NO_TUNNEL,
		[REASM_OVERLAPPING] = CAUSE_FRAGMENT_OVERLAP,
		[REASM_TOO_LONG] = CAUSE_FRAGMENT_MALFORMED,
		[REASM_TIMED_OUT] = CAUSE_FRAGMENT_TIMEOUT,
		[REASM_NO_MEMORY] = CAUSE_FRAGMENT_NO_MEMORY,
		[REASM_INCOMPLETE] = CAUSE_FRAGMENT_INCOMPLETE,
	};
	enum reasm_cause cause;

	if (!decap->reasm)
		return false;
	if (end)
		reasm_end(decap->reasm);
	else
		reasm_expire(decap->reasm, decap->now_ns);
	while (reasm_due(decap->reasm, out, &cause))
		if (full_pass_or_drop(decap, out, causes[cause], &decap->failure) == PASS)
			return true;
	return false;
}
