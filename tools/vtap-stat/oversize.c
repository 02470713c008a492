/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oversize.h"

#include "header/fields.h"
#include "offload/tcp_mss.h"

enum {
	ORDINARY_LEN = 1500, /* the largest IP packet of Ethernet without jumbo frames */
	ORDINARY_MSS = ORDINARY_LEN - (int)IPV4_MIN_LEN - (int)TCP_MIN_LEN,
	LESS_IPV6 = IPV6_LEN - IPV4_MIN_LEN,
	PAYLOAD_MIN = 48, /* of a full segment; a SYN may announce less than its options take */
};

uint64_t oversize_ip_len(const struct headers *headers, uint32_t len)
{
	if (headers->ip_version == 0)
		return 0;
	if (headers->network_end != 0)
		return headers->network_end - headers->network;
	return headers->flags & HEADERS_NO_LENGTH && len > headers->network ? len - headers->network
									    : 0;
}

/* Returns the smaller MSS of the SYNs that were seen, 0 if none was. */
static uint32_t oversize_mss(const struct oversize_flow *flow)
{
	uint16_t a = flow->mss[0], b = flow->mss[1];

	if (a == 0 || b == 0)
		return a | b;
	return a < b ? a : b;
}

/* A host may announce a large MSS where the wire is ordinary: only what both allow says that the
 * wire carries it. */
static void oversize_allow(const struct oversize_flow *flow, struct oversize_source *source,
			   uint8_t ip_version)
{
	uint32_t header_len = (ip_version == 4 ? (unsigned)IPV4_MIN_LEN : (unsigned)IPV6_LEN) +
			      (unsigned)TCP_MIN_LEN;
	uint32_t ip_len = oversize_mss(flow) + header_len;

	if (flow->mss[0] == 0 || flow->mss[1] == 0 || ip_len <= ORDINARY_LEN)
		return;
	if (ip_len > UINT16_MAX)
		ip_len = UINT16_MAX;
	if (ip_len > source->ip_len)
		source->ip_len = (uint16_t)ip_len;
}

void oversize_see(struct oversize_flow *flow, struct oversize_source *source, unsigned direction,
		  const struct tcp_segment *segment, const struct headers *headers,
		  struct span packet)
{
	uint32_t mss;

	if (segment->flags & TCP_SYN) {
		mss = tcp_mss_announced(headers, packet);
		if (mss == 0)
			return;
		flow->mss[direction] = (uint16_t)mss;
		oversize_allow(flow, source, headers->ip_version);
	} else if (segment->payload_len > 0 && segment->payload_len <= ORDINARY_MSS &&
		   !(segment->flags & (TCP_PSH | TCP_FIN | TCP_RST)))
		flow->full = true;
}

/* RFC 6691: the packet's options take their bytes from each segment's payload. */
static uint64_t oversize_wire_packets(const struct headers *headers, uint64_t payload_len,
				      uint32_t mss)
{
	uint32_t options_len = headers->transport_len - TCP_MIN_LEN;
	uint64_t each = mss > options_len + PAYLOAD_MIN ? mss - options_len : PAYLOAD_MIN;

	return (payload_len + each - 1) / each;
}

static enum oversize oversize_judge_tcp(const struct oversize_flow *flow,
					const struct headers *headers, uint64_t ip_len,
					uint64_t *wire_packets)
{
	uint64_t headers_len =
		(uint64_t)headers->transport + headers->transport_len - headers->network;
	uint32_t mss = oversize_mss(flow);
	uint64_t payload_len;

	if (ip_len < headers_len || (mss == 0 && !flow->full))
		return OVERSIZE_UNKNOWN;
	payload_len = ip_len - headers_len;
	if (payload_len <= (mss != 0 ? mss : (uint32_t)ORDINARY_MSS))
		return mss != 0 ? OVERSIZE_JUMBO : OVERSIZE_UNKNOWN;
	if (mss == 0)
		mss = ORDINARY_MSS - (headers->ip_version == 6 ? (uint32_t)LESS_IPV6 : 0);
	*wire_packets = oversize_wire_packets(headers, payload_len, mss);
	return OVERSIZE_SUPERFRAME;
}

enum oversize oversize_judge(const struct oversize_flow *flow, const struct oversize_source *source,
			     const struct headers *headers, struct span packet, uint32_t len,
			     uint64_t *wire_packets)
{
	uint64_t ip_len = oversize_ip_len(headers, len);

	*wire_packets = 0;
	if (ip_len <= ORDINARY_LEN)
		return OVERSIZE_NOT;
	if (headers->protocol != IPPROTO_TCP)
		return source != NULL && ip_len <= source->ip_len ? OVERSIZE_JUMBO
								  : OVERSIZE_UNKNOWN;
	/* Without the data offset nobody knows where the payload begins. */
	if (flow == NULL || headers->l4 != IPPROTO_TCP || headers->end == HEADERS_MALFORMED ||
	    headers->flags & HEADERS_ANY_FRAGMENT ||
	    !span_has(packet, headers->transport + (size_t)TCP_FLAGS_AT, 1))
		return OVERSIZE_UNKNOWN;
	return oversize_judge_tcp(flow, headers, ip_len, wire_packets);
}
