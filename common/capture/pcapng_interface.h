/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the options of a pcapng interface description say (draft-ietf-opsawg-pcapng). */
#ifndef VTAP_CAPTURE_PCAPNG_INTERFACE_H
#define VTAP_CAPTURE_PCAPNG_INTERFACE_H

#include "base/error.h"
#include "packet/packet.h"

/* An element of the array of a section's interfaces, whose index is the interface's number. */
struct pcapng_numbered {
	const struct interface *interface;
	uint64_t ns_per_tick; /* factor from ticks to nanoseconds, for ticks below ticks_end */
	uint64_t ticks_end;   /* 0 if there is no such factor */
};

/*
 * Sets name, description, ticks_per_s and offset_s of an interface from its options, in the byte
 * order of its section. text: as many writable bytes as the options have; name and description then
 * point there. Returns false and sets err if the resolution of its times is beyond 64 bits.
 */
bool pcapng_interface_options(struct interface *interface, uint8_t *text, struct error *err);

/* Returns the interface with the factor of its ticks. */
struct pcapng_numbered pcapng_interface_numbered(const struct interface *interface);

#endif
