/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MPLS label stack as part of a tunnel header: of MPLS in UDP, GRE, GENEVE, GUE and PPP. */
#ifndef VTAP_ENCAP_MPLS_H
#define VTAP_ENCAP_MPLS_H

#include "encap/codec.h"

/*
 * Parses a label stack (RFC 3032) at offset tunnel->header_len, adds its bytes and those of a
 * pseudowire's control word to tunnel->header_len, and sets tunnel->linktype to what they carry.
 * *label is the label at the bottom of the stack. Returns ENCAP_UNSUPPORTED if the payload looks
 * like neither IP nor Ethernet, and ENCAP_TRUNCATED if bytes are missing.
 */
enum encap_verdict mpls_stack_parse(struct span bytes, struct tunnel *tunnel, uint32_t *label);

#endif
