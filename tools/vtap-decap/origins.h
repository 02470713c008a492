/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps one record per origin (who mirrored a packet: tunnel/origin.h) for the whole run, and one
 * interface of the output per origin, link type and time resolution in each section of the input.
 * It also follows the sequence numbers of tunnels and taps.
 */
#ifndef VTAP_DECAP_ORIGINS_H
#define VTAP_DECAP_ORIGINS_H

#include "cli/stats_sources.h"
#include "interface_statistics.h"
#include "tunnel/sequence.h"
#include "tunnel/tap_meta.h"
#include "tunnel/header_cache.h"
#include "tunnel/origin.h"

/* The name of a tap (vtap-tap --name) among those of an origin. */
struct tap_name {
	struct tap_name *next;
	char text[GENEVE_META_NAME_MAX + 1];
};

/* The stream of the origin's last numbered packet, which spares the next one a lookup. */
struct recent_stream {
	struct stream *stream;	 /* NULL if there is none */
	uint32_t layer;		 /* index of the tunnel in struct peel */
	uint32_t instance;	 /* run of the tap, as in struct geneve_meta */
	uint8_t destination[16]; /* outer destination address; of IPv4 the first 4 bytes */
	char name[GENEVE_META_NAME_MAX + 1]; /* of the tap */
};

struct origin {
	struct origin *next, **link; /* in the order of appearance; link: what points to this one */
	struct loss loss;
	/* Streams of numbers in tunnel headers (GRE), and in the options of vtap-tap --meta. */
	struct recent_stream by_tunnel, by_tap;
	struct tap_name *taps; /* in the order of appearance, at most ORIGINS_TAPS */
	unsigned tap_count;
	char *name, *description;
	struct output_interface *outputs; /* of all sections */
	struct stream *streams;
	size_t key_len; /* bytes of key */
	uint8_t key[];	/* from origin_key() */
};

/* An interface of the output, on which packets of one origin are written. */
struct output_interface {
	struct output_interface *next; /* of the same origin */
	struct interface interface;
	/* The last Ethernet interface of the input whose packets the fast path learned, or NULL. */
	const struct interface *parent;
	struct origin *origin;
	struct interface_statistics_entry statistics; /* has the packets stripped */
	uint64_t bytes;				      /* bytes captured of what was left of them */
	size_t key_len;
	uint8_t key[]; /* key of the origin, and what else tells interfaces apart */
};

/*
 * Returns true if packets of an interface of the input may be written on `output` by the fast
 * path: the interface is one of Ethernet, of the same section and with the same time resolution.
 */
static inline bool origins_may_write(const struct output_interface *output,
				     const struct interface *input)
{
	return output->parent == input ||
	       (output->interface.section == input->section &&
		output->interface.ticks_per_s == input->ticks_per_s &&
		output->interface.offset_s == input->offset_s && input->linktype == LINK_ETHERNET);
}

struct origins;

enum {
	/* An attacker chooses origins, so their number is limited. A record takes about 1 KiB. */
	ORIGINS_MAX = 1 << 18,
	/* Records that made room are freed when there are so many of a limit's parts, or one. */
	ORIGINS_GONE_PART = 16,
	ORIGINS_TAPS = 16, /* names of taps of an origin; further ones are not listed */
};

/* What origins change of their user. All but `gone` may be NULL. */
struct origins_users {
	struct header_cache *cache; /* its values are interfaces of the output */
	/* Gets each interface of the output when it is made. If it is NULL, the user does so when
	 * something is written on it. */
	struct interface_statistics *statistics;
	uint64_t *gone; /* counts origins that made room */
	bool *full;	/* becomes true when origins_have_gone() does */
};

/*
 * Begins without any origin. Up to `limit` origins are told apart at one time: when a further one
 * appears, the one that was silent longest makes room, and its figures go to the record `others`.
 * If it speaks again, it is a new one. `limit` also bounds the streams of sequence numbers; when
 * there are too many, those of one origin after the other begin anew. users is copied. Returns NULL
 * without memory.
 */
struct origins *origins_new(uint32_t limit, const struct origins_users *users);

/* Frees all origins and interfaces; NULL is allowed. */
void origins_free(struct origins *origins);

/*
 * Origins that made room keep their interfaces until there are many: then this returns true, and
 * origins_next_gone() is to be called until it returns NULL, before the next origins_interface().
 */
bool origins_have_gone(const struct origins *origins);

/*
 * Returns the entry of an interface that goes, for the caller to take it out of the statistics. At
 * the end it frees the interfaces and returns NULL. At once it empties the header cache.
 */
struct interface_statistics_entry *origins_next_gone(struct origins *origins);

/* Begins a new section of the input, whose packets are written on new interfaces. */
void origins_new_section(struct origins *origins);

/*
 * Returns the interface of the output for what peel left of packet, with that link type; at least
 * one tunnel was taken off. Adds the origin and the interface if they are new. A new interface has
 * the section and the time resolution of the packet's own interface (nanoseconds if the innermost
 * tap sent the time). Its snaplen is that of the first interface of the section from which a tunnel
 * was taken off. tap_meta may be NULL. The interface lives until the next call, and longer as long
 * as its origin does. Returns NULL without memory.
 */
struct output_interface *origins_interface(struct origins *origins, const struct peel *peel,
					   const struct tap_meta *tap_meta,
					   const struct packet *packet, uint32_t linktype);

/*
 * Takes note of the sequence numbers in the packet's tunnels and, unless tap_meta is NULL, of its
 * taps. The counts of the origin change, and *total by as much. Returns false without memory.
 */
bool origins_sequence(struct origins *origins, struct origin *origin, const struct peel *peel,
		      const struct tap_meta *tap_meta, struct span packet, struct loss *total);

/* The table of origins; its argument is a struct origins. */
extern const struct stats_sources origins_sources;

#endif
