/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields that differ between segments are those that Linux's tcp_gso_segment() and
 * inet_gso_segment() change. Everything else is in headers prepared once, and summed once.
 */
#include "offload/tcp_gso.h"

#include "header/checksum.h"
#include "header/fields.h"

/* Returns the offset of the end of the IP packet: that which IP's length claims, or the frame's if
 * it claims none, as in GSO packets that are too large for the field. */
static uint64_t ip_end(const struct headers *headers, uint32_t len)
{
	return headers->network_end != 0 ? headers->network_end : len;
}

static uint64_t tcp_gso_payload_len(const struct headers *headers, uint32_t len)
{
	uint64_t end = ip_end(headers, len);
	uint64_t start = headers->transport + (uint64_t)headers->transport_len;

	return end > start ? end - start : 0;
}

/* Returns the bytes of payload in a segment; 0 if the MTU has no room for any. */
static uint32_t segment_len(const struct headers *headers, struct span packet, uint32_t mtu,
			    const struct tcp_mss *mss)
{
	uint32_t len = headers->network_len + headers->transport_len;
	uint32_t fits, allowed = mss != NULL ? tcp_mss_of(mss, headers, packet) : 0;

	if (headers->flags & HEADERS_JUMBO)
		len -= IPV6_JUMBO_LEN;
	/* The loopback interface has an MTU that is larger than IP's length field can say. */
	if (mtu > UINT16_MAX)
		mtu = UINT16_MAX;
	fits = mtu > len ? mtu - len : 0;
	return allowed != 0 && allowed < fits ? allowed : fits;
}

/* Returns true if the headers in front of TCP can stand in each segment. Other extension headers of
 * IPv6 authenticate the packet (AH), identify it (fragment header), or route it to another
 * destination, which changes the pseudo-header (RFC 8200, section 8.1). */
static bool headers_repeat(const struct headers *headers, struct span packet)
{
	size_t at = headers->network + (size_t)IPV6_LEN;
	size_t end = headers->network + (size_t)headers->network_len;
	uint8_t next = 0, following = 0, units = 0, left = 0;

	if (headers->ip_version != 6)
		return span_u8(packet, headers->network + (size_t)IPV4_PROTOCOL_AT, &next) &&
		       next != IPPROTO_AH;
	span_u8(packet, headers->network + (size_t)IPV6_NEXT_AT, &next);
	for (; at < end; next = following) {
		if (!span_u8(packet, at, &following) || !span_u8(packet, at + 1, &units) ||
		    !span_u8(packet, at + 3, &left))
			return false;
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS &&
		    (next != IPPROTO_ROUTING || left != 0))
			return false;
		at += headers_extension_len(next, units);
	}
	return true;
}

/* Returns true for the jumbograms that offloads make: the jumbo option stands alone in a hop-by-hop
 * header, which is the first extension header. */
static bool jumbo_is_plain(const struct headers *headers, struct span packet)
{
	size_t at = headers->network + (size_t)IPV6_LEN;
	uint8_t units = 0, type = 0;

	return span_u8(packet, at + 1, &units) && units == 0 && span_u8(packet, at + 2, &type) &&
	       type == IPV6_OPTION_JUMBO;
}

/* Offloads make no GSO packet of packets with SYN, RST or URG. In front of IP, PPPoE and IEEE 802.3
 * have a length of their own, and MACsec authenticates the frame: a segment would need new ones. */
static bool can_cut(const struct headers *headers, struct span packet, uint32_t len)
{
	uint16_t flags = 0;

	return packet.len >= len && ip_end(headers, len) <= packet.len &&
	       headers->end == HEADERS_TRANSPORT && !(headers->flags & HEADERS_ANY_FRAGMENT) &&
	       headers->link_end == 0 && headers->trailer_len == 0 &&
	       headers->transport + headers->transport_len <= TCP_GSO_HEADERS_MAX &&
	       span_be16(packet, headers->transport + (size_t)TCP_FLAGS_AT, &flags) &&
	       !(flags & (TCP_SYN | TCP_RST | TCP_URG)) && headers_repeat(headers, packet) &&
	       (!(headers->flags & HEADERS_JUMBO) || jumbo_is_plain(headers, packet));
}

