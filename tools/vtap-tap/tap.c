/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <stdlib.h>

#include "filter/own_tunnel.h"
#include "filter/sample.h"
#include "header/flow.h"
#include "offload/tcp_gso.h"
#include "tap_emit.h"
#include "tap_sll.h"

/* Interfaces of the output, a target each, for one section of the input. */
struct faces {
	struct faces *next;
	struct interface interface[];
};

struct tap {
	const struct tap_config *config;
	struct rules *rules;
	struct own_tunnel own;
	struct sample sample;
	struct headers headers; /* of the present packet, once `parsed` */
	bool parsed;
	bool parses;	     /* something asks for the headers of each packet */
	bool chooses;	     /* something may say no to a packet */
	bool hashes;	     /* something asks for the hash of its flow */
	uint64_t everyone;   /* all targets, a bit each */
	struct tcp_mss *mss; /* NULL: nothing is segmented */
	struct tcp_gso tcp_gso;
	bool segmenting;
	struct faces *faces; /* the newest first */
	const struct section *section;
	uint8_t *scratch; /* a segment, or a packet whose bytes have to differ */
	bool cut;	  /* counted, for this packet */
	struct tap_emit emit;
};

enum { SCRATCH_LEN = TAP_FRAME_MAX + TCP_GSO_HEADERS_MAX };

/* Once, so that a packet only passes what was asked for. */
static void plan_steps(struct tap *tap)
{
	const struct tap_config *config = tap->config;

	tap->parses = tap->mss || tap->rules || config->is_local || config->checksums ||
		      config->sample_flows > 1;
	tap->chooses = tap->parses || config->expression || config->sample > 1 ||
		       config->wanted != DIRECTION_UNKNOWN;
	tap->hashes = config->balance;
	for (unsigned i = 0; i < config->target_count; i++) {
		tap->hashes |= config->targets[i].outer_header.encap->carrier == CARRIER_UDP;
		tap->everyone |= UINT64_C(1) << i;
	}
}

static bool init(struct tap *tap, const struct tap_config *config)
{
	tap->config = config;
	tap->rules = config->rules;
	tap->sample.every = config->sample;
	own_tunnel_init(&tap->own, config->oversize == OVERSIZE_FRAGMENT, config->is_local,
			config->is_local_arg);
	for (unsigned i = 0; i < config->target_count; i++)
		own_tunnel_set(&tap->own, i, &config->targets[i].outer_header);
	if (config->segment)
		tap->mss = tcp_mss_new();
	plan_steps(tap);
	tap->scratch = malloc(SCRATCH_LEN);
	return tap_emit_init(&tap->emit, config) && tap->scratch && (tap->mss || !config->segment);
}

struct tap *tap_new(const struct tap_config *config, struct error *err)
{
	struct tap *tap = calloc(1, sizeof(*tap));

	if (tap && init(tap, config))
		return tap;
	tap_free(tap);
	error_set(err, "not enough memory");
	return NULL;
}

void tap_free(struct tap *tap)
{
	struct faces *next;

	if (!tap)
		return;
	for (struct faces *faces = tap->faces; faces; faces = next) {
		next = faces->next;
		free(faces);
	}
	if (tap->rules != tap->config->rules)
		rules_free(tap->rules);
	tcp_mss_free(tap->mss);
	tap_emit_free(&tap->emit);
	free(tap->scratch);
	free(tap);
}

/* Interfaces belong to a section, and so does the byte order of the options that packets keep. */
__attribute__((noinline)) static bool enter_section(struct tap *tap, const struct section *section,
						    struct error *err)
{
	unsigned count = tap->config->target_count;
	struct faces *faces = calloc(1, sizeof(*faces) + count * sizeof(*faces->interface));

	if (!faces)
		return error_set(err, "not enough memory for one more section");
	faces->next = tap->faces;
	tap->faces = faces;
	tap->section = section;
	for (unsigned i = 0; i < count; i++) {
		faces->interface[i] = (struct interface){ .serial = packet_serial(),
							  .section = section,
							  .id = i,
							  .linktype = LINK_ETHERNET,
							  .ticks_per_s = UINT64_C(1000000000),
							  .name = tap->config->targets[i].name };
		tap->emit.flow[i].interface = &faces->interface[i];
	}
	return true;
}

static void parse(struct tap *tap, const struct packet *in)
{
	if (!tap->parsed)
		headers_parse(&tap->headers, in->linktype, span_of(in->data, in->caplen), 0);
	tap->parsed = true;
}

