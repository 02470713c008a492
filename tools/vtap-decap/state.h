/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stage holds, for the files that make it up: decap.c and shortcut.c. */
#ifndef VTAP_DECAP_STATE_H
#define VTAP_DECAP_STATE_H

#include "counters.h"
#include "decap.h"
#include "mend.h"
#include "reasm.h"
#include "senders.h"
#include "statistics.h"
#include "stencil.h"
#include "unjoin.h"

struct decap {
	const struct decap_config *config;
	struct counters counters;
	struct counter_rows rows;
	struct glance_table glance;
	struct peel peel;
	struct told told;    /* by taps, of the packet in peel */
	struct reasm *reasm; /* NULL: no reassembly */
	bool holds;	     /* something may be due: fragments, or the rest of a run */
	struct unjoin *unjoin;
	struct stage_runs runs;
	struct senders *senders;
	struct stencils *stencils; /* of this section */
	struct mend mend;
	struct statistics statistics; /* live only */
	int64_t now_ns;		      /* time of the last packet */
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
