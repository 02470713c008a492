/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload/tcp_mss.h"

#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "header/fields.h"
#include "header/flow.h"

/* Sets of WAYS slots; a flow can stand in any slot of one set. */
enum { WAYS = 4, SETS = 4096 };

/* A forged announcement shall not turn one frame into thousands. */
enum { MSS_MIN = 88, PAYLOAD_MIN = MSS_MIN - 40 };

/* RFC 9293 section 3.7.1: without the option. */
enum { DEFAULT_IPV4 = 536, DEFAULT_IPV6 = 1220 };

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_MSS_LEN = 4 };

struct slot {
	uint64_t flow; /* a keyed hash of it; two flows with the same one are not to be expected */
	uint32_t mss;  /* 0: free */
};

struct tcp_mss {
	uint64_t seed;
	uint32_t least;
	uint32_t turn; /* which slot of a full set is given away next */
	struct slot slots[SETS][WAYS];
};

struct tcp_mss *tcp_mss_new(void)
{
	struct tcp_mss *mss = calloc(1, sizeof *mss);

	if (mss == NULL)
		return NULL;
	/* Without entropy it still works; only collisions can be aimed at. */
	if (getrandom(&mss->seed, sizeof mss->seed, GRND_NONBLOCK) < 0)
		mss->seed = (uintptr_t)mss;
	mss->least = UINT32_MAX;
	return mss;
}

static uint64_t hash_of(const struct tcp_mss *mss, const struct flow *flow)
{
	return XXH3_64bits_withSeed(flow, sizeof *flow, mss->seed);
}

/* The option's value, fallback without it; 0 when the options are damaged or not all there. */
static uint32_t announced(struct span options, uint32_t fallback)
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

/* The flow's own slot, else a free one, else one that has to give way. */
static struct slot *place(struct tcp_mss *mss, uint64_t flow)
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

/* What a SYN says holds for the packets that come back. */
static void note(struct tcp_mss *mss, const struct headers *headers, struct span packet,
		 struct span options)
{
	struct flow flow;
	struct flow_end source;
	struct slot *slot;
	uint32_t value;

	if (!flow_of(&flow, headers, packet))
		return;
	value = announced(options, flow.version == 4 ? DEFAULT_IPV4 : DEFAULT_IPV6);
	if (value == 0)
		return;
	source = flow.source;
	flow.source = flow.destination;
	flow.destination = source;
	slot = place(mss, hash_of(mss, &flow));
	slot->flow = hash_of(mss, &flow);
	slot->mss = value;
	if (value < mss->least)
		mss->least = value;
}

void tcp_mss_see(struct tcp_mss *mss, const struct headers *headers, struct span packet)
{
	struct span options;
	uint16_t flags;

	if (headers->l4 != IPPROTO_TCP ||
	    !span_be16(packet, headers->transport + (size_t)TCP_FLAGS_AT, &flags) ||
	    !(flags & TCP_SYN))
		return;
	if (headers->end == HEADERS_TRANSPORT &&
	    span_sub(packet, headers->transport + (size_t)TCP_MIN_LEN,
		     headers->transport_len - TCP_MIN_LEN, &options))
		note(mss, headers, packet, options);
}

/* RFC 6691: what options take is not left for payload. */
static uint32_t less_options(uint32_t mss, const struct headers *headers)
{
	uint32_t options = headers->transport_len - TCP_MIN_LEN + headers->network_len -
			   (headers->ip_version == 4 ? (unsigned)IPV4_MIN_LEN : (unsigned)IPV6_LEN);

	/* The header that says how large a jumbogram is does not go out with its segments. */
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
	hash = hash_of(mss, &flow);
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
