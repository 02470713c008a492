/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's tables say about the way to an address; rtnetlink(7), through libmnl. */
#ifndef VTAP_HOST_ROUTE_H
#define VTAP_HOST_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct route {
	uint32_t device;    /* interface index */
	uint8_t source[16]; /* the address that the kernel would send from; IPv4: the first 4 bytes
			     */
	bool has_gateway;
	uint8_t gateway_version; /* 4 or 6: IPv4 may go by an IPv6 router */
	uint8_t gateway[16];
	uint32_t mtu;	   /* of the route, else of the device for that version */
	bool local;	   /* to this host itself, by the loopback device */
	bool encapsulated; /* the kernel puts more in front (MPLS, SRv6): frames of one's own would
			      not arrive */
};

/*
 * source: NULL, or the address it shall be sent from; policy routing by source holds for those of
 * this host only. device: 0, or the index of the only interface that will do; an IPv6 link-local
 * destination needs one. route->source is 0.0.0.0 when no address of this host fits. False and err
 * ("no route to 10.0.0.9"; err->number says why: ENETUNREACH, EHOSTUNREACH, EACCES for prohibit,
 * EINVAL for blackhole).
 */
bool route_find(struct route *route, uint8_t version, const uint8_t *destination,
		const uint8_t *source, uint32_t device, struct error *err);

struct neighbour {
	uint8_t mac[6];
	bool known; /* resolved and usable */
};

/* The next hop's MAC address, from the kernel's table; asks the kernel to find it out when it is
 * not there (known is then false: try again later). False and err when netlink failed. */
bool neighbour_lookup(struct neighbour *neighbour, uint32_t device, uint8_t version,
		      const uint8_t *address, struct error *err);

/* True when an IPsec policy for outgoing packets exists on this host, or it can't be known: the
 * kernel tells only who has CAP_NET_ADMIN, so ask before privileges_drop(). */
bool xfrm_has_policies(void);

/* Addresses of this host: those a tunnel of it can come from. */
struct local_addresses;
/* NULL and err. Reads them once. */
struct local_addresses *local_addresses_new(struct error *err);
/* version 4 or 6. */
bool local_addresses_has(const struct local_addresses *local_addresses, uint8_t version,
			 const uint8_t *address);
/* Reads them again; on failure the old ones stay. */
bool local_addresses_refresh(struct local_addresses *local_addresses, struct error *err);
void local_addresses_free(struct local_addresses *local_addresses);

/* One device. */
struct link {
	uint32_t index;
	char name[16];
	uint32_t mtu;
	uint32_t mtu6; /* of IPv6 there, which a router can lower (RFC 4861 section 4.6.4); 0: no
			  IPv6 */
	uint16_t type; /* ARPHRD_ */
	uint8_t mac[6];
	bool up;       /* administratively: IFF_UP */
	char kind[16]; /* "vxlan", "bridge"; empty: a physical one or unknown */
	uint16_t port; /* UDP port of a vxlan, geneve or bareudp device that is up; else 0 */
};

/* By name, or by index when name is NULL. False and err->number ENODEV: there is none. */
bool link_find(struct link *link, const char *name, uint32_t index, struct error *err);
/* The device of the kernel that holds a UDP port for tunnels; false: none. */
bool link_of_port(struct link *link, uint16_t port);

/* Tells of changes: a descriptor to poll for reading. */
struct monitor;
enum {
	MONITOR_LINKS = 1,
	MONITOR_ADDRESSES = 2,
	MONITOR_ROUTES = 4,
	MONITOR_NEIGHBOURS = 8,
	MONITOR_QUEUES = 16
};
struct monitor *monitor_open(unsigned what, struct error *err);
int monitor_fd(const struct monitor *watch);
/* Reads all that is waiting, never blocks: the MONITOR_ bits of what changed (all of them after an
 * overrun). */
unsigned monitor_read(struct monitor *watch);
void monitor_close(struct monitor *watch);

#endif
