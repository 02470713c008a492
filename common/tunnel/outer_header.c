/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/outer_header.h"

#include "header/checksum.h"
#include "header/fields.h"

enum { BEHIND_IPV4 = ETHERNET_LEN + IPV4_MIN_LEN, BEHIND_IPV6 = ETHERNET_LEN + IPV6_LEN };
/* Bytes at the end of a template that are copied in one piece. They are enough for all that stands
 * behind IP: UDP and a tunnel header of 8 bytes. A template with more than that is not steady. */
enum { TAIL_LEN = 16 };

void outer_header_init(struct outer_header *outer_header, const struct encap *encap,
		       uint8_t version)
{
	static const uint8_t source[] = { 2, 0, 0, 0, 0, 1 }, destination[] = { 2, 0, 0, 0, 0, 2 };

	*outer_header = (struct outer_header){ .encap = encap, .version = version, .ttl = 64 };
	memcpy(outer_header->source_mac, source, sizeof source);
	memcpy(outer_header->destination_mac, destination, sizeof destination);
	if (encap->carrier == CARRIER_UDP)
		outer_header->port = encap->numbers[0];
}

static bool over_udp(const struct outer_header *outer_header)
{
	return outer_header->encap->carrier == CARRIER_UDP;
}

static size_t outer_ip_len(const struct outer_header *outer_header)
{
	return outer_header->version == 4 ? IPV4_MIN_LEN : IPV6_LEN;
}

/* Returns the bytes in front of the tunnel header. */
static size_t carrier_len(const struct outer_header *outer_header)
{
	return ETHERNET_LEN + outer_ip_len(outer_header) + (over_udp(outer_header) ? UDP_LEN : 0);
}

size_t outer_header_overhead(const struct outer_header *outer_header,
			     const struct tunnel_build *what)
{
	size_t header = outer_header->encap->build(what, (struct patch){ NULL, 0 });

	return header == 0 ? 0 : carrier_len(outer_header) + header;
}

static uint8_t outer_protocol(const struct outer_header *outer_header)
{
	return over_udp(outer_header) ? IPPROTO_UDP : (uint8_t)outer_header->encap->numbers[0];
}

static void template_ipv4(const struct outer_header *outer_header, struct patch packet)
{
	patch_u8(packet, 0, IPV4_NO_OPTIONS);
	patch_u8(packet, 1, (uint8_t)(outer_header->dscp << 2));
	patch_be16(packet, IPV4_FRAGMENT_AT, outer_header->may_fragment ? 0 : IPV4_DONT_FRAGMENT);
	patch_u8(packet, IPV4_TTL_AT, outer_header->ttl);
	patch_u8(packet, IPV4_PROTOCOL_AT, outer_protocol(outer_header));
	patch_copy(packet, IPV4_SRC_AT, outer_header->source, IPV4_ADDRESS_LEN);
	patch_copy(packet, IPV4_DST_AT, outer_header->destination, IPV4_ADDRESS_LEN);
}

static void template_ipv6(const struct outer_header *outer_header, struct patch packet)
{
	patch_be32(packet, 0, UINT32_C(6) << 28 | (uint32_t)(outer_header->dscp & 0x3f) << 22);
	patch_u8(packet, IPV6_NEXT_AT, outer_protocol(outer_header));
	patch_u8(packet, IPV6_HOP_LIMIT_AT, outer_header->ttl);
	patch_copy(packet, IPV6_SRC_AT, outer_header->source, IPV6_ADDRESS_LEN);
	patch_copy(packet, IPV6_DST_AT, outer_header->destination, IPV6_ADDRESS_LEN);
}

/* Returns the sum of the pseudo-header without its length. packet: the finished IP header. */
static uint64_t template_udp_sum(const struct outer_header *outer_header, struct span packet)
{
	bool four = outer_header->version == 4;
	struct span addresses = { NULL, 0 };

	span_sub(packet, four ? IPV4_SRC_AT : IPV6_SRC_AT,
		 four ? 2 * IPV4_ADDRESS_LEN : 2 * IPV6_ADDRESS_LEN, &addresses);
	return checksum_add_pseudo(0, addresses, IPPROTO_UDP, 0);
}

/* Adds the tunnel header, if it is equal in all packets. */
static void template_tunnel(struct outer_template *template, const struct tunnel_build *what)
{
	struct patch room = patch_from((struct patch){ template->bytes, OUTER_TEMPLATE_MAX },
				       template->carrier_len);
	struct tunnel_build ethernet = { .linktype = LINK_ETHERNET,
					 .has_id = what->has_id,
					 .id = what->id };
	size_t len;

	/* No encapsulation over UDP has a sequence number. */
	if (!template->encap->steady || what->meta || (what->has_sequence && !template->udp))
		return;
	len = template->encap->build(&ethernet, room) + template->carrier_len;
	template->steady = len <= (template->four ? BEHIND_IPV4 : BEHIND_IPV6) + TAIL_LEN;
	if (template->steady)
		template->len = (uint8_t)len;
}

