/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields that differ between segments are those that Linux's tcp_gso_segment() and
 * inet_gso_segment() change. Everything else is in headers prepared once, and summed once.
 */
#include "offload/tcp_gso.h"

#include "header/checksum.h"

enum { IPV4_TOTAL = 2, IPV4_ID = 4, IPV4_CHECKSUM = 10, IPV4_SOURCE = 12, IPV4_ADDRESSES = 8 };
enum { IPV6_LEN = 40, IPV6_PAYLOAD = 4, IPV6_NEXT = 6, IPV6_SOURCE = 8, IPV6_ADDRESSES = 32 };
enum { TCP_LEN = 20, TCP_SEQUENCE = 4, TCP_FLAGS = 12, TCP_CHECKSUM = 16, PROTOCOL_TCP = 6 };
enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, URG = 0x20, CWR = 0x80 };

enum { NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_DESTINATION = 60 };
enum { OPTION_JUMBO = 0xC2, JUMBO_LEN = 8, EXTENSION_UNIT = 8 };

/* Where an IP packet ends: where it says, or with the frame when it says nothing, as frames do that
 * are too large for their length field. */
static uint64_t end_of(const struct layer *ip, uint32_t len)
{
	return ip->end != 0 ? ip->end : len;
}

static uint64_t payload_of(const struct layer *ip, const struct layer *tcp, uint32_t len)
{
	uint64_t end = end_of(ip, len), start = (uint64_t)tcp->offset + tcp->header_len;

	return end > start ? end - start : 0;
}

/* Bytes of payload in a segment; 0 when it has no room. */
static uint32_t size_of(const struct layers *layers, struct span packet, uint32_t mtu,
			const struct tcp_mss *mss)
{
	const struct layer *ip = &layers->layer[layers->ip];
	const struct layer *tcp = &layers->layer[layers->transport];
	uint32_t headers = ip->header_len + tcp->header_len;
	uint32_t fits, allowed = mss != NULL ? tcp_mss_of(mss, layers, packet) : 0;

	if (ip->flags & LAYER_JUMBO)
		headers -= JUMBO_LEN;
	/* No segment is larger than its length field can say; the loopback's MTU is. */
	if (mtu > UINT16_MAX)
		mtu = UINT16_MAX;
	fits = mtu > headers ? mtu - headers : 0;
	return allowed != 0 && allowed < fits ? allowed : fits;
}

/* True when the headers in front of the transport say the same in each segment. IPv6: extension
 * headers of another kind protect the packet (AH), number it, or lead it elsewhere, which changes
 * the pseudo-header (RFC 8200, section 8.1). */
static bool can_repeat(const struct layer *ip, struct span packet)
{
	size_t at = ip->offset + (size_t)IPV6_LEN, end = ip->offset + (size_t)ip->header_len;
	uint8_t next = 0, following = 0, units = 0, left = 0;

	if (ip->protocol != LAYER_IPV6)
		return true;
	for (span_u8(packet, ip->offset + (size_t)IPV6_NEXT, &next); at < end; next = following) {
		if (!span_u8(packet, at, &following) || !span_u8(packet, at + 1, &units) ||
		    !span_u8(packet, at + 3, &left))
			return false;
		if (next != NEXT_HOP_BY_HOP && next != NEXT_DESTINATION &&
		    (next != NEXT_ROUTING || left != 0))
			return false;
		at += (units + 1U) * EXTENSION_UNIT;
	}
	return true;
}

/* The only jumbogram that offloads make: the option alone in a header of its own, first of all. */
static bool jumbo_is_plain(const struct layer *ip, struct span packet)
{
	uint8_t units = 0, type = 0;

	return span_u8(packet, ip->offset + (size_t)IPV6_LEN + 1, &units) && units == 0 &&
	       span_u8(packet, ip->offset + (size_t)IPV6_LEN + 2, &type) && type == OPTION_JUMBO;
}

