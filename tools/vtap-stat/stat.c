/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat.h"

#include <stdlib.h>

#include "stat_ahead.h"
#include "stat_flow.h"
#include "stat_internal.h"
#include "stat_key.h"
#include "stat_lost.h"
#include "stat_record.h"
#include "stat_tell.h"

enum { ROOM_SIZE = 28 << 20 };	       /* bytes for holes and last segments */
#define CLOSED_NS UINT64_C(5000000000) /* after which a TCP flow is forgotten */

static bool stat_open(struct stat_stage *stat, struct error *err)
{
	const struct stat_config *config = stat->config;

	encap_select_default(&stat->select);
	encap_table_init(&stat->table, &stat->select);
	key_cache_init(&stat->cache, &config->by.spec, &stat->table);
	stat_lost_init(stat);
	stat->idle_ticks = entries_ticks((uint64_t)config->idle_ns);
	stat->closed_ticks = entries_ticks(CLOSED_NS);
	if (stat->closed_ticks > stat->idle_ticks)
		stat->closed_ticks = stat->idle_ticks;
	if (!entries_open(&stat->entries, (uint32_t)config->max_keys, err))
		return false;
	return config->no_flows || tcp_room_init(&stat->room, ROOM_SIZE, stat_flow_owner, stat) ||
	       error_errno(err, "room for flows");
}

struct stat_stage *stat_new(const struct stat_config *config, const struct stat_sink *sink,
			    struct error *err)
{
	struct stat_stage *stat = calloc(1, sizeof(*stat));

	if (!stat) {
		error_errno(err, "counters");
		return NULL;
	}
	stat->config = config;
	stat->sink = *sink;
	if (stat_open(stat, err))
		return stat;
	stat_free(stat);
	return NULL;
}

void stat_free(struct stat_stage *stat)
{
	if (!stat)
		return;
	entries_close(&stat->entries);
	tcp_room_free(&stat->room);
	key_cache_free(&stat->cache);
	stat_missing_free(&stat->missing);
	stat_numbers_free(&stat->numbers);
	free(stat);
}

/* Time. */

int64_t stat_interval_end(const struct stat_stage *stat)
{
	int64_t end = 0;

	if (!stat->begun || !stat->config->interval_ns)
		return 0;
	return __builtin_mul_overflow(stat->interval + 1, stat->config->interval_ns, &end)
		       ? INT64_MAX
		       : end;
}

static void stat_set_clock(struct stat_stage *stat, int64_t now_ns)
{
	stat->latest_ns = now_ns;
	entries_set_clock(&stat->entries, (uint64_t)now_ns - (uint64_t)stat->first_ns);
}

/* Flows whose time is over before the interval is end in it. */
static bool stat_end_interval(struct stat_stage *stat, struct error *err)
{
	int64_t end_ns = stat_interval_end(stat);

	stat_set_clock(stat, end_ns);
	return stat_tell_expire(stat, err) && stat_tell_interval(stat, err) &&
	       stat->sink.end_interval(stat->sink.arg, end_ns, err);
}

static bool stat_advance(struct stat_stage *stat, int64_t now_ns, struct error *err)
{
	int64_t length = stat->config->interval_ns, interval = 0;
	uint32_t tick = stat->entries.now;

	if (stat->begun && now_ns <= stat->latest_ns)
		return true;
	if (!stat->begun)
		stat->first_ns = now_ns;
	if (length > 0)
		interval = now_ns / length - (now_ns % length < 0);
	if (stat->begun && interval > stat->interval && !stat_end_interval(stat, err))
		return false;
	stat_set_clock(stat, now_ns);
	if (!stat->begun || interval > stat->interval)
		entries_set_mark(&stat->entries);
	stat->interval = interval;
	stat->begun = true;
	/* Time goes on by ticks: most packets come within the last one. */
	return stat->entries.now == tick || stat_tell_expire(stat, err);
}

/* Packets. */

static bool stat_looks_ahead(const struct stat_stage *stat)
{
	return stat->entries.count >= STAT_AHEAD_ENTRIES && !stat->config->no_flows;
}

static void stat_add_time(struct entry *entry, int64_t time_ns)
{
	if (!(entry->bits & ENTRY_TIMED))
		entry->first_ns = entry->last_ns = time_ns;
	entry->bits |= ENTRY_TIMED;
	if (time_ns < entry->first_ns)
		entry->first_ns = time_ns;
	if (time_ns > entry->last_ns)
		entry->last_ns = time_ns;
}

/* What an entry itself counts has to fit. A packet may be longer in the capture than on the wire.
 */
static bool stat_add_sizes(struct stat_stage *stat, struct entry *entry,
			   const struct packet *packet, bool from_source, struct error *err)
{
	uint32_t len = packet->len, caplen = packet->caplen;
	struct entry_extension *extension;

	if ((entry->packets == UINT32_MAX || len > UINT32_MAX - entry->bytes) &&
	    !stat_tell_carry(stat, entry, err))
		return false;
	if (caplen > len) {
		extension = stat_tell_extend(stat, entry, err);
		if (!extension)
			return false;
		extension->counts.captured_bytes += caplen - len;
	}
	entry->packets++;
	entry->bytes += len;
	entry->left_out += caplen < len ? len - caplen : 0;
	entry->source_packets += from_source;
	entry->source_bytes += from_source ? len : 0;
	return true;
}

