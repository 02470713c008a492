/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the tunnel header in a packet whose headers were parsed: by UDP destination port or IP
 * protocol, among those encapsulations and ids that the user selected. Offers the codecs by name
 * and by number, too.
 */
#ifndef VTAP_ENCAP_ENCAP_H
#define VTAP_ENCAP_ENCAP_H

#include "encap/codec.h"
#include "header/headers.h"

/* Returns the number of codecs. */
unsigned encap_count(void);

/* Returns a codec by its index, 0 to encap_count() - 1, in the order of encap/codecs.h. Returns
 * NULL if index is larger. */
const struct encap *encap_at(unsigned index);

/* Returns a codec by its name, or NULL if there is none of that name. */
const struct encap *encap_find(const char *name);

/*
 * Returns the name of the codec that the first len bytes of word were meant to be, if they are a
 * typing error away from it (base/similar.h). Returns NULL if there is none, or if word is its
 * name. Only codecs for which usable() returns true are considered, or all if usable is NULL.
 */
const char *encap_similar(const char *word, size_t len, bool (*usable)(const struct encap *encap));

/* Returns true if a codec is found by that UDP port or IP protocol without any option. */
bool encap_has_number(const struct encap *encap, uint16_t number);

/* Returns the index of a codec, or encap_count() if it is none of the list. */
unsigned encap_index(const struct encap *encap);

/* Most of `--port` and of ranges of `--id`; options beyond them are errors. */
enum { ENCAP_MAX_PORTS = 64, ENCAP_MAX_RANGES = 64 };

/* Which tunnels are peeled: the options -e, --port, --id, --depth and --strict. */
struct encap_select {
	uint32_t wanted; /* bit i is set if encap_at(i) is peeled */
	unsigned ports;	 /* number of `port` */
	struct {
		uint16_t port; /* UDP destination port, in addition to the codec's own */
		uint8_t encap; /* encap_index() of its codec */
	} port[ENCAP_MAX_PORTS];
	unsigned ranges; /* number of `range`; 0 selects every id, and tunnels without one */
	struct {
		uint32_t first, last;
	} range[ENCAP_MAX_RANGES];
	unsigned depth; /* most tunnels of a packet; 0: PEEL_MAX */
	bool strict;	/* tunnels with anomalies are not peeled */
};

/* Selects every encapsulation on its own ports and no others, with every id, at any depth, and with
 * or without anomalies. */
void encap_select_all(struct encap_select *select);

/* Selects as encap_select_all() does, but for the encapsulations that have encap.on_request. */
void encap_select_default(struct encap_select *select);

/* Returns true if the ranges of ids include that of a tunnel. */
bool encap_id_selected(const struct encap_select *select, const struct tunnel *tunnel);

enum { ENCAP_PORT_SLOTS = 256 };

/* The selected codecs by UDP port and IP protocol, so that encap_parse() rarely needs a search. */
struct encap_table {
	const struct encap_select *select;
	struct {
		uint16_t port;	  /* UDP destination port */
		uint8_t index;	  /* encap_index() of its codec */
		uint8_t count;	  /* pairs of port and codec in this slot: 0, 1, or 2 for two or
				     more. If it is 2, `port` and `index` are those of one pair, and
				     encap_parse() searches the list of codecs */
	} port[ENCAP_PORT_SLOTS]; /* by port modulo ENCAP_PORT_SLOTS */
	uint32_t protocol[256];	  /* by IP protocol: bit i is set for encap_at(i) */
};

/* Fills a table. It keeps a pointer to *select, which must outlive it and must not change. */
void encap_table_init(struct encap_table *table, const struct encap_select *select);

/* Returns false if no selected codec has that UDP destination port. Returns true if one may. */
static inline bool encap_may_be_tunnel(const struct encap_table *table, uint16_t port)
{
	unsigned slot = port % ENCAP_PORT_SLOTS;

	return table->port[slot].count > 1 ||
	       (table->port[slot].count == 1 && table->port[slot].port == port);
}

/*
 * Parses the tunnel header behind the parsed headers of a packet. packet: the bytes that
 * headers_parse() got, or fewer if the packet ends earlier. Returns ENCAP_NOT_MINE if there is no
 * tunnel, or none that is selected. A port of --port takes precedence over those of the codecs.
 * *tunnel is valid only after ENCAP_OK.
 */
enum encap_verdict encap_parse(const struct headers *headers, const struct encap_table *table,
			       struct span packet, struct tunnel *tunnel);

#endif
