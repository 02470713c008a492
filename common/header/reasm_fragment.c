/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/reasm_fragment.h"

#include "header/fields.h"

static struct span bytes_of(const struct packet *packet)
{
	return span_of(packet->data, packet->caplen);
}

/* Where the fragment's part of the payload begins in the packet. */
static uint32_t payload_of(const struct headers *headers)
{
	if (headers->ip_version == 6)
		return headers->network + headers->unfragmentable_len + IPV6_FRAGMENT_LEN;
	return headers->network + headers->network_len;
}

enum reasm_result reasm_fragment_read(struct reasm_fragment *fragment, const struct packet *packet,
				      const struct headers *headers)
{
	uint32_t payload = payload_of(headers), len;
	struct headers_addresses addresses;

	if (headers->network_end == 0 || headers->network_end > packet->caplen)
		return REASM_CUT;
	if (headers->flags & HEADERS_JUMBO || headers->network_end <= payload)
		return REASM_MALFORMED;
	len = (uint32_t)headers->network_end - payload;
	/* RFC 8200 section 4.5 has both: whole units of 8 but for the last, and no more than 65535
	 * with the headers. */
	if ((headers->more_fragments && len % 8 != 0) ||
	    payload - headers->network + headers->fragment_offset + len >
		    UINT16_MAX + (uint32_t)IPV6_LEN)
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
	return REASM_KEPT;
}

/* True when the bytes of inner stand inside outer. */
static bool inside(struct span inner, struct span outer)
{
	uintptr_t at = (uintptr_t)inner.data, from = (uintptr_t)outer.data;

	return at >= from && at - from <= outer.len && inner.len <= outer.len - (at - from);
}

size_t reasm_fragment_cost(const struct packet *packet)
{
	size_t size = sizeof(struct kept) + packet->block.len;

	if (!inside(bytes_of(packet), packet->block))
		size += packet->caplen;
	if (!inside(packet->options, packet->block))
		size += packet->options.len;
	return size;
}

/* Copies bytes to *to and moves *to on, or finds them again in the copy of the block. */
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

void reasm_fragment_keep(struct kept *kept, const struct packet *packet,
			 const struct reasm_fragment *fragment)
{
	struct span none = { NULL, 0 };
	uint8_t *to = (uint8_t *)(kept + 1);
	const uint8_t *block = to;

	*kept = (struct kept){ .fragment = *fragment, .packet = *packet };
	if (packet->block.len > 0)
		kept->packet.block = copy_span(&to, packet->block, none, NULL);
	kept->packet.data = copy_span(&to, bytes_of(packet), packet->block, block).data;
	kept->packet.options = copy_span(&to, packet->options, packet->block, block);
}

static struct span payload_bytes(const struct kept *kept)
{
	return span_first(span_from(bytes_of(&kept->packet), kept->fragment.payload),
			  kept->fragment.end - kept->fragment.start);
}

bool reasm_fragment_same(const struct kept *a, const struct kept *b)
{
	struct span x = payload_bytes(a), y = payload_bytes(b);

	return a->fragment.start == b->fragment.start && a->fragment.more == b->fragment.more &&
	       x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

/* A length that does not fit becomes 0, which claims nothing. */
static uint16_t short_len(size_t len)
{
	return len > UINT16_MAX ? 0 : (uint16_t)len;
}

/* The fragment header goes: the header before it takes over its next header (RFC 8200 section
 * 4.5). */
static void mend_ipv6(struct patch packet, uint32_t ip, uint32_t fragment_header, uint8_t next)
{
	struct span bytes = span_of(packet.data, packet.len);
	size_t at = ip + IPV6_LEN, link = ip + IPV6_NEXT_AT;
	uint8_t type = 0, units = 0;

	span_u8(bytes, link, &type);
	while (at < fragment_header && span_u8(bytes, at + 1, &units)) {
		link = at;
		at += type == IPPROTO_AH ? (units + 2U) * 4 : (units + 1U) * IPV6_EXTENSION_UNIT;
		span_u8(bytes, link, &type);
	}
	patch_copy(packet, link, &next, 1);
	patch_be16(packet, ip + IPV6_PAYLOAD_AT, short_len(packet.len - ip - IPV6_LEN));
}

/* The checksum stays as it was: nobody behind the reassembly looks at it. */
static void mend_ipv4(struct patch packet, uint32_t ip)
{
	patch_be16(packet, ip + IPV4_TOTAL_AT, short_len(packet.len - ip));
	patch_be16(packet, ip + IPV4_FRAGMENT_AT, 0);
}

void reasm_fragment_join(const struct kept *first, struct patch buffer, struct packet *whole)
{
	const struct reasm_fragment *head = &first->fragment;
	uint32_t headers = head->version == 6 ? head->payload - IPV6_FRAGMENT_LEN : head->payload;
	size_t len = headers;
	uint8_t next = 0;

	patch_copy(buffer, 0, first->packet.data, headers);
	for (const struct kept *kept = first; kept; kept = kept->next) {
		struct span part = payload_bytes(kept);

		if (patch_copy(buffer, len, part.data, part.len))
			len += part.len;
	}
	buffer.len = len;
	if (head->version == 4) {
		mend_ipv4(buffer, head->ip);
	} else {
		span_u8(bytes_of(&first->packet), headers, &next);
		mend_ipv6(buffer, head->ip, headers, next);
	}
	whole->data = buffer.data;
	whole->caplen = whole->len = (uint32_t)len;
	packet_changed(whole);
}