static void copy_headers(struct tcp_gso *tcp_gso, const struct headers *headers, struct span packet)
{
	struct patch copy = { tcp_gso->headers, sizeof tcp_gso->headers };
	size_t jumbo = headers->network + (size_t)IPV6_LEN, from;
	uint8_t next = IPPROTO_TCP;

	tcp_gso->version = headers->ip_version;
	tcp_gso->ip = headers->network;
	tcp_gso->transport = headers->transport;
	tcp_gso->headers_len = headers->transport + headers->transport_len;
	if (!(headers->flags & HEADERS_JUMBO)) {
		patch_copy(copy, 0, packet.data, tcp_gso->headers_len);
		return;
	}
	from = jumbo + IPV6_JUMBO_LEN;
	patch_copy(copy, 0, packet.data, jumbo);
	patch_copy(copy, jumbo, span_from(packet, from).data, tcp_gso->headers_len - from);
	span_u8(packet, jumbo, &next);
	patch_u8(copy, headers->network + (size_t)IPV6_NEXT_AT, next);
	tcp_gso->transport -= IPV6_JUMBO_LEN;
	tcp_gso->headers_len -= IPV6_JUMBO_LEN;
}

static void prepare_ip(struct tcp_gso *tcp_gso, struct patch ip)
{
	tcp_gso->id = 0;
	if (tcp_gso->version == 6) {
		patch_be16(ip, IPV6_PAYLOAD_AT, 0);
		return;
	}
	span_be16(patch_span(ip), IPV4_ID_AT, &tcp_gso->id);
	patch_be16(ip, IPV4_TOTAL_AT, 0);
	patch_be16(ip, IPV4_ID_AT, 0);
	patch_be16(ip, IPV4_CHECKSUM_AT, 0);
	tcp_gso->ip_sum = checksum_add(0, patch_span(ip));
}

static void prepare_tcp(struct tcp_gso *tcp_gso, struct span ip, struct patch tcp)
{
	bool four = tcp_gso->version == 4;
	struct span addresses = { NULL, 0 };

	span_be32(patch_span(tcp), TCP_SEQUENCE_AT, &tcp_gso->sequence);
	span_be16(patch_span(tcp), TCP_FLAGS_AT, &tcp_gso->flags);
	patch_be32(tcp, TCP_SEQUENCE_AT, 0);
	patch_be16(tcp, TCP_FLAGS_AT, 0);
	patch_be16(tcp, TCP_CHECKSUM_AT, 0);
	span_sub(ip, four ? IPV4_SRC_AT : IPV6_SRC_AT,
		 four ? 2 * IPV4_ADDRESS_LEN : 2 * IPV6_ADDRESS_LEN, &addresses);
	tcp_gso->transport_sum =
		checksum_add(checksum_add_pseudo(0, addresses, IPPROTO_TCP, 0), patch_span(tcp));
}

static void tcp_gso_prepare(struct tcp_gso *tcp_gso, const struct headers *headers,
			    struct span packet, uint64_t payload_len)
{
	size_t payload = headers->transport + (size_t)headers->transport_len;
	struct patch copy;

	copy_headers(tcp_gso, headers, packet);
	tcp_gso->payload = span_first(span_from(packet, payload), payload_len);
	tcp_gso->at = 0;
	tcp_gso->number = 0;
	copy = (struct patch){ tcp_gso->headers, tcp_gso->headers_len };
	prepare_ip(tcp_gso, patch_from(patch_first(copy, tcp_gso->transport), tcp_gso->ip));
	prepare_tcp(tcp_gso, span_from(patch_span(copy), tcp_gso->ip),
		    patch_from(copy, tcp_gso->transport));
}

/* Returns true if payload and TCP options are longer than the smallest MSS that any SYN announced.
 * Few packets are, so that most need no look at the MSS of their own flow. */
