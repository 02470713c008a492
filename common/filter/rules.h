/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ordered rules that say what is mirrored, one a line, the first that matches
 * decides:
 *
 *   include|exclude [in|out] [tcp|udp|icmp|icmp6|PROTO] [from CIDR] [to CIDR]
 *       [sport A[-B]] [dport A[-B]] [vlan A[-B]] [type N [code N]]
 *
 * Clauses in any order, each once; `#` starts a comment; blank lines and CRLF
 * are fine. PROTO is a number or a name; CIDR a network without host bits, an
 * address or `any` (of either version); ports without a protocol are those of
 * TCP, UDP, SCTP, UDP-Lite and DCCP; type and code need icmp or icmp6; vlan is
 * the outermost VID. All clauses look at the outermost IP header, and all must hold. What a
 * packet cannot answer does not match: the port of a later fragment, anything
 * in a header that is cut, an address of ARP, an unknown direction, the
 * protocol behind an IPv6 extension header that is not there.
 */
#ifndef VTAP_FILTER_RULES_H
#define VTAP_FILTER_RULES_H

#include "base/error.h"
#include "header/headers.h"
#include "packet/direction.h"

/* Only RULES_INCLUDE is mirrored. */
enum rules_verdict {
	RULES_UNMATCHED, /* no rule matched */
	RULES_INCLUDE,
	RULES_EXCLUDE,
};

struct rules;

/* Parses text; file is its name in errors, `FILE:LINE:COLUMN: ...` (columns in bytes), which are
 * of usage. NULL on error. Keeps nothing of text. */
struct rules *rules_parse(const char *file, struct span text, struct error *err);

/* Reads and parses a file of at most 64 MiB; a file that cannot be read is no error of usage. */
struct rules *rules_read(const char *path, struct error *err);

/* True when a rule says in or out. */
bool rules_want_direction(const struct rules *rules);

size_t rules_count(const struct rules *rules);

/* What the first matching rule says of a packet whose headers were parsed. Time: one pass over
 * the rules; no memory. */
enum rules_verdict rules_match(const struct rules *rules, const struct headers *headers,
			       struct span packet, enum direction direction);

void rules_free(struct rules *rules); /* NULL is fine */

#endif
