/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of packets from which no tunnel was taken off, for the line that a run says at its
 * end: tunnels that -e or --id left on, and, as long as no tunnel was found at all, UDP ports whose
 * payloads look like a tunnel that --port would find.
 */
#ifndef VTAP_DECAP_UNTAKEN_H
#define VTAP_DECAP_UNTAKEN_H

#include "cli/stats.h"
#include "encap/encap.h"

enum { UNTAKEN_PORTS = 65536 };
enum { UNTAKEN_IDS = 4 }; /* ids that are named; there may be more */

/* Where packets went. */
enum untaken_kind { UNTAKEN_TCP, UNTAKEN_UDP, UNTAKEN_OTHER_IP, UNTAKEN_NOT_IP, UNTAKEN_KINDS };

struct untaken_port {
	uint64_t packets;
	uint64_t like; /* of these, packets that look like a tunnel of `encap` */
	uint8_t encap; /* encap_index(); it means nothing while `like` is 0 */
};

struct untaken {
	const struct encap_select *select; /* what the user selected */
	bool restricted;		   /* by -e or --id */
	struct encap_select all; /* every id, and what is on by default, on the user's ports, too */
	struct encap_table table;     /* of `all` */
	uint64_t kind[UNTAKEN_KINDS]; /* packets */
	uint32_t id[UNTAKEN_IDS];     /* the first ones that --id left on */
	unsigned ids;		      /* how many of them are set */
	bool more_ids;		      /* there were others */
	struct untaken_port *udp;     /* by destination port; NULL until a packet needs it */
};

/* Begins empty. select is borrowed. */
void untaken_init(struct untaken *untaken, const struct encap_select *select);
void untaken_free(struct untaken *untaken);

/* Returns true if -e left out an encapsulation that is on by default. */
bool untaken_restricts_encaps(const struct untaken *untaken);

/* A tunnel that is left on only because of -e, or only because of --id. */
enum untaken_left { UNTAKEN_NO_TUNNEL, UNTAKEN_OTHER_ENCAP, UNTAKEN_OTHER_ID };

/* Says what a packet is from which no tunnel was taken off, and notes its id. headers: those of
 * packet. */
enum untaken_left untaken_judge(struct untaken *untaken, const struct headers *headers,
				struct span packet);

/* Prints the ids that --id left on, in brackets and with a blank in front. */
void untaken_print_ids(const struct untaken *untaken, FILE *to);

/* Looks into a packet, for untaken_print(). Without memory it sees less. */
void untaken_look(struct untaken *untaken, const struct headers *headers, struct span packet);

/* Returns true if untaken_look() saw packets that look like a tunnel on a port for --port. */
bool untaken_finds_port(const struct untaken *untaken);

/* Prints where the packets went that untaken_look() saw: the UDP port that looks most like a
 * tunnel, and the option that takes it off. If no port looks like one, it prints how many packets
 * went where, and "; ", and returns true; the caller adds the outcomes. */
bool untaken_print(const struct untaken *untaken, FILE *to);

#endif
