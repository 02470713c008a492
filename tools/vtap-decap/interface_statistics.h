/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the packets written on each interface of the output, and writes the counts as interface
 * statistics blocks of pcapng at the end of a live run.
 */
#ifndef VTAP_DECAP_INTERFACE_STATISTICS_H
#define VTAP_DECAP_INTERFACE_STATISTICS_H

#include "base/hash_table.h"
#include "capture/sink.h"

struct interface_statistics_entry;

struct interface_statistics {
	struct hash_table by_serial; /* entries by the serial number of their interface */
	struct interface_statistics_entry *first, **end; /* list in order of first packets */
	struct interface_statistics_entry *last; /* entry of the packet before; NULL at first */
};

/* Begins without any interface. */
void interface_statistics_init(struct interface_statistics *statistics);

/* Frees the entries, not *statistics itself. */
void interface_statistics_free(struct interface_statistics *statistics);

/*
 * Counts a packet that is written on an interface. The interface is borrowed and must live until
 * interface_statistics_forget() or interface_statistics_free(). Returns false without memory; the
 * packet is not counted then.
 */
bool interface_statistics_see(struct interface_statistics *statistics,
			      const struct interface *interface);

/* Forgets an interface, whose counts are not written then. `statistics` is a struct
 * interface_statistics. */
void interface_statistics_forget(void *statistics, const struct interface *interface);

/*
 * Writes a block to sink for each interface, in the order of their first packets. The first block
 * says that `dropped` packets were lost, the others say 0. start_ns and end_ns are nanoseconds
 * since 1970. Returns false and sets err if the sink fails.
 */
bool interface_statistics_write(const struct interface_statistics *statistics, struct sink *sink,
				uint64_t dropped, int64_t start_ns, int64_t end_ns,
				struct error *err);

#endif