/* Offloads make no gso_packet of packets with SYN, RST or URG. A PPPoE header has a length. */
static bool can_cut(const struct layers *layers, struct span packet, uint32_t len)
{
	const struct layer *ip = &layers->layer[layers->ip];
	const struct layer *tcp = &layers->layer[layers->transport];
	uint16_t flags = 0;

	for (int32_t i = 0; i < layers->ip; i++)
		if (layers->layer[i].protocol == LAYER_PPPOE)
			return false;
	return packet.len >= len && end_of(ip, len) <= packet.len &&
	       layers->end == LAYERS_TRANSPORT && !(ip->flags & LAYER_FRAGMENT) &&
	       tcp->offset + tcp->header_len <= TCP_GSO_HEADERS_MAX &&
	       span_be16(packet, tcp->offset + (size_t)TCP_FLAGS, &flags) &&
	       !(flags & (SYN | RST | URG)) && can_repeat(ip, packet) &&
	       (!(ip->flags & LAYER_JUMBO) || jumbo_is_plain(ip, packet));
}

static void copy_headers(struct tcp_gso *tcp_gso, const struct layers *layers, struct span packet)
{
	const struct layer *ip = &layers->layer[layers->ip];
	const struct layer *tcp = &layers->layer[layers->transport];
	struct patch headers = { tcp_gso->headers, sizeof tcp_gso->headers };
	size_t jumbo = ip->offset + (size_t)IPV6_LEN, from;
	uint8_t next = PROTOCOL_TCP;

	tcp_gso->version = ip->protocol == LAYER_IPV4 ? 4 : 6;
	tcp_gso->ip = ip->offset;
	tcp_gso->transport = tcp->offset;
	tcp_gso->headers_len = tcp->offset + tcp->header_len;
	if (!(ip->flags & LAYER_JUMBO)) {
		patch_copy(headers, 0, packet.data, tcp_gso->headers_len);
		return;
	}
	from = jumbo + JUMBO_LEN;
	patch_copy(headers, 0, packet.data, jumbo);
	patch_copy(headers, jumbo, span_from(packet, from).data, tcp_gso->headers_len - from);
	span_u8(packet, jumbo, &next);
	patch_u8(headers, ip->offset + (size_t)IPV6_NEXT, next);
	tcp_gso->transport -= JUMBO_LEN;
	tcp_gso->headers_len -= JUMBO_LEN;
}

static void take_ip(struct tcp_gso *tcp_gso, struct patch ip)
{
	tcp_gso->id = 0;
	if (tcp_gso->version == 6) {
		patch_be16(ip, IPV6_PAYLOAD, 0);
		return;
	}
	span_be16(patch_span(ip), IPV4_ID, &tcp_gso->id);
	patch_be16(ip, IPV4_TOTAL, 0);
	patch_be16(ip, IPV4_ID, 0);
	patch_be16(ip, IPV4_CHECKSUM, 0);
	tcp_gso->ip_sum = checksum_add(0, patch_span(ip));
}

static void take_tcp(struct tcp_gso *tcp_gso, struct span ip, struct patch tcp)
{
	bool four = tcp_gso->version == 4;
	struct span addresses = { NULL, 0 };

	span_be32(patch_span(tcp), TCP_SEQUENCE, &tcp_gso->sequence);
	span_be16(patch_span(tcp), TCP_FLAGS, &tcp_gso->flags);
	patch_be32(tcp, TCP_SEQUENCE, 0);
	patch_be16(tcp, TCP_FLAGS, 0);
	patch_be16(tcp, TCP_CHECKSUM, 0);
	span_sub(ip, four ? IPV4_SOURCE : IPV6_SOURCE, four ? IPV4_ADDRESSES : IPV6_ADDRESSES,
		 &addresses);
	tcp_gso->transport_sum =
		checksum_add(checksum_add_pseudo(0, addresses, PROTOCOL_TCP, 0), patch_span(tcp));
}

