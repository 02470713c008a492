/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses and matches the rules of `vtap-tap --rules`, which say what is mirrored. A file has one
 * rule a line, and the first rule that matches a packet decides:
 *
 *   include|exclude [in|out] [tcp|udp|icmp|icmp6|PROTO]
 *       [from CIDR] [to CIDR] or host ADDRESS or net CIDR
 *       [sport PORTS] [dport PORTS] or port PORTS or portrange PORTS
 *       [vlan A[-B]] [type N [code N]]
 *
 * The clauses of a rule stand in any order, each at most once, and all must match. `#` begins a
 * comment; lines may be blank and end with CRLF. PROTO is a number or a name; it means the
 * protocol behind all extension headers of IPv6 and behind AH in IPv4, but `ah` matches what has
 * that header anywhere in the chain. CIDR is a network without host bits, an address, or `any` for
 * both IP versions; host and net match either end. PORTS is A or A-B, of numbers or names of
 * services; port and portrange match either end. Ports without a protocol are those of TCP, UDP,
 * SCTP, UDP-Lite and DCCP; type and code need icmp or icmp6; vlan is the outermost VID. Rules look
 * at the outermost IP header. A clause does not match a packet that does not have its field: the
 * port of a later fragment, a field that is cut off, an address of ARP, a direction that is
 * unknown.
 */
#ifndef VTAP_FILTER_RULES_H
#define VTAP_FILTER_RULES_H

#include "base/error.h"
#include "header/headers.h"
#include "host/services.h"
#include "packet/direction.h"

/* What the rules say of a packet. Only RULES_INCLUDE is mirrored. */
enum rules_verdict {
	RULES_UNMATCHED, /* no rule matches */
	RULES_INCLUDE,
	RULES_EXCLUDE,
};

struct rules;

/*
 * Parses the text of a rules file and returns the rules, which keep no pointer to it. file: its
 * name for errors. services: the names of ports, or NULL if there are none. Returns NULL if the
 * text is wrong or has more than a million rules, with a usage error `FILE:LINE:COLUMN: ...`
 * (columns in bytes), or if there is no memory.
 */
struct rules *rules_parse(const char *file, struct span text, const struct services *services,
			  struct error *err);

/* Reads a rules file and parses it with rules_parse(). Returns NULL also if the file cannot be
 * read, which is no usage error, or is larger than 64 MiB, which is one. */
struct rules *rules_read(const char *path, const struct services *services, struct error *err);

/* Frees rules; they may be NULL. */
void rules_free(struct rules *rules);

/* Returns true if a rule has the clause in or out. */
bool rules_want_direction(const struct rules *rules);

/* Returns the number of rules that the file has. */
size_t rules_count(const struct rules *rules);

/* Returns what the first rule that matches says of a packet. headers: the parsed headers of the
 * packet; direction: its direction, which rules with in or out need. The rules are tried one after
 * the other, so the time grows with their number. */
enum rules_verdict rules_match(const struct rules *rules, const struct headers *headers,
			       struct span packet, enum direction direction);

#endif