/* By addresses and protocol for all fragments of a packet, so that they take one way. */
__attribute__((noinline)) static uint64_t hash_of(struct tap *tap, const struct packet *in)
{
	const struct headers *headers = &tap->headers;
	struct span packet = span_of(in->data, in->caplen);

	parse(tap, in);
	if (headers->ip_version != 0 && !(headers->flags & HEADERS_ANY_FRAGMENT))
		return flow_hash_packet(headers, packet);
	/* What --sample-flows chose is alike in the lowest digits. */
	return sample_hash(headers, packet) * UINT64_C(0x9E3779B97F4A7C15) >> 16;
}

static bool wrong_direction(const struct tap *tap)
{
	return tap->config->wanted != DIRECTION_UNKNOWN &&
	       tap->config->wanted != tap->emit.direction;
}

static bool ruled_out(const struct tap *tap, struct span packet)
{
	return tap->rules &&
	       rules_match(tap->rules, &tap->headers, packet, tap->emit.direction) != RULES_INCLUDE;
}

/* TAP_SENT for what goes on; false when the expression does not compile for the link type. */
static bool judge(struct tap *tap, const struct packet *in, enum tap_outcome *outcome,
		  struct error *err)
{
	const struct tap_config *config = tap->config;
	struct span packet = span_of(in->data, in->caplen);
	bool matched = true, own;

	if (tap->parses)
		parse(tap, in);
	if (tap->mss)
		tcp_mss_see(tap->mss, &tap->headers, packet);
	/* Before its place in the order: it has to see every first fragment. */
	own = config->is_local && own_tunnel_is(&tap->own, &tap->headers, packet);
	if (config->expression && !expression_match(config->expression, in, &matched, err))
		return false;
	if (!matched || wrong_direction(tap) || ruled_out(tap, packet))
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

static void choose_targets(struct tap *tap, const struct packet *in)
{
	const struct tap_config *config = tap->config;
	struct tap_emit *emit = &tap->emit;

	emit->wanted = tap->everyone;
	if (tap->hashes &&
	    (tap->parsed ||
	     !flow_hash_usual(in->linktype, span_of(in->data, in->caplen), &emit->hash)))
		emit->hash = hash_of(tap, in);
	if (config->balance)
		/* Not the digits that choose the source port. */
		emit->wanted = UINT64_C(1) << (emit->hash >> 32) % config->target_count;
}

/* A copy in scratch, as far as scratch goes. */
static struct patch copy(struct tap *tap, struct span bytes)
{
	struct patch scratch = { tap->scratch, SCRATCH_LEN };