static void prepare(struct tcp_gso *tcp_gso, const struct layers *layers, struct span packet,
		    uint64_t payload_len)
{
	const struct layer *tcp = &layers->layer[layers->transport];
	struct patch headers;

	copy_headers(tcp_gso, layers, packet);
	tcp_gso->payload =
		span_first(span_from(packet, (size_t)tcp->offset + tcp->header_len), payload_len);
	tcp_gso->at = 0;
	tcp_gso->number = 0;
	headers = (struct patch){ tcp_gso->headers, tcp_gso->headers_len };
	take_ip(tcp_gso, patch_from(patch_first(headers, tcp_gso->transport), tcp_gso->ip));
	take_tcp(tcp_gso, span_from(patch_span(headers), tcp_gso->ip),
		 patch_from(headers, tcp_gso->transport));
}

/* A packet that fits can still be more than one on the wire, where the other side asked for less.
 */
static bool may_exceed(const struct layers *layers, uint32_t len, const struct tcp_mss *mss)
{
	const struct layer *tcp = &layers->layer[layers->transport];

	return mss != NULL &&
	       payload_of(&layers->layer[layers->ip], tcp, len) + (tcp->header_len - TCP_LEN) >
		       tcp_mss_least(mss);
}

enum tcp_gso_need tcp_gso_begin(struct tcp_gso *tcp_gso, const struct layers *layers,
				struct span packet, uint32_t len, uint32_t mtu,
				const struct tcp_mss *mss)
{
	const struct layer *ip = &layers->layer[layers->ip < 0 ? 0 : layers->ip];
	enum tcp_gso_need otherwise;
	bool tcp = layers->transport >= 0 && layers->layer[layers->transport].protocol == LAYER_TCP;
	uint64_t payload_len;

	if (layers->ip < 0 || mtu == 0)
		return TCP_GSO_WHOLE;
	otherwise = end_of(ip, len) > (uint64_t)ip->offset + mtu ? TCP_GSO_UNKNOWN : TCP_GSO_WHOLE;
	if (otherwise == TCP_GSO_WHOLE && (!tcp || !may_exceed(layers, len, mss)))
		return TCP_GSO_WHOLE;
	if (!tcp || !can_cut(layers, packet, len))
		return otherwise;
	payload_len = payload_of(ip, &layers->layer[layers->transport], len);
	tcp_gso->size = size_of(layers, packet, mtu, mss);
	if (payload_len == 0 || tcp_gso->size == 0 ||
	    (otherwise == TCP_GSO_WHOLE && payload_len <= tcp_gso->size))
		return otherwise;
	prepare(tcp_gso, layers, packet, payload_len);
	return TCP_GSO_CUT;
}

static void put_ip(const struct tcp_gso *tcp_gso, struct patch ip)
{
	uint16_t id = (uint16_t)(tcp_gso->id + tcp_gso->number);

	if (tcp_gso->version == 6) {
		patch_be16(ip, IPV6_PAYLOAD, (uint16_t)(ip.len - IPV6_LEN));
		return;
	}
	patch_be16(ip, IPV4_TOTAL, (uint16_t)ip.len);
	patch_be16(ip, IPV4_ID, id);
	patch_be16(ip, IPV4_CHECKSUM, checksum_fold(tcp_gso->ip_sum + ip.len + id));
}

static void put_tcp(const struct tcp_gso *tcp_gso, struct span part, struct patch tcp)
{
	uint32_t sequence = tcp_gso->sequence + tcp_gso->at;
	uint16_t flags = tcp_gso->flags;
	uint64_t sum = tcp_gso->transport_sum + tcp.len;

	if (tcp_gso->at + part.len < tcp_gso->payload.len)
		flags &= (uint16_t) ~(FIN | PSH);
	/* RFC 3168, section 6.1.2: CWR is said once. */
	if (tcp_gso->number > 0)
		flags &= (uint16_t)~CWR;
	patch_be32(tcp, TCP_SEQUENCE, sequence);
	patch_be16(tcp, TCP_FLAGS, flags);
	sum += (sequence >> 16) + (sequence & UINT16_MAX) + flags;
	patch_be16(tcp, TCP_CHECKSUM, checksum_fold(checksum_add(sum, part)));
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
	put_ip(tcp_gso, patch_from(room, tcp_gso->ip));
	put_tcp(tcp_gso, part, patch_from(room, tcp_gso->transport));
	tcp_gso->at += (uint32_t)part.len;
	tcp_gso->number++;
	return len;
}
