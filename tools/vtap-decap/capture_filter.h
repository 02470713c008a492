/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns the encapsulations that -e, --port and -l select into a filter expression for the kernel
 * (pcap-filter(7)), so that a capture with -i only receives packets that may be tunnels.
 */
#ifndef VTAP_DECAP_CAPTURE_FILTER_H
#define VTAP_DECAP_CAPTURE_FILTER_H

#include "base/error.h"
#include "encap/encap.h"

enum {
	/* UDP ports: up to 4 of each codec, and those of --port. */
	CAPTURE_FILTER_PORTS_MAX = 4 * 32 + ENCAP_MAX_PORTS,
	/* Bytes of the expression with its NUL; room for all ports three times. */
	CAPTURE_FILTER_MAX = 16384,
};

/*
 * Fills ports with the UDP ports of the selected encapsulations, each port once, in host byte
 * order. Returns the number of ports.
 */
unsigned capture_filter_ports(const struct encap_select *select,
			      uint16_t ports[CAPTURE_FILTER_PORTS_MAX]);

/*
 * Writes a filter expression that passes the selected tunnels, whole or in IP fragments, and IPv6
 * packets with extension headers, behind which a tunnel may stand. If tagged is true, it also
 * passes tunnels behind up to two VLAN tags, and everything behind more of them, MPLS, PPPoE, SNAP
 * and the tags of switches; such an expression compiles for Ethernet only. The expression passes
 * too much rather than too little: nobody would count a tunnel that the kernel's filter drops.
 */
void capture_filter_text(const struct encap_select *select, bool tagged,
			 char filter[CAPTURE_FILTER_MAX]);

#endif
