/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_look.h"

#include "tunnel/wirelen.h"

/* Where the addresses are there, a packet has a flow, though the ports may be cut off. */
static enum stat_outcome stat_look_judge(struct stat_look *look)
{
	switch (look->headers->end) {
	case HEADERS_TRANSPORT:
	case HEADERS_IP_PAYLOAD:
		return STAT_COUNTED;
	case HEADERS_FRAGMENT:
		return STAT_FRAGMENT;
	case HEADERS_NOT_IP:
		return STAT_NOT_IP;
	case HEADERS_TRUNCATED:
		return headers_address_bytes(look->headers, look->bytes).len > 0 ? STAT_COUNTED
										 : STAT_TRUNCATED;
	case HEADERS_UNKNOWN_LINK:
		return STAT_UNKNOWN_LINK;
	default:
		return STAT_MALFORMED;
	}
}

/* As fixlen.c judges what it raises. */
static bool stat_look_is_hidden(const struct stat_look *look, uint32_t outer_end)
{
	uint32_t len = look->packet->len, fcs_len = packet_fcs_len(look->packet);
	uint64_t claim;

	wirelen_peel(look->peel, &claim);
	if (claim < outer_end)
		claim = outer_end;
	return claim > 0 && claim + fcs_len > len;
}

void stat_look_at(struct stat_look *look, const struct packet *packet, const struct peel *peel,
		  uint32_t outer_end)
{
	struct span all = span_of(packet->data, packet->caplen);

	look->packet = packet;
	look->peel = peel;
	look->headers = peel_inner(peel);
	look->bytes = span_first(all, (size_t)peel->offset + peel->caplen);
	look->len = peel->offset + peel->len;
	look->outcome = stat_look_judge(look);
	look->has_flow = look->outcome == STAT_COUNTED || look->outcome == STAT_FRAGMENT;
	look->cut = peel->caplen < peel->len;
	look->hidden = !look->cut && stat_look_is_hidden(look, outer_end);
	look->timed = packet->form != PACKET_SIMPLE;
}
