/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/tcp_mss.h"

#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "header/fields.h"
#include "header/flow.h"

/* A hash chooses one of SETS sets of WAYS slots. */
enum { WAYS = 4, SETS = 4096 };

/* Lower bounds, so that a forged SYN cannot have a frame cut into thousands. */
enum { MSS_MIN = 88, PAYLOAD_MIN = MSS_MIN - 40 };

/* The MSS of a SYN without the option (RFC 9293 section 3.7.1). */
enum { DEFAULT_IPV4 = 536, DEFAULT_IPV6 = 1220 };

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_MSS_LEN = 4 };

struct slot {
	uint64_t flow; /* keyed hash of the flow; flows with equal hashes are not expected */
	uint32_t mss;  /* bytes; 0 if the slot is free */
};

struct tcp_mss {
	uint64_t seed;	/* key of the hash */
	uint32_t least; /* smallest MSS so far */
	uint32_t turn;	/* modulo WAYS: the slot of a full set to replace next */
	struct slot slots[SETS][WAYS];
};

struct tcp_mss *tcp_mss_new(void)
{
	struct tcp_mss *mss = calloc(1, sizeof *mss);

	if (mss == NULL)
		return NULL;
	/* Without entropy an attacker may find flows whose hashes collide; that costs accuracy. */
	if (getrandom(&mss->seed, sizeof mss->seed, GRND_NONBLOCK) < 0)
		mss->seed = (uintptr_t)mss;
	mss->least = UINT32_MAX;
	return mss;
}

static uint64_t tcp_mss_hash(const struct tcp_mss *mss, const struct flow *flow)
{
	return XXH3_64bits_withSeed(flow, sizeof *flow, mss->seed);
}

/* Returns the value of the MSS option, or fallback if there is none; 0 if the options are damaged
 * or not all present. */
static uint32_t read_mss_option(struct span options, uint32_t fallback)
{
	size_t at = 0;
	uint8_t kind, len;
	uint16_t value;

	while (span_u8(options, at, &kind) && kind != OPTION_END) {
		if (kind == OPTION_NOP) {
			at++;
			continue;
		}
		if (!span_u8(options, at + 1, &len) || len < 2 || !span_has(options, at, len))
			return 0;
		if (kind == OPTION_MSS && len == OPTION_MSS_LEN &&
		    span_be16(options, at + 2, &value))
			return value < MSS_MIN ? MSS_MIN : value;
		at += len;
	}
	return fallback;
}

/* Returns the slot of a flow: its own, else a free one, else the next in turn. */
static struct slot *tcp_mss_slot(struct tcp_mss *mss, uint64_t flow)
{
	struct slot *set = mss->slots[flow % SETS], *unused = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].mss != 0 && set[i].flow == flow)
			return &set[i];
		if (set[i].mss == 0 && unused == NULL)
			unused = &set[i];
	}
	return unused != NULL ? unused : &set[mss->turn++ % WAYS];
}

uint32_t tcp_mss_announced(const struct headers *headers, struct span packet)
{
	struct span options;
	uint16_t flags;

	if (headers->l4 != IPPROTO_TCP || headers->end != HEADERS_TRANSPORT ||
	    !span_be16(packet, headers->transport + (size_t)TCP_FLAGS_AT, &flags) ||
	    !(flags & TCP_SYN) ||
	    !span_sub(packet, headers->transport + (size_t)TCP_MIN_LEN,
		      headers->transport_len - TCP_MIN_LEN, &options))
		return 0;
	return read_mss_option(options, headers->ip_version == 4 ? DEFAULT_IPV4 : DEFAULT_IPV6);
}

/* The MSS of a SYN is that of the other direction. */
void tcp_mss_see(struct tcp_mss *mss, const struct headers *headers, struct span packet)
{
	uint32_t value = tcp_mss_announced(headers, packet);
	struct flow flow;
	struct flow_end source;
	struct slot *slot;

	if (value == 0 || !flow_of(&flow, headers, packet))
		return;
	source = flow.source;
	flow.source = flow.destination;
	flow.destination = source;
	slot = tcp_mss_slot(mss, tcp_mss_hash(mss, &flow));
	slot->flow = tcp_mss_hash(mss, &flow);
	slot->mss = value;
	if (value < mss->least)
		mss->least = value;
}

/* RFC 6691: options take their bytes from the payload. */
static uint32_t less_options(uint32_t mss, const struct headers *headers)
{
	uint32_t options = headers->transport_len - TCP_MIN_LEN + headers->network_len -
			   (headers->ip_version == 4 ? (unsigned)IPV4_MIN_LEN : (unsigned)IPV6_LEN);

	/* Segments do not have the hop-by-hop header of the jumbogram. */
	if (headers->flags & HEADERS_JUMBO)
		options -= IPV6_JUMBO_LEN;
	return mss > options + PAYLOAD_MIN ? mss - options : PAYLOAD_MIN;
}

uint32_t tcp_mss_of(const struct tcp_mss *mss, const struct headers *headers, struct span packet)
{
	const struct slot *set;
	struct flow flow;
	uint64_t hash;

	if (headers->l4 != IPPROTO_TCP || !flow_of(&flow, headers, packet))
		return 0;
	hash = tcp_mss_hash(mss, &flow);
	set = mss->slots[hash % SETS];
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].mss != 0 && set[i].flow == hash)
			return less_options(set[i].mss, headers);
	return 0;
}

uint32_t tcp_mss_least(const struct tcp_mss *mss)
{
	return mss->least;
}

void tcp_mss_free(struct tcp_mss *mss)
{
	free(mss);
}
