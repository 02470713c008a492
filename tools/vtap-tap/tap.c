/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_internal.h"

#include <stdlib.h>

#include "header/flow.h"

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
	tap_sources_init(&tap->sources);
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
	tap_sources_free(&tap->sources);
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
static uint64_t tap_flow_hash(struct tap *tap, const struct packet *in)
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

/* Returns true, and counts the packet, if it is not to be mirrored since taps feed each other. Out
 * of line, since the port of most packets is that of no tunnel. */
__attribute__((noinline)) static bool tap_ends_loop(struct tap *tap, const struct packet *in)
{
	tap_parse(tap, in);
	if (!tap_loop_is(&tap->loop, &tap->headers, span_of(in->data, in->caplen),
			 &tap->emit.piece.least))
		return false;
	tap->emit.counters.outcome[TAP_LOOP]++;
	return true;
}

/* Hashes the flow from the headers. Returns true if the packet may be of a tunnel. */
__attribute__((noinline)) static bool tap_hash_headers(struct tap *tap, const struct packet *in)
{
	tap->emit.choice.hash = tap_flow_hash(tap, in);
	return tap->config->ends_loops && nesting_possible(&tap->headers, &tap->loop.table);
}

/* Returns false, and counts the packet, if it ends a loop. */
static bool tap_choose_targets(struct tap *tap, const struct packet *in)
{
	const struct tap_config *config = tap->config;
	struct tap_choice *choice = &tap->emit.choice;
	int udp_port = -1;
	bool may_be_tunnel;

	choice->targets = tap->everyone;
	if (!tap->hashes)
		return true;
	if (!tap->parsed)
		udp_port =
			flow_hash_usual(in->linktype, span_of(in->data, in->caplen), &choice->hash);
	if (udp_port < 0)
		may_be_tunnel = tap_hash_headers(tap, in);
	else
		may_be_tunnel =
			udp_port > 0 && encap_may_be_tunnel(&tap->loop.table, (uint16_t)udp_port);
	if (config->balance)
		/* The lower bits choose the source port. */
		choice->targets = UINT64_C(1) << (choice->hash >> 32) % config->target_count;
	return !may_be_tunnel || !tap_ends_loop(tap, in);
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
 * Tunnels carry frames without their frame check sequence (RFC 7348 section 5). Flags that tell its
 * length would be taken for those of the outer frame, so the options of such a packet are left out.
 */
static void tap_remove_fcs(struct tap *tap, struct packet *packet)
{
	uint32_t fcs_len = packet_fcs_len(packet);

	if (fcs_len == 0)
		return;
	if (packet_flags(packet) & OPTION_FLAGS_FCS)
		packet->options = span_of(NULL, 0);
	packet_shorten(packet, fcs_len);
	tap->fcs_removed++;
}

/*
 * What most packets of most runs need not: the options that exclude packets, and what the input
 * says of a packet. Returns PASS if it is to be mirrored. If not, it is counted; FAILED sets err.
 */
__attribute__((noinline)) static enum verdict tap_choose(struct tap *tap, struct packet *packet,
							 struct error *err)
{
	enum tap_outcome outcome = TAP_SENT;

	if (packet->options.len != 0)
		tap->emit.choice.direction = direction_of(packet);
	if (tap->chooses && !tap_judge(tap, packet, &outcome, err)) {
		tap->emit.counters.outcome[TAP_UNWRITTEN]++;
		return FAILED;
	}
	if (outcome != TAP_SENT) {
		tap->emit.counters.outcome[outcome]++;
		if (tap->parsed)
			tap_loop_see(&tap->loop, &tap->headers,
				     span_of(packet->data, packet->caplen));
		return DROP;
	}
	tap_remove_fcs(tap, packet);
	return PASS;
}

/* Interfaces change seldom. Returns false and sets err if there is no memory. */
static inline bool tap_enter_interface(struct tap *tap, const struct packet *in, struct error *err)
{
	bool entered = true;

	if (in->interface != tap->interfaces.in) {
		tap->source = tap_sources_find(&tap->sources, in->interface->name);
		entered = tap_interfaces_enter(&tap->interfaces, &tap->emit, in->interface, err);
	}
	tap->source->packets++;
	tap->source->bytes += in->caplen;
	return entered;
}

static enum verdict tap_put(void *self, const struct packet *in, struct packet *out,
			    struct error *err)
{
	struct tap *tap = self;
	enum verdict verdict;

	tap->parsed = false;
	tap->emit.piece.least = 0;
	tap->emit.choice.direction = DIRECTION_UNKNOWN;
	if (!tap_enter_interface(tap, in, err)) {
		tap->emit.counters.outcome[TAP_UNWRITTEN]++;
		return FAILED;
	}
	if (tap->chooses || out->options.len != 0 || out->interface->fcs_len != 0) {
		verdict = tap_choose(tap, out, err);
		if (verdict != PASS)
			return verdict;
	}
	if (!tap_choose_targets(tap, out))
		return DROP;
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

static void tap_unwritten(void *self, const struct interface *fast)
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

void tap_reconfigure(struct tap *tap)
{
	tap->sample.every = tap->config->sample;
	tap_emit_set_limits(&tap->emit);
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
	counters->interface_replaced = losses->interface_replaced;
}

void tap_set_interface_losses(void *arg, const char *name, uint64_t kernel_dropped,
			      uint64_t interface_dropped)
{
	struct tap *tap = arg;
	struct tap_source *source = tap_sources_find(&tap->sources, name);

	source->kernel_dropped = kernel_dropped;
	source->interface_dropped = interface_dropped;
}

void tap_target_counts(const struct tap *tap, unsigned target, struct tap_target_counts *counts)
{
	*counts = tap->emit.state[target].counts;
}

void tap_stats(struct tap *tap, struct stats *stats)
{
	stats->rows = tap_counters_rows;
	stats->counters = &tap->emit.counters;
	stats->sources = &tap_sources_table;
	stats->sources_arg = &tap->sources;
}
