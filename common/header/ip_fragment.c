/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/ip_fragment.h"

#include "header/checksum.h"
#include "header/fields.h"

bool ip_fragment_begin(struct ip_fragment *ip_fragment, struct span frame, size_t mtu, uint32_t id)
{
	size_t header_len, room;
	uint8_t first;

	if (mtu < IP_FRAGMENT_MTU_MIN || !span_u8(frame, ETHERNET_LEN, &first) ||
	    (first != IPV4_NO_OPTIONS && first >> 4 != 6))
		return false;
	ip_fragment->version = first >> 4;
	header_len = ip_fragment->version == 4 ? IPV4_MIN_LEN : IPV6_LEN;
	if (!span_sub(frame, 0, ETHERNET_LEN + header_len, &ip_fragment->headers))
		return false;
	ip_fragment->payload = span_from(frame, ETHERNET_LEN + header_len);
	ip_fragment->id = id;
	ip_fragment->at = 0;
	room = mtu - header_len;
	if (ip_fragment->payload.len <= room)
		ip_fragment->step = ip_fragment->payload.len;
	else
		ip_fragment->step =
			(room - (ip_fragment->version == 6 ? IPV6_FRAGMENT_LEN : 0)) / 8 * 8;
	return true;
}

static void write_ipv4(const struct ip_fragment *ip_fragment, size_t len, bool more,
		       struct patch packet)
{
	uint16_t offset = (uint16_t)(ip_fragment->at / 8);

	patch_be16(packet, IPV4_TOTAL_AT, (uint16_t)(IPV4_MIN_LEN + len));
	patch_be16(packet, IPV4_ID_AT, (uint16_t)ip_fragment->id);
	patch_be16(packet, IPV4_FRAGMENT_AT, more ? offset | IPV4_MORE_FRAGMENTS : offset);
	patch_be16(packet, IPV4_CHECKSUM_AT, 0);
	patch_be16(packet, IPV4_CHECKSUM_AT,
		   checksum_fold(checksum_add(0, span_first(patch_span(packet), IPV4_MIN_LEN))));
}

/* Returns the length of the fragment header that it adds. */
static size_t write_ipv6(const struct ip_fragment *ip_fragment, size_t len, bool more,
			 struct patch packet)
{
	uint8_t next = 0;

	span_u8(ip_fragment->headers, ETHERNET_LEN + IPV6_NEXT_AT, &next);
	patch_be16(packet, IPV6_PAYLOAD_AT, (uint16_t)(IPV6_FRAGMENT_LEN + len));
	patch_u8(packet, IPV6_NEXT_AT, IPPROTO_FRAGMENT);
	patch_be16(packet, IPV6_LEN, (uint16_t)(next << 8));
	patch_be16(packet, IPV6_LEN + IPV6_FRAGMENT_OFFSET_AT,
		   (uint16_t)(more ? ip_fragment->at | IPV6_MORE_FRAGMENTS : ip_fragment->at));
	patch_be32(packet, IPV6_LEN + IPV6_FRAGMENT_ID_AT, ip_fragment->id);
	return IPV6_FRAGMENT_LEN;
}

size_t ip_fragment_next(struct ip_fragment *ip_fragment, struct patch room)
{
	struct span part =
		span_first(span_from(ip_fragment->payload, ip_fragment->at), ip_fragment->step);
	bool more = ip_fragment->at + part.len < ip_fragment->payload.len;
	struct patch packet = patch_from(room, ETHERNET_LEN);
	size_t at = ip_fragment->headers.len;

	if (part.len == 0 || !patch_copy(room, 0, ip_fragment->headers.data, at))
		return 0;
	if (part.len < ip_fragment->payload.len && ip_fragment->version == 4)
		write_ipv4(ip_fragment, part.len, more, packet);
	else if (part.len < ip_fragment->payload.len)
		at += write_ipv6(ip_fragment, part.len, more, packet);
	if (!patch_copy(room, at, part.data, part.len))
		return 0;
	ip_fragment->at += part.len;
	return at + part.len;
}
