/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The full path of the stage, for any packet: parses it, takes its tunnels off, lets IP fragments
 * wait for each other and splits GSO packets. A packet without a tunnel is passed on or dropped,
 * and counted with the cause.
 */
#ifndef VTAP_DECAP_DECAP_FULL_H
#define VTAP_DECAP_DECAP_FULL_H

#include "decap_internal.h"

/*
 * Judges a packet as the function `put` of struct stage does. On PASS, out->data and out->options
 * point into the input or into *decap, and hold until the next call.
 */
enum verdict decap_full_put(struct decap *decap, const struct packet *in, struct packet *out,
			    struct error *err);

/*
 * Fills *out with the next datagram of a GSO packet that decap_full_put() held, stripped or as it
 * is. Returns false after the last one.
 */
bool decap_full_due_part(struct decap *decap, struct packet *out);

/*
 * Fills *out with the next fragment that cannot be reassembled any more and is to be passed on.
 * Returns false if there is none. end says that the input, or a section of it, has ended: all
 * fragments give up waiting then.
 */
bool decap_full_due_fragment(struct decap *decap, bool end, struct packet *out);

#endif
