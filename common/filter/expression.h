/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter expression as in tcpdump (pcap-filter(7)), run on packets of any
 * link type: it is compiled anew, and once, for each link type that is met.
 */
#ifndef VTAP_FILTER_EXPRESSION_H
#define VTAP_FILTER_EXPRESSION_H

#include "base/error.h"
#include "packet/packet.h"

struct expression;

/* Keeps a copy of text; "" matches everything. Compiles nothing yet. NULL without memory. */
struct expression *expression_new(const char *text, struct error *err);

/* As it was given; lives as long as the expression. For a filter inside the kernel. */
const char *expression_text(const struct expression *expression);

/*
 * Compiles for a link type, so that a wrong expression is found before the first
 * packet. An error is one of usage, in libpcap's words. May ask the resolver
 * when the expression holds names.
 */
bool expression_compile(struct expression *expression, uint32_t linktype, struct error *err);

/*
 * Says in *matched whether the expression holds; compiles at the first packet of
 * a link type. False, with the same error each time, when it does not compile
 * for this one. An expression that nothing of a link type can meet is no error.
 */
bool expression_match(struct expression *expression, const struct packet *packet, bool *matched,
		      struct error *err);

void expression_free(struct expression *expression); /* NULL is fine */

#endif
