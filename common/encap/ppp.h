/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PPP header as part of a tunnel header, as GRE and GENEVE carry it. */
#ifndef VTAP_ENCAP_PPP_H
#define VTAP_ENCAP_PPP_H

#include "encap/codec.h"

/*
 * Parses a PPP header (RFC 1661 section 2), with or without the address and control fields of
 * HDLC-like framing (RFC 1662), at offset tunnel->header_len, adds its bytes and those of MPLS
 * labels to tunnel->header_len, and sets tunnel->linktype to what it carries. Returns
 * ENCAP_UNSUPPORTED if that is neither IP nor MPLS (link control, authentication, compression), and
 * ENCAP_TRUNCATED if bytes are missing.
 */
enum encap_verdict ppp_parse(struct span bytes, struct tunnel *tunnel);

#endif
