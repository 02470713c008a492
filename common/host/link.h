/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks what the kernel knows of one network interface: index, name, MTU, type, state. An answer is
 * a snapshot; host/monitor.h tells when to ask again. rtnetlink(7), through libmnl.
 */
#ifndef VTAP_HOST_LINK_H
#define VTAP_HOST_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct link {
	uint32_t index; /* 1 or more, as if_nametoindex(3) returns it */
	char name[16];	/* IFNAMSIZ bytes, with the NUL */
	uint32_t mtu;	/* bytes */
	uint32_t mtu6;	/* bytes; IPv6's own MTU, which a router advertisement can lower (RFC 4861
			   section 4.6.4); 0 if the interface has no IPv6 */
	uint16_t type;	/* ARPHRD_ number, net/if_arp.h */
	uint8_t mac[6]; /* zeros if the interface has no address of 6 bytes */
	bool up;	/* administratively up (IFF_UP) */
	bool running;	/* has a carrier (IFF_RUNNING) */
	char kind[16];	/* of a virtual device, such as "vxlan" or "bridge"; empty for hardware */
	bool hardware; /* a bus has it (PCI, virtio, USB): /sys/class/net/NAME/device exists; before
			  Linux 5.14 always false, since netlink does not tell */
	uint32_t lower;	 /* index of the interface that this one stands on (VLAN, macvlan), or of a
			    veth's peer; 0 if it is in another network namespace, or there is none */
	uint32_t master; /* index of the bond or bridge that this one is a port of; 0 if none */
	uint16_t port;	 /* UDP port of a vxlan, geneve or bareudp device that is up; else 0 */
};

/*
 * Finds an interface by name, or by index if name is NULL.
 * Returns false and sets err if there is none (err->number is ENODEV) or netlink fails (err->number
 * is another one, and the interface may well exist).
 */
bool link_find(struct link *link, const char *name, uint32_t index, struct error *err);

/* All interfaces at one moment. */
struct link_list {
	struct link *links; /* ordered by name */
	size_t count;
};

/* Reads all interfaces. Returns false and sets err if netlink fails or there is no memory;
 * otherwise the caller frees with link_list_free(). */
bool link_list_read(struct link_list *list, struct error *err);

/* Returns the interface of that name, which lives as long as the list, or NULL if there is none. */
const struct link *link_list_find(const struct link_list *list, const char *name);

/* Returns the interface with that index, or NULL if there is none. */
const struct link *link_list_find_index(const struct link_list *list, uint32_t index);

void link_list_free(struct link_list *list);

/*
 * Returns true if packets that leave by an interface reach no network card of this host that
 * netlink shows: neither the interface nor all that it is stacked on (VLAN, macvlan, bond) are
 * hardware. So it is, too, where the one below is in another network namespace. Returns false as
 * well if netlink fails.
 */
bool link_lacks_hardware(uint32_t index);

/*
 * Finds the tunnel device of the kernel that is bound to UDP port `port`. Returns false and leaves
 * *link as it was if there is none or netlink fails.
 */
bool link_find_by_port(struct link *link, uint16_t port);

#endif
