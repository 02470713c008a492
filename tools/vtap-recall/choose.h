/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets of an object come back: those of the interval, of the sources and of the expression
 * that are asked for. */
#ifndef VTAP_RECALL_CHOOSE_H
#define VTAP_RECALL_CHOOSE_H

#include "recall_counts.h"
#include "filter/choice.h"
#include "named_interfaces.h"

struct choose {
	int64_t since_ns, until_ns; /* nanoseconds since 1970: included, and not included */
	struct choice *choice;	    /* the expression, or NULL */
	struct recall_counts *counts;
};

enum choose_verdict {
	CHOOSE_TAKEN,
	CHOOSE_LEFT_OUT, /* and counted */
	CHOOSE_FAILED,	 /* err is set: there is no memory */
};

/*
 * Judges a packet that was put on the interface `on`. time_ns: its time, or that of the packet
 * before it if it has none.
 */
enum choose_verdict choose_judge(const struct choose *choose, const struct packet *packet,
				 const struct named_interface *on, int64_t time_ns,
				 struct error *err);

#endif
