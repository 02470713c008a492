/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interface statistics blocks (pcapng) for a live run: what came on each interface of the output.
 */
#ifndef VTAP_DECAP_INTERFACE_STATISTICS_H
#define VTAP_DECAP_INTERFACE_STATISTICS_H

#include "base/hash_table.h"
#include "capture/sink.h"

struct interface_statistics_entry;

struct interface_statistics {
	struct hash_table by_serial;
	struct interface_statistics_entry *first, *end, *last; /* last: the one seen last */
};

void interface_statistics_init(struct interface_statistics *statistics);
void interface_statistics_free(struct interface_statistics *statistics);

/* A packet is written on interface. False: no memory. */
bool interface_statistics_see(struct interface_statistics *statistics,
			      const struct interface *interface);

/*
 * A block for each interface, in the order of their first packets; the first one has `dropped`.
 * Times are since 1970. False and err: the sink failed.
 */
bool interface_statistics_write(const struct interface_statistics *statistics, struct sink *sink,
				uint64_t dropped, int64_t start_ns, int64_t end_ns,
				struct error *err);

#endif
