/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source that captures packets on network interfaces of this host, through libpcap and its packet
 * rings (packet(7), TPACKET_V3). Packets are used where they lie in the ring. Those of several
 * interfaces, and of both directions where they are told apart, come in the order of their times.
 */
#ifndef VTAP_LIVE_INTERFACES_H
#define VTAP_LIVE_INTERFACES_H

#include "capture/source.h"
#include "packet/direction.h"

enum { INTERFACES_MAX = 16 }; /* interfaces_open() refuses more */

struct interfaces_config {
	const char *const *interfaces; /* names; "any" stands for all interfaces */
	unsigned count;		       /* of names: 1 to INTERFACES_MAX */
	const char *filter; /* pcap-filter(7), applied by the kernel; NULL or "" for all packets */
	/* The filter of interfaces without Ethernet headers, for which some expressions do not
	 * compile (`vlan`); NULL if it is `filter`. */
	const char *bare_filter;
	bool promiscuous;
	uint64_t buffer;       /* bytes of the packet ring of each interface */
	enum direction wanted; /* DIRECTION_UNKNOWN for both */
	bool directions;       /* every packet gets the option epb_flags with its direction; needs a
				  second ring for each interface if both directions are wanted */
	bool follow; /* wait for interfaces that do not exist, and open again those that return;
			otherwise the source ends with an error once one vanishes */
	/* Called with a message for the user when an interface vanishes or appears. May be NULL. */
	void (*say)(void *arg, const char *text);
	void *say_arg; /* first argument of say */
};

/*
 * Opens the interfaces. The strings of config must live as long as the source. Packets are on one
 * struct interface for each network interface, with 10^9 ticks a second and the MTU. The source
 * drains: after interrupt_seen() it delivers what the rings hold, for a second at most, then ends;
 * what is left counts as kernel_dropped. It also ends, with SOURCE_ERROR and after what the rings
 * hold, if a ring breaks or an interface vanishes without config.follow.
 * Returns NULL and sets err if an interface does not exist (unless config.follow is set), the right
 * is missing (CAP_NET_RAW), or the filter does not compile (an error of usage). The caller ends
 * with source_close().
 */
struct source *interfaces_open(const struct interfaces_config *config, struct error *err);

struct interfaces_counts {
	uint64_t kernel_dropped;     /* packets for which the ring had no room, or no time was left
					at the end */
	uint64_t interface_dropped;  /* packets dropped by the device or its driver, as libpcap
					counts them */
	uint64_t interface_gaps;     /* times that an interface vanished */
	uint64_t interface_replaced; /* times that another interface had the name afterwards: its
					MAC address, type or kind differs */
	uint64_t gap_ns;	     /* time that interfaces were away, summed */
};

/* Fills counts with the sums over all interfaces so far, vanished ones included. To be called
 * before source_close(). */
void interfaces_counts(const struct source *source, struct interfaces_counts *counts);

/*
 * Calls each(arg, name, kernel_dropped, interface_dropped) for every interface, with what it lost
 * so far. The name lives as long as the source. To be called before source_close().
 */
void interfaces_each(const struct source *source,
		     void (*each)(void *arg, const char *name, uint64_t kernel_dropped,
				  uint64_t interface_dropped),
		     void *arg);

#endif
