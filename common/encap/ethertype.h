/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EtherTypes by which GENEVE and GRE name payloads that vtap supports: Ethernet, IPv4, IPv6,
 * and MPLS and PPP with these inside. VXLAN-GPE has other numbers, and chooses one by
 * ethertype_of(). */
#ifndef VTAP_ENCAP_ETHERTYPE_H
#define VTAP_ENCAP_ETHERTYPE_H

#include "encap/ip_version.h"
#include "header/fields.h"

/* Does what ethertype_payload() does, for MPLS and PPP. */
enum encap_verdict ethertype_labelled(uint16_t ethertype, struct span bytes, struct tunnel *tunnel);

/*
 * Finds out what a tunnel carries that says it by an EtherType: sets tunnel->linktype. The tunnel
 * header has tunnel->header_len bytes so far; an MPLS label stack or a PPP header behind it is
 * added to them, and what counts is what those carry. Returns ENCAP_UNSUPPORTED if that is neither
 * Ethernet nor IP, and ENCAP_TRUNCATED if bytes are missing.
 */
static inline enum encap_verdict ethertype_payload(uint16_t ethertype, struct span bytes,
						   struct tunnel *tunnel)
{
	tunnel->linktype = ethertype == ETHERTYPE_BRIDGED ? LINK_ETHERNET : LINK_RAW;
	if (ethertype == ETHERTYPE_BRIDGED || ethertype == ETHERTYPE_IPV4 ||
	    ethertype == ETHERTYPE_IPV6)
		return ENCAP_OK;
	return ethertype_labelled(ethertype, bytes, tunnel);
}

/* Returns the EtherType of a payload by its link type and IP version; 0 if it is neither Ethernet
 * nor IP, or if its IP version is not the one of its link type (228 and 229). */
static inline uint16_t ethertype_of(const struct tunnel_build *what)
{
	unsigned version = 0;

	ip_version_read(what->payload, 0, &version);
	switch (what->linktype) {
	case LINK_ETHERNET:
		return ETHERTYPE_BRIDGED;
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
		break;
	case LINK_IPV4:
		return version == 4 ? ETHERTYPE_IPV4 : 0;
	case LINK_IPV6:
		return version == 6 ? ETHERTYPE_IPV6 : 0;
	default:
		return 0;
	}
	if (version == 4)
		return ETHERTYPE_IPV4;
	return version == 6 ? ETHERTYPE_IPV6 : 0;
}

#endif
