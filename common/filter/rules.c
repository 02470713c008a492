/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/rules.h"

#include <stdlib.h>

#include "filter/rules_internal.h"

enum { IPV4_SOURCE = 12, IPV4_LEN = 4, IPV6_SOURCE = 8, IPV6_LEN = 16 };

/* What the rules ask of a packet, looked up once. */
struct facts {
	unsigned has; /* enum fact */
	uint8_t protocol;
	uint16_t icmp, sport, dport, vlan;
	struct address from, to;
};

static bool ipv6_address(struct span packet, size_t offset, struct address *address)
{
	uint32_t word[4];

	for (size_t i = 0; i < 4; i++)
		if (!span_be32(packet, offset + i * 4, &word[i]))
			return false;
	address->high = (uint64_t)word[0] << 32 | word[1];
	address->low = (uint64_t)word[2] << 32 | word[3];
	return true;
}

static bool ipv4_address(struct span packet, size_t offset, struct address *address)
{
	uint32_t word;

	if (!span_be32(packet, offset, &word))
		return false;
	*address = (struct address){ 0, word };
	return true;
}

/*
 * The walk leaves the number of an extension header where the chain is cut, too
 * long, or goes on in the first fragment only: the protocol is then unknown.
 */
static bool ipv6_protocol_known(const struct layer *ip)
{
	switch (ip->next) {
	case 0:	  /* hop-by-hop options */
	case 43:  /* routing */
	case 44:  /* fragment */
	case 51:  /* authentication */
	case 60:  /* destination options */
	case 135: /* mobility */
	case 139: /* HIP */
	case 140: /* Shim6 */
		return false;
	}
	return true;
}

static void ip_facts(struct facts *facts, const struct layer *ip, struct span packet)
{
	size_t at = ip->offset;

	if (ip->protocol == LAYER_IPV4 && ipv4_address(packet, at + IPV4_SOURCE, &facts->from) &&
	    ipv4_address(packet, at + IPV4_SOURCE + IPV4_LEN, &facts->to))
		facts->has |= FACT_IP | FACT_IPV4 | FACT_PROTOCOL;
	if (ip->protocol == LAYER_IPV6 && ipv6_address(packet, at + IPV6_SOURCE, &facts->from) &&
	    ipv6_address(packet, at + IPV6_SOURCE + IPV6_LEN, &facts->to))
		facts->has |= FACT_IP | FACT_IPV6 | (ipv6_protocol_known(ip) ? FACT_PROTOCOL : 0);
	facts->protocol = (uint8_t)ip->next;
}

static void transport_facts(struct facts *facts, const struct layer *transport, struct span packet)
{
	switch (transport->protocol) {
	case LAYER_TCP:
	case LAYER_UDP:
	case LAYER_SCTP:
		facts->sport = transport->tag;
		facts->dport = transport->tag2;
		facts->has |= FACT_PORTS;
		break;
	case LAYER_ICMP:
	case LAYER_ICMP6:
		if (span_be16(packet, transport->offset, &facts->icmp))
			facts->has |= FACT_ICMP;
		break;
	}
}

static void vlan_facts(struct facts *facts, const struct layers *layers)
{
	for (uint32_t i = 0; i < layers->count; i++) {
		if (layers->layer[i].protocol != LAYER_VLAN)
			continue;
		facts->vlan = layers->layer[i].tag;
		facts->has |= FACT_VLAN;
		return;
	}
}

static void collect(struct facts *facts, const struct layers *layers, struct span packet,
		    enum direction direction)
{
	if (direction == DIRECTION_IN)
		facts->has |= FACT_IN;
	if (direction == DIRECTION_OUT)
		facts->has |= FACT_OUT;
	vlan_facts(facts, layers);
	if (layers->ip >= 0)
		ip_facts(facts, &layers->layer[layers->ip], packet);
	if (layers->transport >= 0)
		transport_facts(facts, &layers->layer[layers->transport], packet);
}

static bool within(struct range range, uint16_t value)
{
	return value >= range.first && value <= range.last;
}

static bool inside(const struct network *network, const struct address *address)
{
	return !((address->high ^ network->address.high) & network->mask.high) &&
	       !((address->low ^ network->address.low) & network->mask.low);
}

static bool matches(const struct rule *rule, const struct facts *facts)
{
	return !(rule->needs & ~facts->has) &&
	       !((rule->protocol ^ facts->protocol) & rule->protocol_mask) &&
	       within(rule->sport, facts->sport) && within(rule->dport, facts->dport) &&
	       inside(&rule->from, &facts->from) && inside(&rule->to, &facts->to) &&
	       within(rule->vlan, facts->vlan) && !((rule->icmp ^ facts->icmp) & rule->icmp_mask);
}

enum rules_verdict rules_match(const struct rules *rules, const struct layers *layers,
			       struct span packet, enum direction direction)
{
	struct facts facts = { 0 };

	collect(&facts, layers, packet, direction);
	for (size_t i = 0; i < rules->count; i++)
		if (matches(&rules->rule[i], &facts))
			return rules->rule[i].verdict;
	return RULES_UNMATCHED;
}

size_t rules_count(const struct rules *rules)
{
	return rules->count;
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
