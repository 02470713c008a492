/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of network interfaces of this host, through libpcap (TPACKET_V3). Used where they lie in
 * the kernel's ring, VLAN tags put back. Packets of several interfaces, and of the two directions
 * where they are told apart, come in the order of their times.
 */
#ifndef VTAP_LIVE_INTERFACES_H
#define VTAP_LIVE_INTERFACES_H

#include <stdio.h>

#include "capture/source.h"
#include "packet/direction.h"

enum { INTERFACES_MAX = 16 };

struct interfaces_config {
	const char *const *interfaces; /* names; "any" is all */
	unsigned count;
	const char *filter; /* pcap-filter(7), run by the kernel; NULL or "": everything */
	bool promiscuous;
	uint64_t buffer;       /* bytes of ring an interface */
	enum direction wanted; /* unknown: both */
	bool directions; /* every packet has epb_flags with its direction; costs a second ring where
			    `wanted` does not say it already */
	bool follow;	 /* wait for interfaces that are not there, take them up again */
	/* Things a person wants to hear ("br0 is gone; waiting for it"); never called for a packet.
	 */
	void (*say)(void *arg, const char *text);
	void *say_arg;
};

/*
 * config's strings must outlive the source. NULL and err: no such interface (without follow), no
 * permission, a filter that does not compile (error_usage). Its struct source has drains set: after
 * interrupt_seen() it gives what the rings hold, for a second at most, and ends: what is left then
 * is kernel_dropped. Interfaces have 10^9 ticks a second, their device's name, and mtu.
 */
struct source *interfaces_open(const struct interfaces_config *config, struct error *err);

struct interfaces_counts {
	uint64_t kernel_dropped;    /* the ring was full, or not empty at the end */
	uint64_t interface_dropped; /* by the device or its driver, as libpcap knows it */
	uint64_t interface_gaps;    /* times that an interface was away */
	uint64_t gap_ns;
};

/* So far, over all interfaces, those that went too. */
void interfaces_counts(const struct source *source, struct interfaces_counts *counts);

/* For -D: a line for each interface: name, state, addresses, description. Needs no rights. */
bool interface_list_print(FILE *to, struct error *err);

#endif
