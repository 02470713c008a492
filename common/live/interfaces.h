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

/* Bytes of the packet rings of all interfaces together, unless config.buffer says how large each
 * is. With more than 512 rings, or for interfaces that come when all is taken, each ring has 256
 * KiB nevertheless. */
enum { INTERFACES_MEMORY = 256 << 20 };

struct interfaces_config {
	/* Names, and patterns of names as of a shell (fnmatch(3)), which stand for all interfaces
	 * that are up, and with `follow` for those that come. The name "any" is that of a device
	 * for all interfaces. */
	const char *const *interfaces;
	unsigned count;	    /* of them; 1 or more */
	const char *filter; /* pcap-filter(7), applied by the kernel; NULL or "" for all packets */
	/* The filter of interfaces without Ethernet headers, for which some expressions do not
	 * compile (`vlan`); NULL if it is `filter`. */
	const char *bare_filter;
	bool promiscuous;
	uint64_t buffer;       /* bytes of each packet ring; 0: by the number of interfaces */
	enum direction wanted; /* DIRECTION_UNKNOWN for both */
	bool directions;       /* every packet gets the option epb_flags with its direction; needs a
				  second ring for each interface if both directions are wanted */
	bool follow; /* wait for interfaces that do not exist, and open again those that return;
			otherwise the source ends with an error once one vanishes */
	/* Called with a message for the user when an interface vanishes or appears. May be NULL. */
	void (*say)(void *arg, const char *text);
	void *say_arg; /* first argument of say */
};

/* Returns true if a text is a pattern: it has one of `*?[`. */
bool interfaces_is_pattern(const char *text);

/* Returns true if a pattern matches the name of an interface. */
bool interfaces_match(const char *pattern, const char *name);

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

/*
 * Replaces the filter of all interfaces, those that come later included. The strings are those of
 * struct interfaces_config and must live until they are replaced. The kernel judges each frame by
 * one of both filters, and none is lost. Returns false and sets err if the filter does not compile
 * for some interface, or if the kernel cannot run it; then nothing changes.
 */
bool interfaces_set_filter(struct source *source, const char *filter, const char *bare_filter,
			   struct error *err);

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

/*
 * Calls each(arg, name, up) for each name in config.interfaces and each interface that a pattern
 * stands for: up is false if it is away or down. Of those that a pattern stands for, only the ones
 * that are there are told; if there is none, up is false for the pattern.
 */
void interfaces_each(const struct source *source,
		     void (*each)(void *arg, const char *name, bool up), void *arg);

/* Fills counts with the sums over all interfaces so far, vanished ones included. To be called
 * before source_close(). */
void interfaces_counts(const struct source *source, struct interfaces_counts *counts);

/*
 * Calls each(arg, name, kernel_dropped, interface_dropped) for every interface, with what it lost
 * so far. The name is valid during the call. To be called before source_close().
 */
void interfaces_each_loss(const struct source *source,
			  void (*each)(void *arg, const char *name, uint64_t kernel_dropped,
				       uint64_t interface_dropped),
			  void *arg);

#endif
