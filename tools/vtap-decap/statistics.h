/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interface statistics blocks (pcapng) for a live run: what came on each interface of the output.
 */
#ifndef VTAP_DECAP_STATISTICS_H
#define VTAP_DECAP_STATISTICS_H

#include "sink.h"
#include "table.h"

struct statistics_entry;

struct statistics {
	struct table by_serial;
	struct statistics_entry *first, *end, *last; /* last: the one seen last */
};

void statistics_init(struct statistics *statistics);
void statistics_free(struct statistics *statistics);

/* A packet is written on interface. False: no memory. */
bool statistics_see(struct statistics *statistics, const struct interface *interface);

/*
 * A block for each interface, in the order of their first packets; the first one has `dropped`.
 * Times are since 1970. False and err: the sink failed.
 */
bool statistics_write(const struct statistics *statistics, struct sink *sink, uint64_t dropped,
		      int64_t start_ns, int64_t end_ns, struct error *err);

#endif
