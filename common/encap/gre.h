/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GRE header, which the codecs of GRE and ERSPAN have in common. */
#ifndef VTAP_ENCAP_GRE_H
#define VTAP_ENCAP_GRE_H

#include "encap/codec.h"

/* Protocol types of ERSPAN I and II, and of ERSPAN III, for which some tools have 0x88EB. */
enum { GRE_ERSPAN = 0x88BE, GRE_ERSPAN3 = 0x22EB };

struct gre {
	uint16_t protocol; /* protocol type; 0 if it is cut off */
	uint8_t version;
	bool has_sequence;   /* the S flag */
	uint32_t header_len; /* bytes */
};

/*
 * Parses a GRE header (RFC 2784 section 2, RFC 2890 section 2). Sets tunnel's sequence number and
 * anomalies, and its id to the key. gre->protocol and gre->has_sequence are also valid after
 * ENCAP_TRUNCATED and ENCAP_MALFORMED. The caller checks the version.
 */
enum encap_verdict gre_header_parse(struct gre *gre, struct span bytes, struct tunnel *tunnel);

/*
 * Writes a GRE header with that protocol type and returns its length. The key is what->id, the
 * sequence number what->sequence. If room is too short, it writes any part and returns the full
 * length.
 */
size_t gre_header_build(uint16_t protocol, bool has_key, bool has_sequence,
			const struct tunnel_build *what, struct patch room);

#endif
