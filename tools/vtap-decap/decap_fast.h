/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short ways through the stage, of packets from origins that are known: by a stencil of their
 * headers, else by a glance at them. What neither is sure of goes to decap_judge(), which would say
 * the same of all others, too.
 */
#ifndef VTAP_DECAP_DECAP_FAST_H
#define VTAP_DECAP_DECAP_FAST_H

#include "decap_internal.h"

/* The stage's put and fast; self is a struct decap. */
enum verdict decap_fast_put(void *self, const struct packet *in, struct packet *out,
			    struct error *err);
bool decap_fast_take(void *self, struct fast_packet *fast);

/* The same of a datagram that was cut out of a run: it is none itself. */
enum verdict decap_fast_part(struct decap *decap, const struct packet *part, struct packet *out,
			     struct error *err);

#endif