	if (bytes.data == tap->scratch)
		return patch_first(scratch, bytes.len);
	scratch = patch_first(scratch, bytes.len);
	patch_copy(scratch, 0, bytes.data, scratch.len);
	return scratch;
}

static void complete_checksum(struct tap *tap, struct tap_piece *piece)
{
	uint32_t offset;
	uint16_t value;
	struct patch patch;

	if (piece->bytes.len < piece->len ||
	    !checksum_partial_find(&tap->headers, piece->bytes, &offset, &value))
		return;
	patch = copy(tap, piece->bytes);
	patch_be16(patch, offset, value);
	piece->bytes = patch_span(patch);
	tap->emit.counters.completed++;
}

static void give_ethernet(struct tap *tap, struct tap_piece *piece, bool first)
{
	uint32_t excess = tap_sll_excess(piece->linktype, piece->bytes);
	struct patch patch;

	if (excess == 0)
		return;
	patch = copy(tap, piece->bytes);
	tap_sll_rewrite(piece->linktype, patch, piece->len);
	piece->bytes = span_from(patch_span(patch), excess);
	/* Odd files claim fewer bytes on the wire than they hold. */
	piece->len -= excess < piece->len ? excess : piece->len;
	piece->linktype = LINK_ETHERNET;
	tap->emit.counters.cooked += first;
}

static void cut(struct tap *tap, struct tap_piece *piece)
{
	uint32_t most = tap->config->cut;

	if (most != 0 && piece->bytes.len > most) {
		piece->bytes.len = most;
		tap->emit.counters.snapped += !tap->cut;
		tap->cut = true;
	}
	piece->cut = piece->bytes.len < piece->len;
}

static void begin_piece(struct tap *tap, struct span bytes, uint32_t len, bool first)
{
	struct tap_piece *piece = &tap->emit.piece;

	piece->bytes = bytes;
	piece->linktype = tap->emit.packet.linktype;
	piece->len = len;
	if (tap->config->checksums && !tap->segmenting)
		complete_checksum(tap, piece);
	if (piece->linktype == LINK_SLL || piece->linktype == LINK_SLL2)
		give_ethernet(tap, piece, first);
	cut(tap, piece);
	tap_emit_piece(&tap->emit);
}

static bool next_segment(struct tap *tap, bool first)
{
	struct patch room = { tap->scratch, SCRATCH_LEN };
	size_t len = tap->segmenting ? tcp_gso_next(&tap->tcp_gso, room) : 0;

	tap->segmenting = len != 0;
	if (!tap->segmenting)
		return false;
	tap->emit.counters.segments++;
	begin_piece(tap, span_of(tap->scratch, len), (uint32_t)len, first);
	return true;
}

static bool has_to_be_segmented(struct tap *tap, const struct packet *in)
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

/* The next frame of the packet; false when there are no more. */
static bool next_frame(struct tap *tap, struct packet *out)
{
	do
		if (tap_emit_next(&tap->emit, out))
			return true;
	while (next_segment(tap, false));
	return false;
}

static void begin(struct tap *tap, const struct packet *in)
{
	tap->cut = false;
	tap->emit.packet = *in;
	tap_emit_packet(&tap->emit);
	tap->segmenting = has_to_be_segmented(tap, in);
	if (tap->segmenting) {
		tap->emit.counters.segmented++;
		next_segment(tap, true);
	} else {
		begin_piece(tap, span_of(in->data, in->caplen), in->len, true);
	}
}

/* The first frame; the others come by due(). Out of line, as the usual packet does not get here. */
__attribute__((noinline)) static enum verdict by_steps(struct tap *tap, struct packet *out)
{
	struct tap_emit *emit = &tap->emit;
	bool any;

	begin(tap, out);
	any = next_frame(tap, out);
	if (!any || (!tap->segmenting && !tap_emit_more(emit)))
		tap_outcome_close(&emit->outcomes, emit->counters.outcome);
	return any ? PASS : DROP;
}

/* Counts what is not to be sent; false when err is set. */
__attribute__((noinline)) static bool choose(struct tap *tap, const struct packet *in,
					     enum tap_outcome *outcome, struct error *err)
{
	if (in->options.len != 0)
		tap->emit.direction = direction_of(in);
	if (tap->chooses && !judge(tap, in, outcome, err))
		return false;
	tap->emit.counters.outcome[*outcome] += *outcome != TAP_SENT;
	return true;
}

/* *out begins as a copy of *in, or is it. */
static enum verdict put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct tap *tap = self;
	enum tap_outcome outcome = TAP_SENT;

	if ((!tap->faces || in->interface->section != tap->section) &&
	    !enter_section(tap, in->interface->section, err))
		return FAILED;
	tap->parsed = false;
	tap->emit.direction = DIRECTION_UNKNOWN;
	if ((tap->chooses || in->options.len != 0) && !choose(tap, in, &outcome, err))
		return FAILED;
	if (outcome != TAP_SENT)
		return DROP;
	choose_targets(tap, in);
	if (tap->emit.at_once && tap_emit_at_once(&tap->emit, in, out))
		return PASS;
	return by_steps(tap, out);
}

static bool due(void *self, bool end, struct packet *out)
{
	struct tap *tap = self;

	(void)end;
	if (!tap->emit.outcomes.open)
		return false;
	*out = tap->emit.packet;
	if (next_frame(tap, out))
		return true;
	tap_outcome_close(&tap->emit.outcomes, tap->emit.counters.outcome);
	return false;
}

struct stage tap_stage(struct tap *tap)
{
	return (struct stage){ .self = tap,
			       .put = put,
			       .due = due,
			       .in_place = true,
			       .holds = &tap->emit.outcomes.open,
			       .interfaces = true };
}

void tap_not_sent(void *arg, unsigned target, uint64_t number)
{
	struct tap_emit *emit = &((struct tap *)arg)->emit;

	if (target >= emit->config->target_count)
		return;
	emit->flow[target].counts.failed++;
	tap_outcome_failed(&emit->outcomes, target, number, emit->counters.outcome);
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
	plan_steps(tap);
}

void tap_set_envelope(struct tap *tap, unsigned target, const struct outer_header *outer_header)
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
	*counts = tap->emit.flow[target].counts;
}

void tap_stats(struct tap *tap, struct stats *stats)
{
	stats->rows = tap_counters_rows;
	stats->counters = &tap->emit.counters;
}
