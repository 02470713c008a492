/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short ways through the stage, of packets from senders that are known: by a stencil of their
 * headers, else by a glance at them. What neither is sure of goes to decap_judge(), which would say
 * the same of all others, too.
 */
#ifndef VTAP_DECAP_SHORTCUT_H
#define VTAP_DECAP_SHORTCUT_H

#include "state.h"

/* The stage's put and quick; self is a struct decap. */
enum verdict shortcut_put(void *self, const struct packet *in, struct packet *out,
			  struct error *err);
bool shortcut_quick(void *self, struct quick *quick);

/* The same of a datagram that was cut out of a run: it is none itself. */
enum verdict shortcut_part(struct decap *decap, const struct packet *part, struct packet *out,
			   struct error *err);

#endif
