/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path of the stage, for packets whose outer headers are in the header cache and that
 * carry neither a further tunnel nor a GSO packet. It gives the same result as decap_full.h, which
 * has to be asked for all other packets.
 */
#ifndef VTAP_DECAP_DECAP_FAST_H
#define VTAP_DECAP_DECAP_FAST_H

#include "decap_internal.h"

/* Is the function `fast` of the stage (pipeline/stage.h); self is a struct decap. */
bool decap_fast_packet(void *self, struct fast_packet *fast);

/* Is decap_fast_packet() for a run with a choice (struct stage, fast_chooses). */
bool decap_fast_chosen(void *self, struct fast_packet *fast);

/*
 * Strips and counts a packet if the fast path can. *out begins as a copy of *in, or is *in itself.
 * Returns false if the fast path cannot; nothing has happened then. Otherwise *verdict is PASS and
 * *out is filled, or *verdict is DROP because the packet is left out, or it is FAILED and err is
 * set because memory ran out. out->data points into the input, and out->options into the input or
 * into *decap until the next call.
 */
bool decap_fast_put(struct decap *decap, const struct packet *in, struct packet *out,
		    enum verdict *verdict, struct error *err);

#endif
