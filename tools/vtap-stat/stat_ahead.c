/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_ahead.h"

#include "header/headers_usual.h"
#include "stat_internal.h"
#include "tunnel/header_cache.h"

/* How many packets in front each step comes: what it reads was fetched by the step before. */
enum { TO_ENTRY = 5, TO_REST = 2 };

/* Tunnels that are not known are likely to be none: packets without a tunnel have few keys. */
static const struct stat_ahead_tunnel *stat_ahead_find(const struct stat_ahead *ahead,
						       uint32_t number)
{
	const struct stat_ahead_tunnel *tunnel = &ahead->tunnel[number % STAT_AHEAD_TUNNELS];

	return number && tunnel->number == number ? tunnel : &ahead->last;
}

/* Reads the flow of a packet of TCP or UDP, which begins at an offset. */
static bool stat_ahead_read_flow(const struct stat_ahead_tunnel *tunnel, struct span head,
				 struct flow *flow)
{
	size_t at = tunnel->offset;
	struct headers_usual_ip ip;
	uint16_t type = 0;

	if (tunnel->is_ethernet && !headers_usual_ethertype(head, &at, &type))
		return false;
	if (!headers_usual_ipv4(head, at, &ip) && !headers_usual_ipv6(head, at, &ip))
		return false;
	if (ip.protocol != IPPROTO_TCP && ip.protocol != IPPROTO_UDP)
		return false;
	*flow = (struct flow){ .version = ip.version, .protocol = ip.protocol, .has_ports = true };
	if (ip.version == 4) {
		span_copy(ip.header, IPV4_SRC_AT, flow->source.address, IPV4_ADDRESS_LEN);
		span_copy(ip.header, IPV4_DST_AT, flow->destination.address, IPV4_ADDRESS_LEN);
	} else {
		span_copy(ip.header, IPV6_SRC_AT, flow->source.address, IPV6_ADDRESS_LEN);
		span_copy(ip.header, IPV6_DST_AT, flow->destination.address, IPV6_ADDRESS_LEN);
	}
	return span_be16(head, ip.next + SRC_PORT_AT, &flow->source.port) &&
	       span_be16(head, ip.next + DST_PORT_AT, &flow->destination.port);
}

static void stat_ahead_fetch_chain(struct stat_stage *stat, unsigned slot, struct span head)
{
	struct stat_ahead *ahead = &stat->ahead;
	uint32_t number = head.len < HEADER_CACHE_HALF_LEN ? 0 : header_cache_hash(head);
	const struct stat_ahead_tunnel *tunnel = stat_ahead_find(ahead, number);
	struct flow flow;

	ahead->slot[slot].number = number;
	ahead->slot[slot].chain = NULL;
	ahead->slot[slot].entry = NULL;
	if (!tunnel->key || !stat_ahead_read_flow(tunnel, head, &flow))
		return;
	flow_normalise(&flow);
	ahead->slot[slot].chain = entries_fetch_chain(&stat->entries, tunnel->key, &flow);
}

static void stat_ahead_fetch_entry(struct stat_stage *stat)
{
	unsigned slot = lookahead_slot(&stat->ahead.packets, TO_ENTRY);

	if (slot < LOOKAHEAD_SLOTS && stat->ahead.slot[slot].chain)
		stat->ahead.slot[slot].entry =
			entries_fetch_first(&stat->entries, stat->ahead.slot[slot].chain);
}

static void stat_ahead_fetch_rest(struct stat_stage *stat)
{
	unsigned slot = lookahead_slot(&stat->ahead.packets, TO_REST);
	const struct entry *entry;

	if (slot == LOOKAHEAD_SLOTS || !stat->ahead.slot[slot].entry)
		return;
	entry = stat->ahead.slot[slot].entry;
	entries_fetch_around(&stat->entries, entry);
	if ((entry->list == ENTRIES_FLOWS || entry->list == ENTRIES_CLOSED) &&
	    entry->protocol == IPPROTO_TCP)
		tcp_flow_fetch(&stat->room, &entry->flow.tcp);
}

void stat_ahead_look(struct stat_stage *stat, const struct packet *packet)
{
	struct stat_ahead *ahead = &stat->ahead;
	int shown = lookahead_advance(&ahead->packets, packet) ? 2 : 1;
	struct span head;
	unsigned slot;

	for (; shown > 0 && lookahead_show(&ahead->packets, &slot, &head); shown--)
		stat_ahead_fetch_chain(stat, slot, head);
	stat_ahead_fetch_entry(stat);
	stat_ahead_fetch_rest(stat);
}

void stat_ahead_learn(struct stat_ahead *ahead, const struct peel *peel, uint32_t key)
{
	unsigned slot = lookahead_slot(&ahead->packets, 0);
	uint32_t number = slot < LOOKAHEAD_SLOTS ? ahead->slot[slot].number : 0;

	ahead->last = (struct stat_ahead_tunnel){ .number = number,
						  .key = key,
						  .offset = peel->offset,
						  .is_ethernet = peel_inner(peel)->link ==
								 HEADERS_LINK_ETHERNET };
	if (number)
		ahead->tunnel[number % STAT_AHEAD_TUNNELS] = ahead->last;
}
