/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <stdlib.h>

#include "filter/own_tunnel.h"
#include "filter/sample.h"
#include "header/flow.h"
#include "offload/tcp_gso.h"
#include "tap_emit.h"
#include "tap_interfaces.h"
#include "tap_loop.h"
#include "tap_sll.h"

struct tap {
	const struct tap_config *config;
	struct rules *rules;
	struct own_tunnel own;
	struct tap_loop loop;
	struct sample sample;
	struct headers headers; /* of the present packet, valid if `parsed` */
	bool parsed;
	bool parses;	     /* the headers of each packet are needed */
	bool chooses;	     /* some option may exclude a packet */
	bool hashes;	     /* the hash of each packet's flow is needed */
	uint64_t everyone;   /* all targets, a bit each */
	struct tcp_mss *mss; /* NULL if nothing is segmented */
	struct tcp_gso tcp_gso;
	bool segmenting; /* the present packet has further segments */
	struct tap_interfaces interfaces;
	uint8_t *scratch;     /* SCRATCH_LEN bytes, for a segment or for a packet that is changed */
	bool snapped;	      /* the present packet was counted as snapped */
	uint64_t fcs_removed; /* packets whose frame check sequence was taken off */
	struct tap_emit emit;
};

enum { SCRATCH_LEN = TAP_FRAME_MAX + TCP_GSO_HEADERS_MAX };

/* Decides once what each packet needs, so that none pays for options that were not given. */
static void tap_plan_steps(struct tap *tap)
{
	const struct tap_config *config = tap->config;

	tap->parses = tap->mss || tap->rules || config->is_local || config->checksums ||
		      config->sample_flows > 1;
	tap->chooses = tap->parses || config->expression || config->sample > 1 ||
		       config->wanted != DIRECTION_UNKNOWN;
	tap->hashes = config->balance || config->ends_loops;
	for (unsigned i = 0; i < config->target_count; i++) {
		tap->hashes |= config->targets[i].outer_header.encap->carrier == CARRIER_UDP;
		tap->everyone |= UINT64_C(1) << i;
	}
}

static bool tap_init(struct tap *tap, const struct tap_config *config)
{
	tap->config = config;
	tap->rules = config->rules;
	tap->sample.every = config->sample;
	own_tunnel_init(&tap->own, config->oversize == OVERSIZE_FRAGMENT, config->is_local,
			config->is_local_arg);
	for (unsigned i = 0; i < config->target_count; i++)
		own_tunnel_set(&tap->own, i, &config->targets[i].outer_header);
	tap_loop_init(&tap->loop, config);
	if (config->segment)
		tap->mss = tcp_mss_new();
	tap_plan_steps(tap);
	tap->scratch = malloc(SCRATCH_LEN);
	return tap_emit_init(&tap->emit, config) && tap->scratch && (tap->mss || !config->segment);
}

struct tap *tap_new(const struct tap_config *config, struct error *err)
{
	struct tap *tap = calloc(1, sizeof(*tap));

	if (tap && tap_init(tap, config))
		return tap;
	tap_free(tap);
	error_set(err, "not enough memory");
	return NULL;
}

void tap_free(struct tap *tap)
{
	if (!tap)
		return;
	tap_interfaces_free(&tap->interfaces);
	if (tap->rules != tap->config->rules)
		rules_free(tap->rules);
	tcp_mss_free(tap->mss);
	tap_emit_free(&tap->emit);
	free(tap->scratch);
	free(tap);
}

static void tap_parse(struct tap *tap, const struct packet *in)
{
	if (tap->parsed)
		return;
	headers_parse(&tap->headers, in->linktype, span_of(in->data, in->caplen), 0);
	tap->parsed = true;
}

/* All fragments of a datagram get the same hash, from addresses and protocol, and so one path. */
__attribute__((noinline)) static uint64_t tap_flow_hash(struct tap *tap, const struct packet *in)
{
	const struct headers *headers = &tap->headers;
	struct span packet = span_of(in->data, in->caplen);

	tap_parse(tap, in);
	if (headers->ip_version != 0 && !(headers->flags & HEADERS_ANY_FRAGMENT))
		return flow_hash_packet(headers, packet);
	/* Flows that --sample-flows chose have equal lowest bits: mix them. */
	return sample_hash(headers, packet) * UINT64_C(0x9E3779B97F4A7C15) >> 16;
}

