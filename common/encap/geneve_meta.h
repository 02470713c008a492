/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds and parses the GENEVE option of `vtap-tap --meta`, which tells vtap-decap what the packet
 * was before the tap snapped and sent it. Its class is experimental (RFC 8926 section 7), and it
 * is not critical, so that other receivers skip it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+---------------+-----+---------+
 *   |      option class 0xFF56      |   type 0x01   |  0  | length  |
 *   +---------------+---------+-+---+---------------+-----+---------+
 *   |   version 1   |    0    |t| d |               0               |
 *   +---------------+---------+-+---+-------------------------------+
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
 *
 * The bit t says that the time is known; the two bits of d are the direction: 1 in, 2 out, 0 if it
 * is unknown.
 */
#ifndef VTAP_ENCAP_GENEVE_META_H
#define VTAP_ENCAP_GENEVE_META_H

#include "encap/codec.h"

enum {
	GENEVE_META_OPTION = 0xFF5601, /* class and type */
	GENEVE_META_NAME_MAX = 64,     /* bytes of a name; what is longer is cut */
	GENEVE_META_LEN_MAX = 28 + GENEVE_META_NAME_MAX, /* bytes of the longest option */
};

/* What the option says of a packet. */
struct geneve_meta {
	uint32_t len;	   /* bytes of the original packet on the wire */
	bool has_time;	   /* the capture time is known */
	int64_t time_ns;   /* capture time since 1970, negative before; 0 without has_time */
	uint32_t instance; /* random number of the tap, a new one at each start */
	uint32_t sequence; /* number of the packet, from 0 for each target */
	uint8_t direction; /* 1 in, 2 out; 0 if unknown */
	char name[GENEVE_META_NAME_MAX + 1]; /* name of the tap */
};

enum geneve_meta_verdict {
	GENEVE_META_OK,
	GENEVE_META_UNKNOWN_VERSION, /* a later vtap sent it: ignore it, and count it */
	GENEVE_META_MALFORMED,
};

/* Sets meta->name to the bytes of name up to the first NUL. Cuts it to GENEVE_META_NAME_MAX bytes,
 * between characters, and replaces control characters and invalid UTF-8 by '?'. */
void geneve_meta_set_name(struct geneve_meta *meta, struct span name);

/* Writes the option and returns its length in bytes, a multiple of 4. If room is too short, it
 * writes any part and returns the full length. */
size_t geneve_meta_build(const struct geneve_meta *meta, struct patch room);

/* Parses an option. option: the packet's bytes from tunnel.meta on. *meta is valid only after
 * GENEVE_META_OK; its name is what geneve_meta_set_name() makes of the one that was sent. */
enum geneve_meta_verdict geneve_meta_parse(struct span option, struct geneve_meta *meta);

#endif
