/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What -e and --port select, as a filter for the kernel (pcap-filter(7)). */
#ifndef VTAP_DECAP_CAPTURE_FILTER_H
#define VTAP_DECAP_CAPTURE_FILTER_H

#include "base/error.h"
#include "encap/encap.h"

enum { CAPTURE_FILTER_PORTS_MAX = 4 * 32 + ENCAP_MAX_PORTS, CAPTURE_FILTER_MAX = 16384 };

/* The UDP ports of the selected encapsulations, each once; returns how many. */
unsigned capture_filter_ports(const struct encap_select *select,
			      uint16_t ports[CAPTURE_FILTER_PORTS_MAX]);

/*
 * Passes the tunnels that are selected, whole or as fragments, and whatever might have one behind
 * IPv6 extension headers; with tagged, which needs interfaces of Ethernet, also behind up to two
 * VLAN tags, and everything behind more of them, MPLS labels, PPPoE, SNAP and the tags of switches.
 * Never false: a filter that holds too little would lose packets that nobody counts.
 */
void capture_filter_text(const struct encap_select *select, bool tagged,
			 char filter[CAPTURE_FILTER_MAX]);

#endif
