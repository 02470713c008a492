/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The encapsulations: the table of codecs, which of them are selected, and how a tunnel is found
 * by UDP destination port or IP protocol.
 */
#ifndef VTAP_ENCAP_ENCAP_H
#define VTAP_ENCAP_ENCAP_H

#include "encap/codec.h"
#include "header/headers.h"

/* The table, in the order in which codecs try; index 0 .. encap_count()-1. */
const struct encap *encap_at(unsigned index);
unsigned encap_count(void);
/* NULL when there is none of that name. */
const struct encap *encap_find(const char *name);
unsigned encap_index(const struct encap *encap);

enum { ENCAP_MAX_PORTS = 32, ENCAP_MAX_RANGES = 64 };

/* Which tunnels are peeled: -e, -p, --id, --depth, --strict. */
struct encap_select {
	uint32_t wanted; /* bit i: encap_at(i) is peeled */
	unsigned ports;	 /* how many added ports */
	struct {
		uint16_t port;
		uint8_t encap;
	} port[ENCAP_MAX_PORTS];
	unsigned ranges; /* how many id ranges; 0: every id, and those without one */
	struct {
		uint32_t first, last;
	} range[ENCAP_MAX_RANGES];
	unsigned depth; /* at most so many layers; 0: no limit but PEEL_MAX */
	bool strict;
};

/* Everything selected. */
void encap_select_all(struct encap_select *select);

/* True when --id lets a tunnel of that id pass. */
bool encap_id_selected(const struct encap_select *select, const struct tunnel *tunnel);

enum { ENCAP_PORT_SLOTS = 256 };

/* The selected codecs by UDP port and by IP protocol, so that no packet needs a search. */
struct encap_table {
	const struct encap_select *select;
	struct {
		uint16_t port;
		uint8_t index; /* encap_index() of its codec */
		uint8_t count; /* ports and codecs in this slot; of several, encap_parse() looks for
				  the one */
	} port[ENCAP_PORT_SLOTS]; /* by port modulo ENCAP_PORT_SLOTS */
	uint32_t protocol[256];	  /* codecs, a bit each */
};

/* Fills the table. It borrows select, which must outlive it and must not change. */
void encap_table_init(struct encap_table *table, const struct encap_select *select);

/* False if no selected codec is found by that UDP destination port. */
static inline bool encap_may_be_tunnel(const struct encap_table *table, uint16_t port)
{
	unsigned slot = port % ENCAP_PORT_SLOTS;

	return table->port[slot].count > 1 ||
	       (table->port[slot].count == 1 && table->port[slot].port == port);
}

/*
 * Recognises a tunnel behind headers that were parsed; packet is all of it, as for
 * headers_parse(). Returns ENCAP_NOT_MINE for what is not selected. Ports of --port come before
 * those of the codecs. *tunnel holds after ENCAP_OK only.
 */
enum encap_verdict encap_parse(const struct headers *headers, const struct encap_table *table,
			       struct span packet, struct tunnel *tunnel);

#endif
