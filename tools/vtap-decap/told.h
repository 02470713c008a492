/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What taps say of a packet in GENEVE's meta options (encap/meta.h). */
#ifndef VTAP_DECAP_TOLD_H
#define VTAP_DECAP_TOLD_H

#include "encap/meta.h"
#include "peel.h"

struct told {
	unsigned count;
	uint64_t unknown, malformed; /* options that say nothing to us */
	/* Of the tunnels taken off, from the outside. */
	struct {
		uint32_t layer; /* which tunnel */
		struct meta meta;
	} of[PEEL_MAX];
};

/* Reads the options of all tunnels that were taken off. of[] beyond count is not touched. */
void told_read(struct told *told, const struct peel *peel, struct span packet);

/* The tap next to the packet's origin, whose words hold for it; NULL: none. */
const struct meta *told_last(const struct told *told);

/* The true length of what is left, by that tap; peel->len where it does not know better. */
uint32_t told_len(const struct told *told, const struct peel *peel);

#endif
