/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches packets of any link type against a filter expression of tcpdump (pcap-filter(7)). libpcap
 * compiles an expression for one link type, so this module compiles it once for each link type that
 * it meets.
 */
#ifndef VTAP_FILTER_EXPRESSION_H
#define VTAP_FILTER_EXPRESSION_H

#include "base/error.h"
#include "packet/packet.h"

struct expression;

/* Allocates an expression with a copy of text; "" matches every packet. It is not compiled yet.
 * Returns NULL, with *err set, if there is no memory. */
struct expression *expression_new(const char *text, struct error *err);

/* Frees an expression; it may be NULL. */
void expression_free(struct expression *expression);

/* Returns the text of an expression, which is valid until expression_free(). A filter inside the
 * kernel is compiled from it. */
const char *expression_text(const struct expression *expression);

/*
 * Compiles an expression for a link type, so that an error is found before the first packet. Names
 * in it are resolved, which may take time. Returns false and sets err if it does not compile (a
 * usage error in libpcap's words, and for the first link type with a mark at the place), if libpcap
 * is not installed, or if there is no memory.
 */
bool expression_compile(struct expression *expression, uint32_t linktype, struct error *err);

/*
 * Compiles an expression for one usual link type after the other until that succeeds, so that an
 * error is found before there is a packet. For any other link type it is compiled when its first
 * packet comes. Returns false and sets err as expression_compile() does, to what it says of
 * Ethernet.
 */
bool expression_check(struct expression *expression, struct error *err);

/*
 * Sets *matched to whether a packet matches an expression, which is compiled at the first packet of
 * a link type. Returns false and sets err as expression_compile() does; an expression that does not
 * compile for a link type fails again for each packet of it. An expression that no packet of a link
 * type can match is no error: *matched is then false.
 */
bool expression_match(struct expression *expression, const struct packet *packet, bool *matched,
		      struct error *err);

#endif
