/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reassembly for its unit tests, which counts what comes due. */
#ifndef VTAP_TESTS_LIB_REASM_RIG_H
#define VTAP_TESTS_LIB_REASM_RIG_H

#include "header/reasm.h"
#include "lib/fragments.h"

/* One datagram's worth of a result, or what came due. */
struct state {
	struct reasm *reasm;
	struct packet whole;
	unsigned due, causes[REASM_INCOMPLETE + 1];
	bool in_order, unchanged;
	int64_t last_ns;
};

static inline void begin(struct state *state, uint64_t memory, int64_t time_ns)
{
	*state = (struct state){ .in_order = true, .unchanged = true };
	state->reasm = reasm_new(memory, time_ns);
}

static inline void drain(struct state *state)
{
	struct packet packet;
	enum reasm_cause cause;

	while (reasm_due(state->reasm, &packet, &cause)) {
		state->due++;
		state->causes[cause]++;
		state->in_order = state->in_order && packet.time_ns >= state->last_ns;
		state->last_ns = packet.time_ns;
	}
}

static inline enum reasm_result put(struct state *state, struct want want)
{
	const struct packet *packet = build(want);
	enum reasm_result result = reasm_put(state->reasm, packet, &built.headers, &state->whole);

	if (result == REASM_KEPT)
		drain(state);
	return result;
}

static inline void end(struct state *state)
{
	reasm_end(state->reasm);
	drain(state);
}

/* The whole datagram is what an unfragmented packet of the same kind would have been. */
static inline bool whole_is(const struct packet *whole, struct want want, uint32_t total)
{
	struct headers headers;
	size_t payload;

	headers_parse(&headers, LINK_ETHERNET, span_of(whole->data, whole->caplen), 0);
	payload = headers.network + headers.network_len;
	if (headers.ip_version == 0 || whole->len != whole->caplen ||
	    (headers.flags & ~HEADERS_AH) != 0 || headers.network_end != whole->caplen ||
	    whole->caplen != payload + total || headers.protocol != 17)
		return false;
	for (uint32_t i = 0; i < total; i++)
		if (whole->data[payload + i] != byte_at(i, want.fill))
			return false;
	return true;
}

#endif
