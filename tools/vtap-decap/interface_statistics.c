/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interface_statistics.h"

#include <stdlib.h>

/* Interface statistics block: draft-ietf-opsawg-pcapng section 4.6. */
enum {
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
};

/* A block that is being made, in the byte order of its section. */
struct isb {
	struct patch room;
	size_t len; /* bytes so far */
	bool swapped;
};

void interface_statistics_init(struct interface_statistics *statistics)
{
	*statistics = (struct interface_statistics){ 0 };
	statistics->end = &statistics->first;
	hash_table_init(&statistics->by_serial);
}

void interface_statistics_append(struct interface_statistics *statistics,
				 struct interface_statistics_entry *entry)
{
	entry->next = NULL;
	entry->link = statistics->end;
	*statistics->end = entry;
	statistics->end = &entry->next;
}

void interface_statistics_forget(struct interface_statistics *statistics,
				 struct interface_statistics_entry *entry)
{
	if (!entry->link)
		return;
	*entry->link = entry->next;
	*(entry->next ? &entry->next->link : &statistics->end) = entry->link;
	entry->link = NULL;
}

/* Entries of sources are no entries of the table. */
static void statistics_free_entry(struct interface_statistics *statistics,
				  struct interface_statistics_entry *entry)
{
	const uint32_t *serial = &entry->interface->serial;

	if (entry->loss)
		return;
	if (statistics->last == entry)
		statistics->last = NULL;
	hash_table_remove(&statistics->by_serial, serial, sizeof(*serial));
	free(entry);
}

/* The source may have freed the interfaces by now, and the keys of the table with them. */
void interface_statistics_free(struct interface_statistics *statistics)
{
	struct interface_statistics_entry *next;

	for (struct interface_statistics_entry *entry = statistics->first; entry; entry = next) {
		next = entry->next;
		entry->link = NULL;
		if (!entry->loss)
			free(entry);
	}
	hash_table_free(&statistics->by_serial);
	interface_statistics_init(statistics);
}

/* Returns the entry of an interface of the input, which is made if there is none; NULL without
 * memory. */
static struct interface_statistics_entry *
statistics_input_entry(struct interface_statistics *statistics, const struct interface *interface)
{
	struct interface_statistics_entry *entry = hash_table_get(
		&statistics->by_serial, &interface->serial, sizeof(interface->serial));

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry || !hash_table_put(&statistics->by_serial, &interface->serial,
				      sizeof(interface->serial), entry)) {
		free(entry);
		return NULL;
	}
	entry->interface = interface;
	interface_statistics_append(statistics, entry);
	return entry;
}

struct interface_statistics_entry *interface_statistics_see(struct interface_statistics *statistics,
							    const struct interface *interface)
{
	struct interface_statistics_entry *entry = statistics->last;

	if (!entry || entry->interface != interface)
		entry = statistics_input_entry(statistics, interface);
	if (!entry)
		return NULL;
	entry->packets++;
	statistics->last = entry;
	return entry;
}

/* Without memory the run ends at the next packet, and the interface has two blocks. */
void interface_statistics_tell(struct interface_statistics *statistics,
			       const struct interface *interface)
{
	struct interface_statistics_entry *entry = statistics_input_entry(statistics, interface);

	if (entry)
		entry->told = true;
}

struct interface_statistics_entry *
interface_statistics_find(const struct interface_statistics *statistics,
			  const struct interface *interface)
{
	struct interface_statistics_entry *entry = statistics->first;

	while (entry && entry->interface != interface)
		entry = entry->next;
	return entry;
}

static void isb_put_u16(struct isb *isb, uint16_t value)
{
	if (isb->swapped)
		value = __builtin_bswap16(value);
	patch_copy(isb->room, isb->len, &value, sizeof(value));
	isb->len += sizeof(value);
}

static void isb_put_u32(struct isb *isb, uint32_t value)
{
	if (isb->swapped)
		value = __builtin_bswap32(value);
	patch_copy(isb->room, isb->len, &value, sizeof(value));
	isb->len += sizeof(value);
}

static void isb_put_u64(struct isb *isb, uint64_t value)
{
	if (isb->swapped)
		value = __builtin_bswap64(value);
	patch_copy(isb->room, isb->len, &value, sizeof(value));
	isb->len += sizeof(value);
}

static void isb_put_count(struct isb *isb, uint16_t code, uint64_t value)
{
	isb_put_u16(isb, code);
	isb_put_u16(isb, sizeof(value));
	isb_put_u64(isb, value);
}

/* A time is two 32-bit halves, the upper one first, in ticks of the interface. */
static void isb_put_ticks(struct isb *isb, const struct interface *interface, int64_t time_ns)
{
	struct packet moment = { .time_ns = time_ns };

	packet_move(&moment, interface);
	isb_put_u32(isb, (uint32_t)(moment.ticks >> 32));
	isb_put_u32(isb, (uint32_t)moment.ticks);
}

static void isb_put_times(struct isb *isb, const struct interface *interface,
			  const struct stage_times *times)
{
	const int64_t value[] = { times->first_ns, times->last_ns };
	const uint16_t code[] = { ISB_STARTTIME, ISB_ENDTIME };

	for (unsigned i = 0; times->known && i < 2; i++) {
		isb_put_u16(isb, code[i]);
		isb_put_u16(isb, sizeof(uint64_t));
		isb_put_ticks(isb, interface, value[i]);
	}
}

/* Numbers that came late after they were told as missing make the next figures of the source
 * smaller, but never negative. */
static uint64_t statistics_take_missing(const struct interface_statistics_entry *entry)
{
	struct loss *loss = entry->loss;
	uint64_t untold = loss && loss->missing > loss->told ? loss->missing - loss->told : 0;

	if (untold > 0)
		loss->told = loss->missing;
	return untold;
}

static struct span isb_make(struct patch room, const struct interface_statistics_entry *entry,
			    const struct stage_times *times, uint64_t dropped)
{
	const struct interface *interface = entry->interface;
	struct isb isb = { .room = room, .swapped = interface->section->swapped };
	uint32_t len = INTERFACE_STATISTICS_LEN - (times->known ? 0 : 2 * 12);

	isb_put_u32(&isb, PCAPNG_STATISTICS);
	isb_put_u32(&isb, len);
	isb_put_u32(&isb, 0); /* the interface's number, which the sink fills in */
	isb_put_ticks(&isb, interface, times->last_ns);
	isb_put_times(&isb, interface, times);
	isb_put_count(&isb, ISB_IFRECV, entry->packets - entry->unwritten);
	isb_put_count(&isb, ISB_IFDROP, statistics_take_missing(entry));
	isb_put_count(&isb, ISB_OSDROP, dropped);
	isb_put_u32(&isb, 0); /* the end of the options */
	isb_put_u32(&isb, len);
	return span_first(patch_span(room), isb.len);
}

bool interface_statistics_take(struct interface_statistics *statistics,
			       struct interface_statistics_entry *entry,
			       const struct stage_times *times, uint64_t *dropped,
			       struct block *block)
{
	struct patch room = { statistics->block, sizeof(statistics->block) };
	bool wanted = !entry->told && entry->packets > entry->unwritten;

	interface_statistics_forget(statistics, entry);
	if (wanted) {
		*block = (struct block){ .kind = BLOCK_OTHER,
					 .section = entry->interface->section,
					 .interface = entry->interface,
					 .type = PCAPNG_STATISTICS,
					 .bytes = isb_make(room, entry, times, *dropped) };
		*dropped = 0;
	}
	statistics_free_entry(statistics, entry);
	return wanted;
}
