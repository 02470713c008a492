/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of pcapng interface descriptions (draft-ietf-opsawg-pcapng), read and made. */
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
 * Sets name, description, ticks_per_s, fcs_len and offset_s of an interface from its options, in
 * the byte order of its section. text: as many writable bytes as the options have; name and
 * description then point there. Returns false and sets err if the resolution of its times is beyond
 * 64 bits.
 */
bool pcapng_interface_options(struct interface *interface, uint8_t *text, struct error *err);

/* Returns the bytes of a frame check sequence from the value of an if_fcslen option. That is in
 * bits; numbers below 8 are taken for bytes, which some writers mean (Wireshark reads both). */
uint32_t pcapng_interface_fcs_len(struct span value);

/* Returns the interface with the factor of its ticks. */
struct pcapng_numbered pcapng_interface_numbered(const struct interface *interface);

/* Returns the bytes that the options of pcapng_interface_make_options() take at most. */
size_t pcapng_interface_options_max(const struct interface *interface);

/*
 * Writes name, description, resolution, FCS length and offset of an interface as options, without
 * an end mark, for interfaces that come from no pcapng file. swapped: not in this host's byte
 * order. Returns their length in bytes.
 */
size_t pcapng_interface_make_options(const struct interface *interface, bool swapped, uint8_t *at);

#endif
