/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "encap/ethertype.h"

#include "encap/mpls.h"
#include "encap/ppp.h"

enum encap_verdict ethertype_labelled(uint16_t ethertype, struct span bytes, struct tunnel *tunnel)
{
	uint32_t label;

	switch (ethertype) {
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return mpls_stack_parse(bytes, tunnel, &label);
	case ETHERTYPE_PPP:
		return ppp_parse(bytes, tunnel);
	}
	return ENCAP_UNSUPPORTED;
}
