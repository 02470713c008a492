/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The option that `vtap-tap --meta` puts into GENEVE: what the packet was before it was cut and
 * sent. Experimental class (RFC 8926 section 7), not critical: others skip it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+---------------+-----+---------+
 *   |      option class 0xFF56      |   type 0x01   |  0  | length  |
 *   +---------------+-----------+-+-+---------------+-----+---------+
 *   |   version 1   |     0     |t|d|               0               |
 *   +---------------+-----------+-+-+-------------------------------+
 *   |                        original length                        |
 *   +---------------------------------------------------------------+
 *   |             time in nanoseconds since 1970 (if t)             |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *   |                           instance                            |
 *   +---------------------------------------------------------------+
 *   |                           sequence                            |
 *   +---------------------------------------------------------------+
 *   |        name in UTF-8, zeros up to a multiple of 4  ...        |
 *   +---------------------------------------------------------------+
 */
#ifndef VTAP_ENCAP_GENEVE_META_H
#define VTAP_ENCAP_GENEVE_META_H

#include "encap/codec.h"

enum {
	META_OPTION = 0xFF5601, /* class and type */
	META_NAME_MAX = 64,	/* bytes */
	META_LEN_MAX = 28 + META_NAME_MAX,
};

struct meta {
	uint32_t len;	   /* of the original packet, on the wire */
	bool has_time;	   /* else time_ns is 0 */
	int64_t time_ns;   /* since 1970; before that as two's complement */
	uint32_t instance; /* random, another one at each start of the tap */
	uint32_t sequence; /* from 0, one a packet and target */
	uint8_t direction; /* 1 in, 2 out, 0 unknown */
	char name[META_NAME_MAX + 1];
};

enum meta_verdict {
	META_OK,
	META_UNKNOWN_VERSION, /* of a later vtap: to be ignored and counted */
	META_MALFORMED,
};

/* Sets meta->name: cut to META_NAME_MAX bytes between characters; control characters and what is
 * no UTF-8 become '?'. */
void meta_set_name(struct meta *meta, struct span name);

/* Writes the whole option; returns its length, a multiple of 4. As encap.build for a short room. */
size_t meta_build(const struct meta *meta, struct patch room);

/* option: from tunnel.meta on, as far as there are bytes. *meta holds after META_OK. Its name is
 * as meta_set_name() makes it, whatever was sent. */
enum meta_verdict meta_parse(struct span option, struct meta *meta);

#endif
