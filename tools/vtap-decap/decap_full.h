/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The full path of the stage: any packet is parsed, its tunnels are taken off, fragments wait for
 * each other, and what is no tunnel is passed on or dropped with its cause.
 */
#ifndef VTAP_DECAP_DECAP_FULL_H
#define VTAP_DECAP_DECAP_FULL_H

#include "decap_internal.h"

/* The stage's put. */
enum verdict decap_full_put(struct decap *decap, const struct packet *in, struct packet *out,
			    struct error *err);

/* The next datagram of a GSO packet, stripped or left as it is; returns false after the last. */
bool decap_full_due_part(struct decap *decap, struct packet *out);

/* The next fragment that could not be reassembled; returns false if there is none. end: the input,
 * or its section, has ended. */
bool decap_full_due_fragment(struct decap *decap, bool end, struct packet *out);

#endif
