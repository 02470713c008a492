/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp_segment.h"

#include "header/fields.h"

/* No packet is so large; half of all sequence numbers would be. */
enum { PAYLOAD_LEN_MAX = 1 << 28 };

/* Identifications and acknowledgment numbers both grow by small steps; this keeps their sum from
 * being equal by that. It is odd, so that nothing is lost. */
#define MARK_FACTOR UINT32_C(0x9E3779B1)

static void tcp_segment_read_mark(struct tcp_segment *segment, const struct headers *headers,
				  struct span packet)
{
	uint16_t id = 0;

	if (headers->ip_version == 4)
		span_be16(packet, headers->network + (size_t)IPV4_ID_AT, &id);
	if (id == 0 && !span_be16(packet, headers->transport + (size_t)TCP_CHECKSUM_AT, &id))
		return;
	segment->mark =
		((uint32_t)id << 8 | segment->flags) * MARK_FACTOR + segment->acknowledgment;
	segment->marked = true;
}

/* Returns false if IP claims no length, or one that cannot be. */
static bool tcp_segment_read_len(struct tcp_segment *segment, const struct headers *headers)
{
	uint64_t start = (uint64_t)headers->transport + headers->transport_len;

	if (headers->network_end < start || headers->network_end - start > PAYLOAD_LEN_MAX)
		return false;
	segment->payload_len = (uint32_t)(headers->network_end - start);
	return true;
}

bool tcp_segment_of(struct tcp_segment *segment, const struct headers *headers, struct span packet)
{
	size_t at = headers->transport;
	uint16_t flags;

	*segment = (struct tcp_segment){ 0 };
	if (headers->l4 != IPPROTO_TCP || headers->end == HEADERS_MALFORMED ||
	    !span_be16(packet, at + TCP_FLAGS_AT, &flags))
		return false;
	segment->flags = (uint8_t)flags;
	if (headers->flags & (HEADERS_ANY_FRAGMENT | HEADERS_NO_LENGTH) ||
	    !tcp_segment_read_len(segment, headers) ||
	    !span_be32(packet, at + TCP_SEQUENCE_AT, &segment->sequence) ||
	    !span_be32(packet, at + TCP_ACKNOWLEDGMENT_AT, &segment->acknowledgment))
		return false;
	tcp_segment_read_mark(segment, headers, packet);
	segment->whole = true;
	return true;
}

uint32_t tcp_segment_numbers(const struct tcp_segment *segment)
{
	return segment->payload_len + ((segment->flags & TCP_SYN) != 0) +
	       ((segment->flags & TCP_FIN) != 0);
}
