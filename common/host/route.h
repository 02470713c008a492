/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the kernel's routing table how a packet would leave this host: by which device, from which
 * address, by which router and with which MTU. rtnetlink(7), through libmnl.
 */
#ifndef VTAP_HOST_ROUTE_H
#define VTAP_HOST_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* An IPv4 address fills the first 4 bytes of an address field; the other bytes are 0. */
struct route {
	uint32_t device;	 /* index of the interface that packets leave by */
	uint8_t source[16];	 /* address that the caller asked for, else the one that the kernel
				    chooses */
	bool has_gateway;	 /* false if the destination itself is the next hop */
	uint8_t gateway_version; /* 4 or 6; an IPv4 route may have an IPv6 router (RFC 5549) */
	uint8_t gateway[16];	 /* the router; valid if has_gateway is true */
	uint32_t mtu; /* bytes of an IP packet: MTU of the route, else mtu or mtu6 of the device */
	bool local;   /* the destination is an address of this host */
	bool encapsulated; /* the kernel adds headers of its own (MPLS, SRv6); frames from a packet
			      socket would bypass them and not arrive */
};

/*
 * Finds the route to destination, an address of 4 or 16 bytes as version (4 or 6) says.
 * source is the address that packets are to come from, or NULL; policy routing by source is
 * applied if source is an address of this host. device is the index of the only interface to be
 * considered, or 0 for any; an IPv6 link-local destination without one is an error whose number is
 * 0. If the kernel has no source address for the route, route->source is all zeros.
 * Returns false and sets err ("no route to 10.0.0.9") if there is no route. Then err->number is the
 * kernel's reason: ENETUNREACH, EHOSTUNREACH, EACCES for a prohibit route, EINVAL for a blackhole.
 * Also returns false and sets err if netlink fails.
 */
bool route_find(struct route *route, uint8_t version, const uint8_t *destination,
		const uint8_t *source, uint32_t device, struct error *err);

/*
 * Returns true if err, which route_find() has set, says that there is no route: one may come later.
 * Returns false if the kernel could not be asked, or the question itself was wrong.
 */
bool route_is_missing(const struct error *err);

#endif