static bool tap_is_other_direction(const struct tap *tap)
{
	return tap->config->wanted != DIRECTION_UNKNOWN &&
	       tap->config->wanted != tap->emit.choice.direction;
}

static bool tap_is_ruled_out(const struct tap *tap, struct span packet)
{
	return tap->rules && rules_match(tap->rules, &tap->headers, packet,
					 tap->emit.choice.direction) != RULES_INCLUDE;
}

/*
 * Sets *outcome to TAP_SENT if the packet is to be mirrored. Returns false and sets err if the
 * expression does not compile for the link type.
 */
static bool tap_judge(struct tap *tap, const struct packet *in, enum tap_outcome *outcome,
		      struct error *err)
{
	const struct tap_config *config = tap->config;
	struct span packet = span_of(in->data, in->caplen);
	bool matched = true, own;

	if (tap->parses)
		tap_parse(tap, in);
	if (tap->mss)
		tcp_mss_see(tap->mss, &tap->headers, packet);
	/* This has to see every first fragment: later fragments are recognised by it. */
	own = config->is_local && own_tunnel_is(&tap->own, &tap->headers, packet);
	if (config->expression && !expression_match(config->expression, in, &matched, err))
		return false;
	if (!matched || tap_is_other_direction(tap) || tap_is_ruled_out(tap, packet))
		*outcome = TAP_FILTERED;
	else if (own)
		*outcome = TAP_OWN_TUNNEL;
	else if ((config->sample > 1 && !sample_next(&tap->sample)) ||
		 !sample_flow(config->sample_flows, &tap->headers, packet))
		*outcome = TAP_SAMPLED_OUT;
	else
		*outcome = TAP_SENT;
	return true;
}

/* Out of line, since the port of most packets is that of no tunnel. */
__attribute__((noinline)) static bool tap_is_nested(struct tap *tap, const struct packet *in)
{
	tap_parse(tap, in);
	return tap_loop_is(&tap->loop, &tap->headers, span_of(in->data, in->caplen),
			   &tap->emit.piece.least);
}

/* Returns false, and counts the packet, if it is not to be mirrored since taps feed each other. */
static bool tap_choose_targets(struct tap *tap, const struct packet *in)
{
	const struct tap_config *config = tap->config;
	struct tap_emit *emit = &tap->emit;
	uint16_t udp_port = 0;

	emit->choice.targets = tap->everyone;
	if (tap->hashes &&
	    (tap->parsed || !flow_hash_usual(in->linktype, span_of(in->data, in->caplen),
					     &emit->choice.hash, &udp_port)))
		emit->choice.hash = tap_flow_hash(tap, in);
	if (config->balance)
		/* The lower bits choose the source port. */
		emit->choice.targets = UINT64_C(1)
				       << (emit->choice.hash >> 32) % config->target_count;
	if (!(tap->parsed ? config->ends_loops && nesting_possible(&tap->headers, &tap->loop.table)
			  : udp_port != 0 && encap_may_be_tunnel(&tap->loop.table, udp_port)) ||
	    !tap_is_nested(tap, in))
		return true;
	emit->counters.outcome[TAP_LOOP]++;
	return false;
}

/* Copies bytes to scratch, unless they are there; cuts them off at its end. */
static struct patch tap_copy_to_scratch(struct tap *tap, struct span bytes)
{
	struct patch scratch = { tap->scratch, SCRATCH_LEN };

	if (bytes.data == tap->scratch)
		return patch_first(scratch, bytes.len);
	scratch = patch_first(scratch, bytes.len);
	patch_copy(scratch, 0, bytes.data, scratch.len);
	return scratch;
}

static void tap_complete_checksum(struct tap *tap, struct tap_piece *piece)
{
	uint32_t offset;
	uint16_t value, found = 0;
	struct patch patch;

	if (piece->bytes.len < piece->len ||
	    !checksum_partial_find(&tap->headers, piece->bytes, &offset, &value) ||
	    (span_be16(piece->bytes, offset, &found) && found == value))
		return;
	patch = tap_copy_to_scratch(tap, piece->bytes);
	patch_be16(patch, offset, value);
	piece->bytes = patch_span(patch);
	tap->emit.counters.completed++;
}

