/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to filter/rules.c and filter/rules_parse.c: a rule as the parser makes it for matching.
 */
#ifndef VTAP_FILTER_RULES_INTERNAL_H
#define VTAP_FILTER_RULES_INTERNAL_H

#include <stdint.h>

#include "filter/rules.h"

/* Bits for facts that are known of a packet, and that a rule needs to know. */
enum fact {
	FACT_IN = 1,	    /* it was received */
	FACT_OUT = 2,	    /* it was sent */
	FACT_IPV4 = 4,	    /* it has IPv4 addresses */
	FACT_IPV6 = 8,	    /* it has IPv6 addresses */
	FACT_IP = 16,	    /* it has addresses of either version */
	FACT_PROTOCOL = 32, /* its transport protocol is known */
	FACT_PORTS = 64,    /* its ports are known */
	FACT_ICMP = 128,    /* its ICMP type and code are known */
	FACT_VLAN = 256,    /* it has a VLAN tag */
	FACT_AH = 512,	    /* it has an authentication header */
};

/* An address as a number. */
struct address {
	uint64_t high, low; /* IPv4: the lower 32 bits of low */
};

struct network {
	struct address address, mask;
};

struct range {
	uint16_t first, last;
};

/* A rule. Clauses that it does not have are masks of 0 and ranges of all values. */
struct rule {
	uint16_t needs;	 /* bits of enum fact */
	uint8_t verdict; /* enum rules_verdict */
	uint8_t protocol, protocol_mask;
	uint16_t icmp, icmp_mask; /* type << 8 | code */
	struct range sport, dport, vlan;
	struct network from, to;
};

struct rules {
	struct rule *rule;
	size_t count, room; /* rules, and those that there is memory for */
	size_t written;	    /* as the file has them: one may stand for several */
};

#endif
