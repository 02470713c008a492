/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stage holds, for the files that make it up: decap.c and shortcut.c. */
#ifndef VTAP_DECAP_DECAP_INTERNAL_H
#define VTAP_DECAP_DECAP_INTERNAL_H

#include "counters.h"
#include "decap.h"
#include "decap_rewrite.h"
#include "header/reasm.h"
#include "interface_statistics.h"
#include "offload/udp_gso.h"
#include "origins.h"
#include "tunnel/stencil.h"

struct decap {
	const struct decap_config *config;
	struct counters counters;
	struct counter_rows rows;
	struct glance_table glance;
	struct peel peel;
	struct tap_meta tap_meta; /* by taps, of the packet in peel */
	struct reasm *reasm;	  /* NULL: no reassembly */
	bool holds;		  /* something may be due: fragments, or the rest of a run */
	struct udp_gso *udp_gso;
	struct stage_runs runs;
	struct origins *origins;
	struct stencils *stencils; /* of this section */
	struct decap_rewrite rewrite;
	struct interface_statistics statistics; /* live only */
	int64_t now_ns;				/* time of the last packet */
};

/* What peel found of a datagram as it was on the wire. */
enum verdict decap_judge(struct decap *decap, const struct packet *in, struct packet *out,
			 struct error *err);

/* The interface has the resolution of the packet's own: the exact time stays as it is. */
static inline void decap_move(struct packet *packet, const struct interface *interface)
{
	packet->interface = interface;
	packet->linktype = interface->linktype;
	packet_changed(packet);
}

#endif
