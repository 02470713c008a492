/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of the output of vtap-tap: one for each target. A packet's options are in the byte
 * order of its section, so each section gets interfaces of its own. A pcap has the time resolution
 * of the input, so new interfaces are also made for the first packet with finer times.
 */
#ifndef VTAP_TAP_INTERFACES_H
#define VTAP_TAP_INTERFACES_H

#include "tap_emit.h"

/* If all is zero, there are none. */
struct tap_interfaces {
	const struct interface *in;	/* interface of the last packet */
	struct tap_interface_set *sets; /* of all sections, the newest first */
	const struct section *section;	/* of the newest */
	bool nano;			/* the newest have nanoseconds, else microseconds */
	bool finer; /* some interface of the section has finer times than microseconds */
};

/* Frees the interfaces, not *interfaces itself. */
void tap_interfaces_free(struct tap_interfaces *interfaces);

/* Notes what a section or an interface of the input means for those of the output. */
void tap_interfaces_see(struct tap_interfaces *interfaces, const struct block *block);

/* The part of tap_interfaces_enter() for a packet of another interface than the last one. */
bool tap_interfaces_change(struct tap_interfaces *interfaces, struct tap_emit *emit,
			   const struct interface *in, struct error *err);

/*
 * Sets the interface of each target in *emit to one that is right for a packet of the interface
 * `in`. Returns false and sets err if there is no memory.
 */
static inline bool tap_interfaces_enter(struct tap_interfaces *interfaces, struct tap_emit *emit,
					const struct interface *in, struct error *err)
{
	return in == interfaces->in || tap_interfaces_change(interfaces, emit, in, err);
}

#endif