static bool exceeds_least_mss(const struct headers *headers, uint32_t len,
			      const struct tcp_mss *mss)
{
	return mss != NULL &&
	       tcp_gso_payload_len(headers, len) + (headers->transport_len - TCP_MIN_LEN) >
		       tcp_mss_least(mss);
}

enum tcp_gso_need tcp_gso_begin(struct tcp_gso *tcp_gso, const struct headers *headers,
				struct span packet, uint32_t len, uint32_t mtu,
				const struct tcp_mss *mss)
{
	enum tcp_gso_need otherwise;
	bool tcp = headers->l4 == IPPROTO_TCP;
	uint64_t payload_len;

	if (headers->ip_version == 0 || mtu == 0)
		return TCP_GSO_WHOLE;
	otherwise = ip_end(headers, len) > (uint64_t)headers->network + mtu ? TCP_GSO_UNKNOWN
									    : TCP_GSO_WHOLE;
	if (otherwise == TCP_GSO_WHOLE && (!tcp || !exceeds_least_mss(headers, len, mss)))
		return TCP_GSO_WHOLE;
	if (!tcp || !can_cut(headers, packet, len))
		return otherwise;
	payload_len = tcp_gso_payload_len(headers, len);
	tcp_gso->size = segment_len(headers, packet, mtu, mss);
	if (payload_len == 0 || tcp_gso->size == 0 ||
	    (otherwise == TCP_GSO_WHOLE && payload_len <= tcp_gso->size))
		return otherwise;
	tcp_gso_prepare(tcp_gso, headers, packet, payload_len);
	return TCP_GSO_SEGMENT;
}

static void write_ip(const struct tcp_gso *tcp_gso, struct patch ip)
{
	uint16_t id = (uint16_t)(tcp_gso->id + tcp_gso->number);

	if (tcp_gso->version == 6) {
		patch_be16(ip, IPV6_PAYLOAD_AT, (uint16_t)(ip.len - IPV6_LEN));
		return;
	}
	patch_be16(ip, IPV4_TOTAL_AT, (uint16_t)ip.len);
	patch_be16(ip, IPV4_ID_AT, id);
	patch_be16(ip, IPV4_CHECKSUM_AT, checksum_fold(tcp_gso->ip_sum + ip.len + id));
}

static void write_tcp(const struct tcp_gso *tcp_gso, struct span part, struct patch tcp)
{
	uint32_t sequence = tcp_gso->sequence + tcp_gso->at;
	uint16_t flags = tcp_gso->flags;
	uint64_t sum = tcp_gso->transport_sum + tcp.len;

	if (tcp_gso->at + part.len < tcp_gso->payload.len)
		flags &= (uint16_t) ~(TCP_FIN | TCP_PSH);
	/* RFC 3168, section 6.1.2: only the first segment has CWR. */
	if (tcp_gso->number > 0)
		flags &= (uint16_t)~TCP_CWR;
	patch_be32(tcp, TCP_SEQUENCE_AT, sequence);
	patch_be16(tcp, TCP_FLAGS_AT, flags);
	sum += (sequence >> 16) + (sequence & UINT16_MAX) + flags;
	patch_be16(tcp, TCP_CHECKSUM_AT, checksum_fold(checksum_add(sum, part)));
}

size_t tcp_gso_next(struct tcp_gso *tcp_gso, struct patch room)
{
	struct span part = span_first(span_from(tcp_gso->payload, tcp_gso->at), tcp_gso->size);
	size_t len = tcp_gso->headers_len + part.len;

	if (part.len == 0 || room.len < len)
		return 0;
	room = patch_first(room, len);
	patch_copy(room, 0, tcp_gso->headers, tcp_gso->headers_len);
	patch_copy(room, tcp_gso->headers_len, part.data, part.len);
	write_ip(tcp_gso, patch_from(room, tcp_gso->ip));
	write_tcp(tcp_gso, part, patch_from(room, tcp_gso->transport));
	tcp_gso->at += (uint32_t)part.len;
	tcp_gso->number++;
	return len;
}
