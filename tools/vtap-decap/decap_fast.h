/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path of the stage: packets whose outer headers are in the cache, and that carry neither
 * a further tunnel nor a GSO packet. For all others, and with the same result for these, there is
 * decap_full.h.
 */
#ifndef VTAP_DECAP_DECAP_FAST_H
#define VTAP_DECAP_DECAP_FAST_H

#include "decap_internal.h"

/* The stage's `fast` (pipeline/stage.h); self is a struct decap. */
bool decap_fast_packet(void *self, struct fast_packet *fast);

/*
 * The stage's put for such packets: returns false, and nothing has happened, if the packet is none
 * of them. Else *verdict is PASS, or FAILED with err set.
 */
bool decap_fast_put(struct decap *decap, const struct packet *in, struct packet *out,
		    enum verdict *verdict, struct error *err);

#endif
