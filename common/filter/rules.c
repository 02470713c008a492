/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/rules.h"

#include <stdlib.h>

#include "filter/rules_internal.h"
#include "header/fields.h"

/* The fields of a packet that rules ask for, read once. */
struct packet_facts {
	unsigned has; /* bits of enum fact: what is known */
	uint8_t protocol;
	uint16_t icmp; /* type << 8 | code */
	uint16_t sport, dport, vlan;
	struct address from, to;
};

static bool address_half(struct span packet, size_t offset, uint64_t *half)
{
	uint32_t high, low;

	if (!span_be32(packet, offset, &high) || !span_be32(packet, offset + 4, &low))
		return false;
	*half = (uint64_t)high << 32 | low;
	return true;
}

static bool ipv6_address(struct span packet, size_t offset, struct address *address)
{
	return address_half(packet, offset, &address->high) &&
	       address_half(packet, offset + 8, &address->low);
}

static bool ipv4_address(struct span packet, size_t offset, struct address *address)
{
	uint32_t word;

	if (!span_be32(packet, offset, &word))
		return false;
	*address = (struct address){ 0, word };
	return true;
}

static void ip_facts(struct packet_facts *facts, const struct headers *headers, struct span packet)
{
	size_t at = headers->network;

	if (headers->ip_version == 0)
		return;
	if (headers->ip_version == 4 && ipv4_address(packet, at + IPV4_SRC_AT, &facts->from) &&
	    ipv4_address(packet, at + IPV4_DST_AT, &facts->to))
		facts->has |= FACT_IP | FACT_IPV4 | FACT_PROTOCOL;
	if (headers->ip_version == 6 && ipv6_address(packet, at + IPV6_SRC_AT, &facts->from) &&
	    ipv6_address(packet, at + IPV6_DST_AT, &facts->to))
		facts->has |= FACT_IP | FACT_IPV6;
	/* If the protocol is that of an extension header, the chain of them is cut, is too long, or
	 * goes on in the first fragment only: the transport is not known. */
	if (headers->ip_version == 6 && !headers_is_extension(headers->protocol))
		facts->has |= FACT_PROTOCOL;
	if (headers->protocol == IPPROTO_AH || headers->flags & HEADERS_AH)
		facts->has |= FACT_AH;
	facts->protocol = headers->protocol;
}

static void transport_facts(struct packet_facts *facts, const struct headers *headers,
			    struct span packet)
{
	if (headers_have_ports(headers)) {
		facts->sport = headers->src_port;
		facts->dport = headers->dst_port;
		facts->has |= FACT_PORTS;
	} else if (headers->l4 != 0 && span_be16(packet, headers->transport, &facts->icmp)) {
		facts->has |= FACT_ICMP;
	}
}

static void read_facts(struct packet_facts *facts, const struct headers *headers,
		       struct span packet, enum direction direction)
{
	if (direction == DIRECTION_IN)
		facts->has |= FACT_IN;
	if (direction == DIRECTION_OUT)
		facts->has |= FACT_OUT;
	if (headers->vlans > 0) {
		facts->vlan = headers->vlan[0];
		facts->has |= FACT_VLAN;
	}
	ip_facts(facts, headers, packet);
	transport_facts(facts, headers, packet);
}

static bool in_range(struct range range, uint16_t value)
{
	return value >= range.first && value <= range.last;
}

static bool in_network(const struct network *network, const struct address *address)
{
	return !((address->high ^ network->address.high) & network->mask.high) &&
	       !((address->low ^ network->address.low) & network->mask.low);
}

static bool rule_matches(const struct rule *rule, const struct packet_facts *facts)
{
	return !(rule->needs & ~facts->has) &&
	       !((rule->protocol ^ facts->protocol) & rule->protocol_mask) &&
	       in_range(rule->sport, facts->sport) && in_range(rule->dport, facts->dport) &&
	       in_network(&rule->from, &facts->from) && in_network(&rule->to, &facts->to) &&
	       in_range(rule->vlan, facts->vlan) && !((rule->icmp ^ facts->icmp) & rule->icmp_mask);
}

enum rules_verdict rules_match(const struct rules *rules, const struct headers *headers,
			       struct span packet, enum direction direction)
{
	struct packet_facts facts = { 0 };

	read_facts(&facts, headers, packet, direction);
	for (size_t i = 0; i < rules->count; i++)
		if (rule_matches(&rules->rule[i], &facts))
			return rules->rule[i].verdict;
	return RULES_UNMATCHED;
}

size_t rules_count(const struct rules *rules)
{
	return rules->written;
}

bool rules_want_direction(const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->rule[i].needs & (FACT_IN | FACT_OUT))
			return true;
	return false;
}

void rules_free(struct rules *rules)
{
	if (rules)
		free(rules->rule);
	free(rules);
}