static void tap_replace_cooked(struct tap *tap, struct tap_piece *piece, bool first)
{
	uint32_t excess = tap_sll_excess(piece->linktype, piece->bytes);
	struct patch patch;

	if (excess == 0)
		return;
	patch = tap_copy_to_scratch(tap, piece->bytes);
	tap_sll_rewrite(piece->linktype, patch, piece->len);
	piece->bytes = span_from(patch_span(patch), excess);
	/* Some files have a packet with fewer bytes on the wire than captured. */
	piece->len -= excess < piece->len ? excess : piece->len;
	piece->linktype = LINK_ETHERNET;
	tap->emit.counters.cooked += first;
}

static void tap_snap_piece(struct tap *tap, struct tap_piece *piece)
{
	uint32_t snaplen = tap->config->snaplen;

	if (snaplen != 0 && snaplen < piece->least)
		snaplen = piece->least;
	if (snaplen != 0 && piece->bytes.len > snaplen) {
		piece->bytes.len = snaplen;
		tap->emit.counters.snapped += !tap->snapped;
		tap->snapped = true;
	}
	piece->cut = piece->bytes.len < piece->len;
}

static void tap_begin_piece(struct tap *tap, struct span bytes, uint32_t len, bool first)
{
	struct tap_piece *piece = &tap->emit.piece;

	piece->bytes = bytes;
	piece->linktype = tap->emit.choice.packet.linktype;
	piece->len = len;
	if (tap->config->checksums && !tap->segmenting)
		tap_complete_checksum(tap, piece);
	if (piece->linktype == LINK_SLL || piece->linktype == LINK_SLL2)
		tap_replace_cooked(tap, piece, first);
	tap_snap_piece(tap, piece);
	tap_emit_piece(&tap->emit);
}

static bool tap_next_segment(struct tap *tap, bool first)
{
	struct patch room = { tap->scratch, SCRATCH_LEN };
	size_t len = tap->segmenting ? tcp_gso_next(&tap->tcp_gso, room) : 0;

	tap->segmenting = len != 0;
	if (!tap->segmenting)
		return false;
	tap->emit.counters.segments++;
	tap_begin_piece(tap, span_of(tap->scratch, len), (uint32_t)len, first);
	return true;
}

static bool tap_begin_segments(struct tap *tap, const struct packet *in)
{
	uint32_t mtu = tap->config->segment_mtu;

	if (!tap->mss)
		return false;
	if (mtu == 0)
		mtu = in->interface->mtu;
	switch (tcp_gso_begin(&tap->tcp_gso, &tap->headers, span_of(in->data, in->caplen), in->len,
			      mtu, tap->mss)) {
	case TCP_GSO_SEGMENT:
		return true;
	case TCP_GSO_UNKNOWN:
		tap->emit.counters.unsegmented++;
		break;
	case TCP_GSO_WHOLE:
		break;
	}
	return false;
}

static bool tap_next_frame(struct tap *tap, struct packet *out)
{
	do
		if (tap_emit_next(&tap->emit, out))
			return true;
	while (tap_next_segment(tap, false));
	return false;
}

static void tap_begin_packet(struct tap *tap, const struct packet *in)
{
	tap->snapped = false;
	tap->emit.choice.packet = *in;
	tap_emit_packet(&tap->emit);
	tap->segmenting = tap_begin_segments(tap, in);
	if (tap->segmenting) {
		tap->emit.counters.segmented++;
		tap_next_segment(tap, true);
	} else {
		tap_begin_piece(tap, span_of(in->data, in->caplen), in->len, true);
	}
}

/*
 * Makes the first frame; tap_due() gives the others. Out of line, as the usual packet takes the
 * fast path.
 */
__attribute__((noinline)) static enum verdict tap_put_full(struct tap *tap, struct packet *out)
{
	struct tap_emit *emit = &tap->emit;
	bool any;

	tap_begin_packet(tap, out);
	any = tap_next_frame(tap, out);
	if (!any || (!tap->segmenting && !tap_emit_more(emit)))
		tap_outcome_close(&emit->history, emit->counters.outcome);
	return any ? PASS : DROP;
}

/*
 * Sets *outcome as tap_judge() does, and counts a packet that is not to be mirrored. Returns false
 * and sets err if tap_judge() does.
 */
__attribute__((noinline)) static bool tap_choose(struct tap *tap, const struct packet *in,
						 enum tap_outcome *outcome, struct error *err)
{
	if (in->options.len != 0)
		tap->emit.choice.direction = direction_of(in);
	if (tap->chooses && !tap_judge(tap, in, outcome, err))
		return false;
	tap->emit.counters.outcome[*outcome] += *outcome != TAP_SENT;
	return true;
}

