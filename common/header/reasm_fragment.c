/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/reasm_fragment.h"

#include "header/fields.h"

static struct span bytes_of(const struct packet *packet)
{
	return span_of(packet->data, packet->caplen);
}

/* Returns the offset of the fragment's payload in the packet. */
static uint32_t payload_at(const struct headers *headers)
{
	if (headers->ip_version == 6)
		return headers->network + headers->unfragmentable_len + IPV6_FRAGMENT_LEN;
	return headers->network + headers->network_len;
}

bool reasm_fragment_fits(const struct reasm_fragment *first, uint32_t len)
{
	uint32_t headers = first->payload - first->ip;

	/* IPv6's length counts extension headers, but neither the fixed header nor the fragment
	 * header, which the datagram does not have. */
	if (first->version == 6)
		headers -= IPV6_LEN + IPV6_FRAGMENT_LEN;
	return headers + len <= UINT16_MAX;
}

enum reasm_result reasm_fragment_read(struct reasm_fragment *fragment, const struct packet *packet,
				      const struct headers *headers)
{
	uint32_t payload = payload_at(headers), len;
	struct headers_addresses addresses;

	if (headers->network_end == 0 || headers->network_end > packet->caplen)
		return REASM_TRUNCATED;
	if (headers->flags & HEADERS_JUMBO || headers->network_end <= payload)
		return REASM_MALFORMED;
	len = (uint32_t)headers->network_end - payload;
	/* RFC 8200 section 4.5: all fragments but the last hold a multiple of 8 bytes. */
	if (headers->more_fragments && len % 8 != 0)
		return REASM_MALFORMED;
	*fragment = (struct reasm_fragment){
		.version = headers->ip_version,
		.protocol = headers->ip_version == 6 ? 0 : headers->protocol,
		.more = headers->more_fragments,
		.id = headers->fragment_id,
		.start = headers->fragment_offset,
		.end = headers->fragment_offset + len,
		.ip = headers->network,
		.payload = payload,
	};
	headers_copy_addresses(headers, bytes_of(packet), &addresses);
	memcpy(fragment->source, addresses.src, sizeof(fragment->source));
	memcpy(fragment->destination, addresses.dst, sizeof(fragment->destination));
	return reasm_fragment_fits(fragment, fragment->end) ? REASM_KEPT : REASM_MALFORMED;
}

/* Returns true if the bytes of inner are in the memory of outer. */
static bool inside(struct span inner, struct span outer)
{
	uintptr_t at = (uintptr_t)inner.data, from = (uintptr_t)outer.data;

	return at >= from && at - from <= outer.len && inner.len <= outer.len - (at - from);
}

size_t reasm_fragment_cost(const struct packet *packet)
{
	size_t size = sizeof(struct reasm_copy) + packet->block.len;

	if (!inside(bytes_of(packet), packet->block))
		size += packet->caplen;
	if (!inside(packet->options, packet->block))
		size += packet->options.len;
	return size;
}

/* Returns a copy of bytes: written at *to, which moves on, or part of the copy of the block if they
 * are part of the block. */
static struct span copy_span(uint8_t **to, struct span bytes, struct span block,
			     const uint8_t *block_copy)
{
	struct span copy = { *to, bytes.len };

	if (inside(bytes, block))
		return span_of(block_copy + (bytes.data - block.data), bytes.len);
	if (bytes.len > 0)
		memcpy(*to, bytes.data, bytes.len);
	*to += bytes.len;
	return copy;
}

void reasm_fragment_keep(struct reasm_copy *copy, const struct packet *packet,
			 const struct reasm_fragment *fragment)
{
	struct span none = { NULL, 0 };
	uint8_t *to = (uint8_t *)(copy + 1);
	const uint8_t *block = to;

	*copy = (struct reasm_copy){ .fragment = *fragment, .packet = *packet };
	copy->packet.front = NULL;
	if (packet->block.len > 0)
		copy->packet.block = copy_span(&to, packet->block, none, NULL);
	copy->packet.data = copy_span(&to, bytes_of(packet), packet->block, block).data;
	copy->packet.options = copy_span(&to, packet->options, packet->block, block);
}

static struct span payload_bytes(const struct reasm_copy *copy)
{
	return span_first(span_from(bytes_of(&copy->packet), copy->fragment.payload),
			  copy->fragment.end - copy->fragment.start);
}

bool reasm_fragment_same(const struct reasm_copy *a, const struct reasm_copy *b)
{
	struct span x = payload_bytes(a), y = payload_bytes(b);

	return a->fragment.start == b->fragment.start && a->fragment.more == b->fragment.more &&
	       x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

/* RFC 8200 section 4.5: the header in front of the fragment header takes over its next header. */
static void clear_fragment_ipv6(struct patch packet, uint32_t ip, uint32_t fragment_header,
				uint8_t next)
{
	struct span bytes = span_of(packet.data, packet.len);
	size_t at = ip + IPV6_LEN, link = ip + IPV6_NEXT_AT;
	uint8_t type = 0, units = 0;

	span_u8(bytes, link, &type);
	while (at < fragment_header && span_u8(bytes, at + 1, &units)) {
		link = at;
		at += headers_extension_len(type, units);
		span_u8(bytes, link, &type);
	}
	patch_copy(packet, link, &next, 1);
	patch_be16(packet, ip + IPV6_PAYLOAD_AT, (uint16_t)(packet.len - ip - IPV6_LEN));
}

/* IPv4's checksum stays as it was: no code behind the reassembly reads it. */
static void clear_fragment_ipv4(struct patch packet, uint32_t ip)
{
	patch_be16(packet, ip + IPV4_TOTAL_AT, (uint16_t)(packet.len - ip));
	patch_be16(packet, ip + IPV4_FRAGMENT_AT, 0);
}

void reasm_fragment_join(const struct reasm_copy *first, struct patch buffer, struct packet *whole)
{
	const struct reasm_fragment *head = &first->fragment;
	uint32_t headers = head->version == 6 ? head->payload - IPV6_FRAGMENT_LEN : head->payload;
	size_t len = headers;
	uint8_t next = 0;

	patch_copy(buffer, 0, first->packet.data, headers);
	for (const struct reasm_copy *copy = first; copy; copy = copy->next) {
		struct span part = payload_bytes(copy);

		if (patch_copy(buffer, len, part.data, part.len))
			len += part.len;
	}
	buffer.len = len;
	if (head->version == 4) {
		clear_fragment_ipv4(buffer, head->ip);
	} else {
		span_u8(bytes_of(&first->packet), headers, &next);
		clear_fragment_ipv6(buffer, head->ip, headers, next);
	}
	packet_replace(whole, patch_span(buffer));
	whole->len = whole->caplen;
}