/* What few packets have. */
static bool stat_add_rest(struct stat_stage *stat, struct entry *entry,
			  const struct stat_look *look, enum oversize oversize,
			  uint64_t wire_packets, struct error *err)
{
	uint64_t ip_len = oversize_ip_len(look->headers, look->len);
	struct entry_extension *extension;
	struct counts *counts;

	if (!look->late && !look->cut && !look->hidden && oversize == OVERSIZE_NOT)
		return true;
	extension = stat_tell_extend(stat, entry, err);
	if (!extension)
		return false;
	counts = &extension->counts;
	counts->late += look->late;
	counts->cut += look->cut;
	counts->hidden_cut += look->hidden;
	counts->superframes += oversize == OVERSIZE_SUPERFRAME;
	counts->superframe_wire_packets += wire_packets;
	counts->jumbo += oversize == OVERSIZE_JUMBO;
	counts->unknown_oversize += oversize == OVERSIZE_UNKNOWN;
	if (oversize == OVERSIZE_SUPERFRAME && ip_len > extension->largest_superframe)
		extension->largest_superframe = ip_len < UINT32_MAX ? (uint32_t)ip_len : UINT32_MAX;
	return true;
}

static bool stat_add(struct stat_stage *stat, struct entry *key, const struct stat_look *look,
		     enum oversize *oversize, struct error *err)
{
	bool follow = look->has_flow && !stat->config->no_flows, from_source = false;
	struct entry *flow = NULL, *to = key;
	uint64_t wire_packets = 0;

	if (follow) {
		flow = stat_flow_see(stat, key, look, &from_source, err);
		if (!flow)
			return false;
		to = stat->config->by.flow ? flow : key;
	}
	*oversize = OVERSIZE_NOT;
	if (look->has_flow)
		*oversize = oversize_judge(
			flow && flow->protocol == IPPROTO_TCP ? &flow->flow.oversize : NULL,
			&key->key.oversize, look->headers, look->bytes, look->len, &wire_packets);
	if (look->timed)
		stat_add_time(to, look->packet->time_ns);
	if (look->timed && key->key.bar)
		bar_add(key->key.bar, look->packet->time_ns, look->packet->len);
	return stat_add_sizes(stat, to, look->packet, from_source, err) &&
	       stat_add_rest(stat, to, look, *oversize, wire_packets, err);
}

static bool stat_add_all(struct stat_stage *stat, const struct stat_look *look, struct entry *known,
			 struct error *err)
{
	enum oversize oversize = OVERSIZE_NOT;
	struct entry *key[KEY_CHOICES];
	unsigned count = stat_key_find_all(stat, look->packet, known, key, err);

	if (count == 0)
		return false;
	if (stat_looks_ahead(stat))
		stat_ahead_learn(&stat->ahead, look->peel, entries_index(&stat->entries, key[0]));
	for (unsigned i = 0; i < count; i++)
		if (!stat_add(stat, key[i], look, &oversize, err))
			return false;
	stat->counters.cut += look->cut;
	stat->counters.hidden_cut += look->hidden;
	stat->counters.oversize += oversize != OVERSIZE_NOT;
	return !stat_numbers_are_in(look->peel) || stat_lost_see(stat, look->packet, key[0], err);
}

enum verdict stat_put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct stat_stage *stat = self;
	struct stat_look look;
	struct entry *known;
	uint32_t outer_end;

	(void)out;
	if (stat->block_error.text[0]) {
		*err = stat->block_error;
		stat->counters.uncounted++;
		return FAILED;
	}
	if (stat_looks_ahead(stat))
		stat_ahead_look(stat, in);
	known = stat_key_peel(stat, in, &outer_end);
	stat_look_at(&look, in, &stat->peel, outer_end);
	look.late = look.timed && stat->begun && in->time_ns < stat->latest_ns;
	if ((look.timed && !stat_advance(stat, in->time_ns, err)) ||
	    !stat_add_all(stat, &look, known, err)) {
		stat->counters.uncounted++;
		return FAILED;
	}
	stat->counters.late += look.late;
	stat->counters.outcome[look.outcome]++;
	return DROP;
}

void stat_block(void *self, const struct block *block)
{
	stat_lost_block(self, block);
}

bool stat_finish(struct stat_stage *stat, struct error *err)
{
	if (stat->block_error.text[0]) {
		*err = stat->block_error;
		return false;
	}
	return stat_lost_finish(stat, err) && stat_tell_all(stat, err);
}

bool stat_peek(struct stat_stage *stat, const struct stat_sink *sink, struct error *err)
{
	struct stat_record record;

	for (uint32_t i = 1; i < stat->entries.fresh; i++) {
		struct entry *entry = entries_at(&stat->entries, i);

		if (entry->list >= ENTRIES_LISTS || !entries_is_counted(entry))
			continue;
		stat_record_make(&record, stat, entry, RECORD_END);
		if (!sink->put(sink->arg, &record.record, err))
			return false;
	}
	return true;
}