/*
 * Tunnels carry frames without their frame check sequence (RFC 7348 section 5). Flags that tell its
 * length would be taken for those of the outer frame, so the options of such a packet are left out.
 */
__attribute__((noinline)) static void tap_remove_fcs(struct tap *tap, struct packet *packet)
{
	uint32_t fcs_len = packet_fcs_len(packet);

	if (fcs_len == 0)
		return;
	if (packet_flags(packet) & OPTION_FLAGS_FCS)
		packet->options = span_of(NULL, 0);
	packet_shorten(packet, fcs_len);
	tap->fcs_removed++;
}

static enum verdict tap_put(void *self, const struct packet *in, struct packet *out,
			    struct error *err)
{
	struct tap *tap = self;
	enum tap_outcome outcome = TAP_SENT;

	tap->parsed = false;
	tap->emit.piece.least = 0;
	tap->emit.choice.direction = DIRECTION_UNKNOWN;
	if (!tap_interfaces_enter(&tap->interfaces, &tap->emit, in->interface, err) ||
	    ((tap->chooses || in->options.len != 0) && !tap_choose(tap, in, &outcome, err))) {
		tap->emit.counters.outcome[TAP_UNWRITTEN]++;
		return FAILED;
	}
	if (outcome != TAP_SENT || !tap_choose_targets(tap, in))
		return DROP;
	if (in->interface->fcs_len != 0 || in->options.len != 0)
		tap_remove_fcs(tap, out);
	if (tap->emit.has_fast_path && tap_emit_fast(&tap->emit, out, out))
		return PASS;
	return tap_put_full(tap, out);
}

static void tap_block(void *self, const struct block *block)
{
	tap_interfaces_see(&((struct tap *)self)->interfaces, block);
}

static bool tap_due(void *self, bool end, struct packet *out)
{
	struct tap *tap = self;

	(void)end;
	if (!tap->emit.history.open)
		return false;
	*out = tap->emit.choice.packet;
	if (tap_next_frame(tap, out))
		return true;
	tap_outcome_close(&tap->emit.history, tap->emit.counters.outcome);
	return false;
}

static void tap_unwritten(void *self, bool fast)
{
	struct tap_emit *emit = &((struct tap *)self)->emit;

	(void)fast;
	tap_outcome_unwritten(&emit->history, emit->counters.outcome);
}

struct stage tap_stage(struct tap *tap)
{
	return (struct stage){ .self = tap,
			       .put = tap_put,
			       .block = tap_block,
			       .due = tap_due,
			       .unwritten = tap_unwritten,
			       .in_place = true,
			       .holds = &tap->emit.history.open,
			       .fcs_removed = &tap->fcs_removed,
			       .interfaces = true };
}

void tap_not_sent(void *arg, unsigned target, uint64_t number)
{
	struct tap_emit *emit = &((struct tap *)arg)->emit;

	if (target >= emit->config->target_count)
		return;
	emit->state[target].counts.failed++;
	tap_outcome_failed(&emit->history, target, number, emit->counters.outcome);
}

void tap_set_mtu(void *arg, unsigned target, uint32_t mtu)
{
	struct tap_emit *emit = &((struct tap *)arg)->emit;

	if (target < emit->config->target_count)
		tap_emit_set_mtu(emit, target, mtu);
}

void tap_set_rules(struct tap *tap, struct rules *rules)
{
	if (tap->rules != tap->config->rules)
		rules_free(tap->rules);
	tap->rules = rules;
	tap_plan_steps(tap);
}

void tap_set_outer_header(struct tap *tap, unsigned target, const struct outer_header *outer_header)
{
	tap_emit_retarget(&tap->emit, target, outer_header);
	own_tunnel_set(&tap->own, target, outer_header);
}

void tap_set_losses(struct tap *tap, const struct tap_losses *losses)
{
	struct tap_counters *counters = &tap->emit.counters;

	counters->kernel_dropped = losses->kernel_dropped;
	counters->interface_dropped = losses->interface_dropped;
	counters->interface_gaps = losses->interface_gaps;
}

void tap_target_counts(const struct tap *tap, unsigned target, struct tap_target_counts *counts)
{
	*counts = tap->emit.state[target].counts;
}

void tap_stats(struct tap *tap, struct stats *stats)
{
	stats->rows = tap_counters_rows;
	stats->counters = &tap->emit.counters;
}