void outer_header_prepare(struct outer_template *template, const struct outer_header *outer_header,
			  const struct tunnel_build *what)
{
	struct patch frame = { template->bytes, sizeof(template->bytes) };
	struct patch packet = patch_from(frame, ETHERNET_LEN);
	bool four = outer_header->version == 4;

	*template = (struct outer_template){ .encap = outer_header->encap,
					     .carrier_len = (uint8_t)carrier_len(outer_header),
					     .len = (uint8_t)carrier_len(outer_header),
					     .four = four,
					     .udp = over_udp(outer_header),
					     .may_fragment = outer_header->may_fragment };
	/* RFC 6935 would allow 0 over IPv6, but by default sockets drop such packets. */
	template->checksum = template->udp && (!four || outer_header->checksum);
	patch_copy(frame, 0, outer_header->destination_mac, MAC_LEN);
	patch_copy(frame, MAC_LEN, outer_header->source_mac, MAC_LEN);
	patch_be16(frame, ETHERNET_TYPE_AT, four ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	if (four)
		template_ipv4(outer_header, packet);
	else
		template_ipv6(outer_header, packet);
	if (template->udp)
		patch_be16(patch_from(packet, outer_ip_len(outer_header)), DST_PORT_AT,
			   outer_header->port);
	template->ip_sum = checksum_add(0, span_first(patch_span(packet), IPV4_MIN_LEN));
	template->udp_sum = template_udp_sum(outer_header, patch_span(packet));
	template_tunnel(template, what);
}

/* Not inlined: by default packets over IPv4 have no checksum. */
__attribute__((noinline)) static bool write_checksum(const struct outer_template *template,
						     size_t at, struct patch frame)
{
	struct span udp = span_from(patch_span(frame), at);

	return patch_be16(frame, at + UDP_CHECKSUM_AT,
			  checksum_fold_udp(checksum_add(template->udp_sum + udp.len, udp)));
}

/* Writes the UDP header at offset `at`, in front of what UDP carries. */
static inline bool write_udp(const struct outer_template *template, uint16_t source_port, size_t at,
			     struct patch frame)
{
	if (frame.len < at + UDP_LEN)
		return false;
	patch_be16(frame, at, source_port);
	patch_be16(frame, at + UDP_LENGTH_AT, (uint16_t)(frame.len - at));
	return !template->checksum || write_checksum(template, at, frame);
}

/* Copies the end of the first len bytes of the template. What was copied before is overlapped by
 * equal bytes, so that the length of the copy is constant. */
static inline void write_tail(const struct outer_template *template, size_t len, struct patch frame)
{
	patch_copy(frame, len - TAIL_LEN, template->bytes + len - TAIL_LEN, TAIL_LEN);
}

static inline bool write_ipv4(const struct outer_template *template, size_t len,
			      uint16_t source_port, uint16_t id, struct patch frame)
{
	size_t total = frame.len - ETHERNET_LEN;
	uint64_t sum = template->ip_sum + total;

	if (frame.len < BEHIND_IPV4 || total > UINT16_MAX)
		return false;
	patch_copy(frame, 0, template->bytes, BEHIND_IPV4);
	write_tail(template, len, frame);
	patch_be16(frame, ETHERNET_LEN + IPV4_TOTAL_AT, (uint16_t)total);
	if (template->may_fragment) {
		patch_be16(frame, ETHERNET_LEN + IPV4_ID_AT, id);
		sum += id;
	}
	patch_be16(frame, ETHERNET_LEN + IPV4_CHECKSUM_AT, checksum_fold(sum));
	return !template->udp || write_udp(template, source_port, BEHIND_IPV4, frame);
}

/* IPv6 does not count its own header. */
static inline bool write_ipv6(const struct outer_template *template, size_t len,
			      uint16_t source_port, struct patch frame)
{
	if (frame.len < BEHIND_IPV6 || frame.len - BEHIND_IPV6 > UINT16_MAX)
		return false;
	patch_copy(frame, 0, template->bytes, BEHIND_IPV6);
	write_tail(template, len, frame);
	patch_be16(frame, ETHERNET_LEN + IPV6_PAYLOAD_AT, (uint16_t)(frame.len - BEHIND_IPV6));
	return !template->udp || write_udp(template, source_port, BEHIND_IPV6, frame);
}

bool outer_header_write_front(const struct outer_template *template, size_t len,
			      uint16_t source_port, uint16_t id, struct patch frame)
{
	if (frame.len < len)
		return false;
	return template->four ? write_ipv4(template, len, source_port, id, frame)
			      : write_ipv6(template, len, source_port, frame);
}

bool outer_header_write(const struct outer_template *template, const struct tunnel_build *what,
			uint16_t source_port, uint16_t id, struct patch frame)
{
	size_t header;

	if (template->steady && what->linktype == LINK_ETHERNET)
		return frame.len == template->len + what->payload.len &&
		       outer_header_write_front(template, template->len, source_port, id, frame);
	header = template->encap->build(what, patch_from(frame, template->carrier_len));
	return header != 0 && frame.len == template->carrier_len + header + what->payload.len &&
	       outer_header_write_front(template, template->carrier_len, source_port, id, frame);
}

size_t outer_header_build(const struct outer_header *outer_header, const struct tunnel_build *what,
			  uint16_t source_port, uint16_t id, struct patch room)
{
	size_t overhead = outer_header_overhead(outer_header, what),
	       len = overhead + what->payload.len;
	struct outer_template template;

	if (overhead == 0 || !patch_copy(room, overhead, what->payload.data, what->payload.len))
		return 0;
	outer_header_prepare(&template, outer_header, what);
	return outer_header_write(&template, what, source_port, id, patch_first(room, len)) ? len
											    : 0;
}
