/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GRE header, as GRE itself and the ERSPANs share it. */
#ifndef VTAP_ENCAP_GRE_H
#define VTAP_ENCAP_GRE_H

#include "encap/codec.h"

enum { GRE_ERSPAN = 0x88BE, GRE_ERSPAN3 = 0x22EB }; /* 22EB, not 88EB as some tools have it */

struct gre {
	uint16_t protocol; /* 0 when even that is cut off */
	uint8_t version;
	bool has_sequence; /* the S flag */
	uint32_t header_len;
};

/*
 * Parses RFC 2784 section 2 and RFC 2890 section 2; sets tunnel's sequence, anomalies and, from
 * the key, the id. gre->protocol and has_sequence also hold after ENCAP_CUT and ENCAP_MALFORMED.
 * The version is the caller's to judge.
 */
enum encap_verdict gre_parse(struct gre *gre, struct span bytes, struct tunnel *tunnel);

/* Writes the header, with the key what->id and the sequence number if so said; returns its length.
 * As encap.build for a short room. */
size_t gre_build(uint16_t protocol, bool has_key, bool has_sequence,
		 const struct tunnel_build *what, struct patch room);

#endif
