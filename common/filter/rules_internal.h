/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to filter/rules.c and filter/rules_parse.c: one rule, ready to be matched. */
#ifndef VTAP_FILTER_RULES_INTERNAL_H
#define VTAP_FILTER_RULES_INTERNAL_H

#include <stdint.h>

#include "filter/rules.h"

/* What a packet can answer, and what a rule asks. */
enum fact {
	FACT_IN = 1,
	FACT_OUT = 2,
	FACT_IPV4 = 4,
	FACT_IPV6 = 8,
	FACT_IP = 16,
	FACT_PROTOCOL = 32,
	FACT_PORTS = 64,
	FACT_ICMP = 128,
	FACT_VLAN = 256,
};

struct address {
	uint64_t high, low; /* IPv4: 32 bits of low */
};

struct network {
	struct address address, mask;
};

struct range {
	uint16_t first, last;
};

/* Clauses that are not there have masks of 0 and ranges of everything. */
struct rule {
	uint16_t needs; /* enum fact */
	uint8_t verdict;
	uint8_t protocol, protocol_mask;
	uint16_t icmp, icmp_mask; /* type << 8 | code */
	struct range sport, dport, vlan;
	struct network from, to;
};

struct rules {
	struct rule *rule;
	size_t count, room;
};

#endif
