/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interface_statistics.h"

#include <stdlib.h>

/* Interface statistics block: draft-ietf-opsawg-pcapng section 4.6. */
enum {
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
	BLOCK_FIXED = 20,
	OPTION_LEN = 4 + 8,
	BLOCK_LEN = BLOCK_FIXED + 4 * OPTION_LEN + 4 + 4,
};

struct interface_statistics_entry {
	struct interface_statistics_entry *next, **link; /* link: what points to this entry */
	const struct interface *interface;
	uint64_t packets;
};

void interface_statistics_init(struct interface_statistics *statistics)
{
	*statistics = (struct interface_statistics){ 0 };
	statistics->end = &statistics->first;
	hash_table_init(&statistics->by_serial);
}

static struct interface_statistics_entry *
statistics_add_entry(struct interface_statistics *statistics, const struct interface *interface)
{
	struct interface_statistics_entry *entry = calloc(1, sizeof(*entry));

	if (!entry || !hash_table_put(&statistics->by_serial, &interface->serial,
				      sizeof(interface->serial), entry)) {
		free(entry);
		return NULL;
	}
	entry->interface = interface;
	entry->link = statistics->end;
	*statistics->end = entry;
	statistics->end = &entry->next;
	return entry;
}

void interface_statistics_forget(void *self, const struct interface *interface)
{
	struct interface_statistics *statistics = self;
	struct interface_statistics_entry *entry = hash_table_remove(
		&statistics->by_serial, &interface->serial, sizeof(interface->serial));

	if (!entry)
		return;
	*entry->link = entry->next;
	*(entry->next ? &entry->next->link : &statistics->end) = entry->link;
	if (statistics->last == entry)
		statistics->last = NULL;
	free(entry);
}

bool interface_statistics_see(struct interface_statistics *statistics,
			      const struct interface *interface)
{
	struct interface_statistics_entry *entry = statistics->last;

	if (!entry || entry->interface != interface)
		entry = hash_table_get(&statistics->by_serial, &interface->serial,
				       sizeof(interface->serial));
	if (!entry)
		entry = statistics_add_entry(statistics, interface);
	if (!entry)
		return false;
	entry->packets++;
	statistics->last = entry;
	return true;
}

/* A live section is in this host's byte order: numbers are copied as they are. */
static void isb_put_u16(struct patch room, size_t *at, uint16_t value)
{
	patch_copy(room, *at, &value, sizeof(value));
	*at += sizeof(value);
}

static void isb_put_u32(struct patch room, size_t *at, uint32_t value)
{
	patch_copy(room, *at, &value, sizeof(value));
	*at += sizeof(value);
}

static void isb_put_count(struct patch room, size_t *at, uint16_t code, uint64_t value)
{
	isb_put_u16(room, at, code);
	isb_put_u16(room, at, sizeof(value));
	patch_copy(room, *at, &value, sizeof(value));
	*at += sizeof(value);
}

/* A time is two 32-bit halves, the upper one first, in ticks of the interface. */
static void isb_put_time(struct patch room, size_t *at, uint16_t code, uint64_t ticks)
{
	isb_put_u16(room, at, code);
	isb_put_u16(room, at, sizeof(ticks));
	isb_put_u32(room, at, (uint32_t)(ticks >> 32));
	isb_put_u32(room, at, (uint32_t)ticks);
}

static uint64_t isb_ticks(const struct interface *interface, int64_t time_ns)
{
	struct packet moment = { .time_ns = time_ns };

	packet_move(&moment, interface);
	return moment.ticks;
}

static bool isb_write(const struct interface_statistics_entry *entry, struct sink *sink,
		      uint64_t dropped, int64_t start_ns, int64_t end_ns, struct error *err)
{
	const struct interface *interface = entry->interface;
	uint64_t start = isb_ticks(interface, start_ns), end = isb_ticks(interface, end_ns);
	uint8_t bytes[BLOCK_LEN];
	struct patch room = { bytes, sizeof(bytes) };
	const struct block block = { .kind = BLOCK_OTHER,
				     .section = interface->section,
				     .interface = interface,
				     .type = PCAPNG_STATISTICS,
				     .bytes = patch_span(room) };
	size_t at = 0;

	isb_put_u32(room, &at, PCAPNG_STATISTICS);
	isb_put_u32(room, &at, BLOCK_LEN);
	isb_put_u32(room, &at, 0); /* the interface's number, which the sink fills in */
	isb_put_u32(room, &at, (uint32_t)(end >> 32));
	isb_put_u32(room, &at, (uint32_t)end);
	isb_put_time(room, &at, ISB_STARTTIME, start);
	isb_put_time(room, &at, ISB_ENDTIME, end);
	isb_put_count(room, &at, ISB_IFRECV, entry->packets);
	isb_put_count(room, &at, ISB_IFDROP, dropped);
	isb_put_u32(room, &at, 0); /* the end of the options */
	isb_put_u32(room, &at, BLOCK_LEN);
	return sink_block(sink, &block, err);
}

bool interface_statistics_write(const struct interface_statistics *statistics, struct sink *sink,
				uint64_t dropped, int64_t start_ns, int64_t end_ns,
				struct error *err)
{
	for (const struct interface_statistics_entry *entry = statistics->first; entry;
	     entry = entry->next) {
		if (!isb_write(entry, sink, dropped, start_ns, end_ns, err))
			return false;
		dropped = 0;
	}
	return true;
}

void interface_statistics_free(struct interface_statistics *statistics)
{
	for (struct interface_statistics_entry *entry = statistics->first, *next; entry;
	     entry = next) {
		next = entry->next;
		free(entry);
	}
	hash_table_free(&statistics->by_serial);
	statistics->first = statistics->last = NULL;
	statistics->end = &statistics->first;
}
