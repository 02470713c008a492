/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what taps say of a packet in the GENEVE option of vtap-tap --meta (encap/geneve_meta.h):
 * its length and time before it was mirrored, its direction, its number, and the tap's name.
 */
#ifndef VTAP_TUNNEL_TAP_META_H
#define VTAP_TUNNEL_TAP_META_H

#include "encap/geneve_meta.h"
#include "tunnel/peel.h"

/* The options of one packet. */
struct tap_meta {
	unsigned count;		     /* options in of[] */
	uint64_t unknown, malformed; /* options of an unknown version, and malformed ones */
	/* The options, from the outermost tunnel inwards. */
	struct {
		uint32_t layer; /* index of the tunnel in struct peel */
		struct geneve_meta meta;
	} of[PEEL_MAX];
};

/* Reads the options of all tunnels that were taken off packet. */
void tap_meta_read(struct tap_meta *tap_meta, const struct peel *peel, struct span packet);

/*
 * Returns the option of the innermost tap, which was nearest to the packet's sender and so knows
 * the packet as it was. Returns NULL if there is no option.
 */
const struct geneve_meta *tap_meta_last(const struct tap_meta *tap_meta);

/*
 * Returns the bytes on the wire of what is left of the packet, as the innermost tap says, or
 * peel->len if no tap says more.
 */
uint32_t tap_meta_len(const struct tap_meta *tap_meta, const struct peel *peel);

/* Returns the direction that the innermost tunnel with one says, in its header (ERSPAN III) or in
 * an option: 1 is inbound, 2 outbound, 0 unknown. */
uint8_t tap_meta_direction(const struct tap_meta *tap_meta, const struct peel *peel);

#endif
