/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The origin that vtap-decap wrote into the name of an interface: the tunnels that it took off the
 * packets there. With them the keys of tunnels stay known behind vtap-decap.
 */
#ifndef VTAP_KEY_INTERFACE_ORIGIN_H
#define VTAP_KEY_INTERFACE_ORIGIN_H

#include "tunnel/origin.h"

struct interface_origin {
	uint32_t serial; /* of the interface; 0: the entry is free */
	uint32_t len;	 /* bytes of key; 0: the name is the name of no origin */
	uint8_t key[ORIGIN_KEY_MAX];
};

enum { INTERFACE_ORIGINS = 64 }; /* interfaces remembered; one of the same slot replaces another */

struct interface_origins {
	struct interface_origin slot[INTERFACE_ORIGINS];
};

/* Parses the name of an interface into its slot, in the place of another interface. */
void interface_origin_learn(struct interface_origin *slot, const struct interface *interface);

/* Returns the origin that the name of an interface has. It holds until the next call. */
static inline const struct interface_origin *
interface_origin_find(struct interface_origins *origins, const struct interface *interface)
{
	struct interface_origin *slot = &origins->slot[interface->serial % INTERFACE_ORIGINS];

	if (slot->serial != interface->serial)
		interface_origin_learn(slot, interface);
	return slot;
}

#endif
