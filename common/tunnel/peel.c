/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/peel.h"

/*
 * Returns the offset at which the lengths of IP and UDP end; UINT64_MAX if they claim nothing. A
 * UDP length beyond that of IP does not count, nor does 0, as jumbograms have it (RFC 2675 section
 * 4).
 */
static uint64_t claimed_end(const struct headers *headers)
{
	uint64_t end = headers->network_end != 0 ? headers->network_end : UINT64_MAX;

	if (headers->transport_end != 0 && headers->transport_end < end)
		end = headers->transport_end;
	return end;
}

/* Returns true if bytes that are not there were never sent: none is missing up to the claimed end,
 * or nothing is claimed and the record is whole. packet ends at the claimed end, or earlier. */
static bool peel_is_bounded(const struct peel *peel, uint64_t end, struct span packet)
{
	return end == UINT64_MAX ? peel->caplen == peel->len : end <= packet.len;
}

/* The last three arguments are those of peel_is_bounded(). */
static enum peel_end end_for(enum encap_verdict verdict, const struct peel *peel, uint64_t end,
			     struct span packet)
{
	switch (verdict) {
	case ENCAP_TRUNCATED:
		return peel_is_bounded(peel, end, packet) ? PEEL_MALFORMED : PEEL_TRUNCATED;
	case ENCAP_MALFORMED:
		return PEEL_MALFORMED;
	case ENCAP_UNSUPPORTED:
		return PEEL_UNSUPPORTED;
	default:
		return PEEL_PLAIN;
	}
}

/* Takes a tunnel off. All claimed lengths bound its payload, and none makes the payload longer than
 * the packet. layer->payload is set; end: from claimed_end(). */
static void peel_take(struct peel *peel, struct peel_layer *layer, uint64_t end)
{
	const struct tunnel *tunnel = &layer->tunnel;
	uint32_t payload = layer->payload;
	uint32_t removed = payload - peel->offset;

	if (tunnel->payload_len != UINT32_MAX && payload + (uint64_t)tunnel->payload_len < end)
		end = payload + (uint64_t)tunnel->payload_len;
	peel->len -= removed;
	if (end - payload < peel->len)
		peel->len = (uint32_t)(end - payload);
	peel->caplen -= removed;
	if (peel->caplen > peel->len)
		peel->caplen = peel->len;
	peel->offset = payload;
	peel->linktype = tunnel->linktype;
	peel->anomalies |= tunnel->anomalies;
	layer->caplen = peel->caplen;
	layer->len = peel->len;
	peel->count++;
}

/* Takes the next tunnel off. Returns false, with peel->end set, if there is none to take. */
static bool peel_next(struct peel *peel, const struct encap_table *table, struct span packet)
{
	const struct headers *headers = &peel->headers[peel->count];
	const struct encap_select *select = table->select;
	struct peel_layer *layer = &peel->layer[peel->count];
	enum encap_verdict verdict;
	uint64_t end;

	peel->end = headers->flags & HEADERS_ANY_FRAGMENT ? PEEL_FRAGMENT : PEEL_PLAIN;
	if (peel->end == PEEL_FRAGMENT || headers->ip_version == 0)
		return false;
	end = claimed_end(headers);
	if (end < packet.len)
		packet = span_first(packet, (size_t)end);
	verdict = encap_parse(headers, table, packet, &layer->tunnel);
	if (verdict == ENCAP_OK) {
		layer->payload = headers->payload + layer->tunnel.header_len;
		/* A tunnel that carries nothing would become a record without bytes. */
		if (packet.len <= layer->payload)
			verdict = ENCAP_TRUNCATED;
	}
	if (verdict != ENCAP_OK)
		peel->end = end_for(verdict, peel, end, packet);
	else if (select->strict && layer->tunnel.anomalies != 0)
		peel->end = PEEL_STRICT;
	else if (peel->count == PEEL_MAX || (select->depth != 0 && peel->count >= select->depth))
		peel->end = PEEL_DEPTH;
	else
		peel_take(peel, layer, end);
	return peel->end == PEEL_PLAIN && verdict == ENCAP_OK;
}

void peel_packet(struct peel *peel, const struct encap_table *table, uint32_t linktype,
		 const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct span packet;

	peel->count = 0;
	peel->anomalies = 0;
	peel->linktype = linktype;
	peel->offset = 0;
	peel->caplen = caplen;
	peel->len = len > caplen ? len : caplen;
	do {
		packet = span_of(data, (size_t)peel->offset + peel->caplen);
		headers_parse(&peel->headers[peel->count], peel->linktype, packet, peel->offset);
	} while (peel_next(peel, table, packet));
}
