/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_flow.h"

#include <string.h>

#include "header/fields.h"
#include "stat_tell.h"

struct tcp_owner stat_flow_owner(void *arg, uint32_t owner)
{
	struct stat_stage *stat = arg;
	struct stat_owed *owed = &stat->owed[stat->owed_count];

	if (stat->owed_count + 1 < STAT_OWED)
		stat->owed_count++;
	owed->owner = owner;
	return (struct tcp_owner){ &entries_at(&stat->entries, owner)->flow.tcp, &owed->counts };
}

/* Pays in the end, as that may tell records and end other flows. */
static bool stat_flow_pay(struct stat_stage *stat, struct error *err)
{
	bool good = true;

	if (stat->owed_count == 0)
		return true;
	for (unsigned i = 0; i < STAT_OWED; i++) {
		struct stat_owed owed = stat->owed[i];

		stat->owed[i] = (struct stat_owed){ 0 };
		if (owed.owner && good)
			good = stat_tell_add_tcp(stat, entries_at(&stat->entries, owed.owner),
						 &owed.counts, err);
	}
	stat->owed_count = 0;
	return good;
}

static void stat_flow_set_macs(struct entry *entry, const struct stat_look *look, bool turned)
{
	size_t at = look->peel->offset;

	if (look->headers->link == HEADERS_LINK_ETHERNET &&
	    span_copy(look->bytes, at + ETHERNET_DST_AT, entry->flow.mac[!turned], MAC_LEN) &&
	    span_copy(look->bytes, at + ETHERNET_SRC_AT, entry->flow.mac[turned], MAC_LEN))
		entry->bits |= ENTRY_MACS;
}

/* The sender of the first packet is source, unless that is an answer. */
static struct entry *stat_flow_begin(struct stat_stage *stat, struct entry *key,
				     const struct stat_look *look, const struct flow *flow,
				     bool high, const struct tcp_segment *segment,
				     struct error *err)
{
	const unsigned both = TCP_SYN | TCP_ACK;
	bool answer = (segment->flags & both) == both;
	struct entry *entry;

	if (!stat_tell_make_room(stat, err))
		return NULL;
	entry = entries_add_flow(&stat->entries, entries_index(&stat->entries, key), flow);
	entry->bits |= high != answer ? ENTRY_SOURCE_IS_HIGH : 0;
	stat_flow_set_macs(entry, look, answer);
	if ((look->headers->l4 == IPPROTO_ICMP || look->headers->l4 == IPPROTO_ICMPV6) &&
	    span_copy(look->bytes, look->headers->transport, entry->icmp, sizeof(entry->icmp)))
		entry->bits |= ENTRY_ICMP;
	stat->counters.keys += stat->config->by.flow;
	return entry;
}

/* Sets *found to the flow between these ends, or to NULL if there is none or a new one begins. */
static bool stat_flow_find(struct stat_stage *stat, const struct entry *key,
			   const struct flow *flow, bool high, const struct tcp_segment *segment,
			   struct entry **found, struct error *err)
{
	uint32_t parent = entries_index(&stat->entries, key);
	struct entry *entry =
		entries_find_flow(&stat->entries, parent, flow, stat_ahead_guess(&stat->ahead));
	bool reset;

	*found = entry;
	if (!entry || flow->protocol != IPPROTO_TCP ||
	    !tcp_flow_begins_anew(&entry->flow.tcp, high != !!(entry->bits & ENTRY_SOURCE_IS_HIGH),
				  segment))
		return true;
	*found = NULL;
	reset = tcp_flow_state(&entry->flow.tcp) == TCP_FLOW_RESET;
	return stat_tell_forget(stat, entry, reset ? RECORD_RESET : RECORD_FINISHED, err);
}

static bool stat_flow_see_tcp(struct stat_stage *stat, struct entry *entry, struct entry *key,
			      const struct stat_look *look, unsigned direction,
			      const struct tcp_segment *segment, struct error *err)
{
	uint32_t index = entries_index(&stat->entries, entry);
	int64_t time_ns = look->timed ? look->packet->time_ns : stat->latest_ns;
	struct tcp_counts counts = { 0 };

	oversize_see(&entry->flow.oversize, &key->key.oversize, direction, segment, look->headers,
		     look->bytes);
	tcp_flow_see(&stat->room, index, &entry->flow.tcp, direction, segment, time_ns, &counts);
	if (entry->list == ENTRIES_FLOWS && tcp_flow_state(&entry->flow.tcp) != TCP_FLOW_GOES_ON)
		entries_move(&stat->entries, entry, ENTRIES_CLOSED);
	return stat_tell_add_tcp(stat, entry, &counts, err) && stat_flow_pay(stat, err);
}

struct entry *stat_flow_see(struct stat_stage *stat, struct entry *key,
			    const struct stat_look *look, bool *from_source, struct error *err)
{
	struct tcp_segment segment = { 0 };
	struct entry *entry;
	struct flow flow;
	bool high;

	flow_of(&flow, look->headers, look->bytes);
	high = flow_normalise(&flow);
	if (flow.protocol == IPPROTO_TCP)
		tcp_segment_of(&segment, look->headers, look->bytes);
	if (!stat_flow_find(stat, key, &flow, high, &segment, &entry, err))
		return NULL;
	if (!entry)
		entry = stat_flow_begin(stat, key, look, &flow, high, &segment, err);
	if (!entry)
		return NULL;
	*from_source = high == !!(entry->bits & ENTRY_SOURCE_IS_HIGH);
	entry->bits |= high ? ENTRY_SEEN_HIGH : ENTRY_SEEN_LOW;
	entries_touch(&stat->entries, entry);
	if (flow.protocol == IPPROTO_TCP &&
	    !stat_flow_see_tcp(stat, entry, key, look, !*from_source, &segment, err))
		return NULL;
	return entry;
}
