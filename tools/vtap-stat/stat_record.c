/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_record.h"

#include <string.h>

#include "key/key_flow.h"

/* The parts of a key, each with a NUL behind it. */
static void stat_record_parts(struct record *record, struct key_text *text,
			      const struct key_spec *spec, struct span packed)
{
	record->part_count = text->count = spec->count;
	for (unsigned i = 0; i < spec->count; i++) {
		const void *end = memchr(packed.data, '\0', packed.len);
		size_t len = end ? (size_t)((const uint8_t *)end - packed.data) : 0;
		struct span part = span_first(packed, len);

		record->part[i].kind = spec->kind[i];
		if (len > 0)
			record->part[i].text = part;
		memcpy(text->part[i], part.data, part.len);
		text->part[i][part.len] = '\0';
		packed = span_from(packed, len + 1);
	}
}

static void stat_record_ends(struct flow *flow, const struct entry *entry)
{
	const struct entry_flow *from = &entry->flow;
	bool high = entry->bits & ENTRY_SOURCE_IS_HIGH;

	memset(flow, 0, sizeof(*flow));
	flow->version = entry->version;
	flow->protocol = entry->protocol;
	flow->has_ports = entry->bits & ENTRY_PORTS;
	memcpy(flow->source.address, from->address[high], sizeof(flow->source.address));
	memcpy(flow->destination.address, from->address[!high], sizeof(flow->source.address));
	flow->source.port = from->port[high];
	flow->destination.port = from->port[!high];
}

static void stat_record_flow(struct record_flow *flow, const struct entry *entry,
			     const struct record *record, const struct entry_extension *extension)
{
	const unsigned both = ENTRY_SEEN_LOW | ENTRY_SEEN_HIGH;

	stat_record_ends(&flow->flow, entry);
	flow->icmp_type = entry->icmp[0];
	flow->icmp_code = entry->icmp[1];
	flow->icmp_unknown = !(entry->bits & ENTRY_ICMP);
	flow->end[0].packets = entry->source_packets + (extension ? extension->source_packets : 0);
	flow->end[0].bytes = entry->source_bytes + (extension ? extension->source_bytes : 0);
	flow->end[1].packets = record->counts.packets - flow->end[0].packets;
	flow->end[1].bytes = record->counts.bytes - flow->end[0].bytes;
	flow->one_way = (entry->bits & both) != both;
	for (unsigned i = 0; i < 2; i++) {
		flow->mac[i] = entry->bits & ENTRY_MACS ? entry->flow.mac[i] : NULL;
		if (entry->protocol == IPPROTO_TCP)
			flow->tcp_flags[i] = entry->flow.tcp.direction[i].flags;
	}
}

/* The last part of the key of a flow, as vtap-split names it. */
static void stat_record_flow_text(struct key_text *text, const struct record_flow *flow)
{
	char *part = text->part[text->count++];

	*part = '\0';
	if (flow)
		key_flow_text(&flow->flow, part);
}

static void stat_record_name(const struct key_text *text, char name[KEY_TEXT_LIMIT + 1])
{
	if (text->count == 0)
		memcpy(name, "none", sizeof("none"));
	else
		key_text_join(text, false, KEY_TEXT_LIMIT, name);
}

static const char *stat_record_source(const struct key_spec *spec, const struct record *record)
{
	int part = key_find(spec, "source", strlen("source"));

	return part >= 0 ? (const char *)record->part[part].text.data : NULL;
}

static void stat_record_counts(struct record *record, const struct entry *entry,
			       const struct entry_extension *extension)
{
	struct counts *counts = &record->counts;

	if (extension) {
		*counts = extension->counts;
		record->largest_superframe = extension->largest_superframe;
	}
	counts->packets += entry->packets;
	counts->bytes += entry->bytes;
	counts->captured_bytes += (uint64_t)entry->bytes - entry->left_out;
	record->timed = entry->bits & ENTRY_TIMED;
	record->start_ns = entry->first_ns;
	record->end_ns = entry->last_ns;
}

void stat_record_make(struct stat_record *made, struct stat_stage *stat, const struct entry *entry,
		      enum record_end why)
{
	const struct entry_extension *extension = entries_extension(&stat->entries, entry);
	bool is_key = entry->list == ENTRIES_KEYS;
	const struct entry *key = is_key ? entry : entries_at(&stat->entries, entry->parent);
	const struct key_spec *spec = &stat->config->by.spec;
	struct record *record = &made->record;

	*record = (struct record){ .key = made->key, .interval_end_ns = stat_interval_end(stat) };
	made->flow = (struct record_flow){ .why = why };
	stat_record_counts(record, entry, extension);
	stat_record_parts(record, &stat->text, spec, entries_text(key));
	record->source = stat_record_source(spec, record);
	if (is_key)
		record->bar = key->key.bar;
	else
		record->flow = &made->flow;
	if (!is_key)
		stat_record_flow(&made->flow, entry, record, extension);
	record->forgotten = is_key && why == RECORD_RESOURCES;
	if (stat->config->by.flow)
		stat_record_flow_text(&stat->text, record->flow);
	stat_record_name(&stat->text, made->key);
}
