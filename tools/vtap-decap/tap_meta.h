/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What taps say of a packet in GENEVE's meta options (encap/geneve_meta.h). */
#ifndef VTAP_DECAP_TAP_META_H
#define VTAP_DECAP_TAP_META_H

#include "encap/geneve_meta.h"
#include "tunnel/peel.h"

struct tap_meta {
	unsigned count;
	uint64_t unknown, malformed; /* options that say nothing to us */
	/* Of the tunnels taken off, from the outside. */
	struct {
		uint32_t layer; /* which tunnel */
		struct geneve_meta meta;
	} of[PEEL_MAX];
};

/* Reads the options of all tunnels that were taken off. of[] beyond count is not touched. */
void tap_meta_read(struct tap_meta *tap_meta, const struct peel *peel, struct span packet);

/* The tap next to the packet's origin, whose words hold for it; NULL: none. */
const struct geneve_meta *tap_meta_last(const struct tap_meta *tap_meta);

/* The true length of what is left, by that tap; peel->len where it does not know better. */
uint32_t tap_meta_len(const struct tap_meta *tap_meta, const struct peel *peel);

#endif
