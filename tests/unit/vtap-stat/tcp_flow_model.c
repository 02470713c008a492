/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_flow.h against a model that remembers every number: all orders of some segments, random
 * flows, and many flows in a room that is too small.
 */
#include "tools/vtap-stat/tcp_flow.h"

#include "header/fields.h"
#include "lib/tap.h"

enum { NUMBERS = 16384, MIDDLE = NUMBERS / 2 };

enum number { UNKNOWN, SEEN, MISSING };

/* One direction. Numbers are counted from MIDDLE, where the first segment begins. */
struct model {
	uint8_t number[NUMBERS];
	bool followed;
	uint32_t start, next, acked, most; /* most: holes at once, ever */
	uint64_t opened, filled, again_bytes, again_packets;
};

static unsigned model_holes(const struct model *model)
{
	unsigned holes = 0;

	for (uint32_t i = model->start; i < model->next; i++)
		holes += model->number[i] != SEEN && model->number[i] != model->number[i - 1];
	return holes;
}

static void model_reach(struct model *model, uint32_t to)
{
	for (; model->next < to; model->next++, model->opened++)
		model->number[model->next] = MISSING;
}

static void model_segment(struct model *model, uint32_t begin, uint32_t len)
{
	uint64_t again = 0;

	if (!model->followed)
		model->start = model->next = model->acked = begin;
	model->followed = true;
	model_reach(model, begin);
	if (model->start > begin && len > 0)
		model->start = begin;
	for (uint32_t i = begin; i < begin + len; i++) {
		again += model->number[i] == SEEN;
		model->filled += model->number[i] == MISSING;
		model->number[i] = SEEN;
	}
	model->again_bytes += again;
	model->again_packets += again > 0;
	if (begin + len > model->next)
		model->next = begin + len;
	if (model_holes(model) > model->most)
		model->most = model_holes(model);
}

static void model_ack(struct model *model, uint32_t ack)
{
	if (!model->followed)
		return;
	model_reach(model, ack);
	if (ack > model->acked)
		model->acked = ack;
	if (model_holes(model) > model->most)
		model->most = model_holes(model);
}

/* Missing numbers below the acknowledgment, or above. */
static uint64_t model_missing(const struct model *model, bool acked)
{
	uint64_t missing = 0;

	for (uint32_t i = 0; i < model->next; i++)
		missing += (i < model->acked) == acked && model->number[i] == MISSING;
	return missing;
}

static struct tcp_room room;
static uint16_t mark;

static void see(uint32_t owner, struct tcp_flow *flow, unsigned direction, uint32_t begin,
		uint32_t len, uint32_t ack, int64_t time_ns, struct tcp_counts *counts)
{
	struct tcp_segment segment = { .sequence = begin,
				       .acknowledgment = ack,
				       .payload_len = len,
				       .mark = mark,
				       .marked = true,
				       .whole = true,
				       .flags = ack != 0 ? TCP_ACK : 0 };

	mark++;
	tcp_flow_see(&room, owner, flow, direction, &segment, time_ns, counts);
}

static uint64_t sum(const struct tcp_counts *counts)
{
	return counts->tap_bytes + counts->network_bytes + counts->open_bytes +
	       counts->filled_bytes;
}

static bool agree(const struct model *model, const struct tcp_counts *counts)
{
	uint64_t missing = model_missing(model, false);
	bool same = counts->filled_bytes == model->filled &&
		    counts->retransmitted_bytes == model->again_bytes &&
		    counts->retransmitted_packets == model->again_packets &&
		    counts->tap_bytes == model_missing(model, true) &&
		    counts->open_bytes + counts->network_bytes == missing &&
		    counts->duplicated_packets == 0 && counts->unsure_gaps == 0;

	if (!same)
		printf("# filled %" PRIu64 "/%" PRIu64 " again %" PRIu64 "/%" PRIu64 " tap %" PRIu64
		       "/%" PRIu64 " open, network %" PRIu64 "/%" PRIu64 "\n",
		       counts->filled_bytes, model->filled, counts->retransmitted_bytes,
		       model->again_bytes, counts->tap_bytes, model_missing(model, true),
		       counts->open_bytes + counts->network_bytes, missing);
	return same;
}

enum { PIECES = 6 };

static const uint32_t lens[PIECES] = { 2, 30, 7, 100, 1, 50 };

/* One order of all segments but one, or of all; the end is acknowledged before, behind or in the
 * middle of it. */
static bool permute_one(const unsigned order[PIECES], unsigned missing, unsigned acked_at)
{
	static struct model model;
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	uint32_t base = 0U - MIDDLE - 40, begins[PIECES], end = MIDDLE;

	memset(&model, 0, sizeof model);
	for (unsigned i = 0; i < PIECES; end += lens[i++])
		begins[i] = end;
	for (unsigned i = 0; i <= PIECES; i++) {
		if (i == acked_at) {
			see(1, &flow, 1, 7, 0, base + end, 0, &counts);
			model_ack(&model, end);
		}
		if (i == PIECES || order[i] == missing)
			continue;
		see(1, &flow, 0, base + begins[order[i]], lens[order[i]], 0, 0, &counts);
		model_segment(&model, begins[order[i]], lens[order[i]]);
	}
	see(1, &flow, 1, 7, 0, 0, 4000000000, &counts);
	tcp_flow_end(&room, &flow, &counts);
	return agree(&model, &counts) && sum(&counts) == model.opened && room.used == 0;
}

/* Heap's algorithm. */
static unsigned permute(unsigned order[PIECES], unsigned count)
{
	unsigned wrong = 0, swap;

	if (count == 1) {
		for (unsigned missing = 0; missing <= PIECES; missing++)
			for (unsigned at = 0; at <= PIECES; at++)
				wrong += !permute_one(order, missing, at);
		return wrong;
	}
	for (unsigned i = 0; i < count; i++) {
		wrong += permute(order, count - 1);
		swap = count % 2 == 0 ? i : 0;
		if (i + 1 == count)
			break;
		unsigned kept = order[swap];

		order[swap] = order[count - 1];
		order[count - 1] = kept;
	}
	return wrong;
}

static uint64_t state;

static uint32_t number(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(state >> 33) % below;
}

/* A segment near what was seen; never of one byte, which might be a keep-alive. */
static void choose(const struct model *model, uint32_t *begin, uint32_t *len)
{
	uint32_t at = model->followed ? model->next : MIDDLE;

	switch (number(10)) {
	case 0:
		*begin = at + number(60);
		break;
	case 1:
	case 2:
	case 3:
		*begin = at - number(at < MIDDLE + 300 ? 50 : 300);
		break;
	default:
		*begin = at;
	}
	*len = number(8) == 0 && model->followed ? 0 : 2 + number(40);
}

/* Returns true if the flow is as in the model. exact: there were never more holes than fit. */
static bool random_flow(bool *exact, bool slow)
{
	static struct model model;
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	uint32_t base = number(2) == 0 ? 0U - MIDDLE - number(4000) : number(UINT32_MAX);
	int64_t time_ns = INT64_MIN;
	uint32_t begin, len, steps = slow ? 200 : 5 + number(60);

	memset(&model, 0, sizeof model);
	for (unsigned i = 0; i < steps && model.next < NUMBERS - 200; i++) {
		choose(&model, &begin, &len);
		time_ns += slow ? number(1000000000) : 0;
		if (number(4) == 0) {
			see(1, &flow, 1, 7, 0, base + begin, time_ns, &counts);
			model_ack(&model, begin);
			continue;
		}
		see(1, &flow, 0, base + begin, len, 0, time_ns, &counts);
		model_segment(&model, begin, len);
	}
	see(1, &flow, 1, 7, 0, 0, time_ns, &counts);
	tcp_flow_end(&room, &flow, &counts);
	*exact = model.most < TCP_FLOW_HOLES && !slow;
	return (!*exact || agree(&model, &counts)) && sum(&counts) == model.opened &&
	       room.used == 0;
}

static void test_random(bool slow)
{
	unsigned wrong = 0, exact = 0;
	bool is_exact;

	for (unsigned i = 0; i < 2000; i++) {
		state = i;
		if (!random_flow(&is_exact, slow) && wrong++ == 0)
			printf("# flow %u\n", i);
		exact += is_exact;
	}
	is_u64(wrong, 0,
	       slow ? "holes are told or filled, once" : "random flows are as in the model");
	if (!slow)
		ok(exact > 1000 && exact < 2000, "%u flows had few holes", exact);
}

/* Packets that are cut make holes unsure: of the others no number is told that was not jumped over.
 */
static void test_unsure(void)
{
	static const struct tcp_segment cut;
	static struct model model;
	unsigned wrong = 0, less = 0;

	for (unsigned run = 0; run < 300; run++) {
		struct tcp_counts counts = { 0 };
		struct tcp_flow flow = { 0 };
		uint32_t begin, len;

		state = run;
		memset(&model, 0, sizeof model);
		for (unsigned i = 0; i < 200 && model.next < NUMBERS - 200; i++) {
			choose(&model, &begin, &len);
			if (number(30) == 0)
				tcp_flow_see(&room, 1, &flow, number(2), &cut, i, &counts);
			see(1, &flow, 0, begin, len, 0, i, &counts);
			model_segment(&model, begin, len);
		}
		tcp_flow_end(&room, &flow, &counts);
		wrong += sum(&counts) > model.opened || room.used != 0 ||
			 (sum(&counts) == model.opened) != (counts.unsure_gaps == 0);
		less += sum(&counts) < model.opened;
	}
	is_u64(wrong, 0, "holes across packets that are cut are not missing");
	ok(less > 100 && less < 300, "%u flows had such holes", less);
}

/* Any numbers, flags and times: memory comes back, and no direction has more holes than fit. */
static void test_hostile(void)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, 1, 4000000000, INT64_MAX };
	struct tcp_counts counts = { 0 };
	struct tcp_flow flow = { 0 };
	unsigned wrong = 0;

	state = 7;
	for (unsigned i = 0; i < 500000; i++) {
		uint32_t near = flow.direction[0].next, shift = number(32);
		struct tcp_segment segment = {
			.sequence = near + (number(UINT32_MAX) >> shift) - (number(4) << 10),
			.acknowledgment = near + (number(UINT32_MAX) >> shift),
			.payload_len = number(UINT32_MAX) >> (4 + number(28)),
			.mark = (uint16_t)number(3),
			.marked = number(2) == 0,
			.whole = number(8) != 0,
			.flags = (uint8_t)(number(200) == 0 ? number(256) : TCP_ACK),
		};

		tcp_flow_see(&room, 1, &flow, number(2), &segment, times[number(6)], &counts);
		wrong += flow.direction[0].hole_count > TCP_FLOW_HOLES ||
			 flow.direction[1].hole_count > TCP_FLOW_HOLES;
		if (number(500) != 0)
			continue;
		tcp_flow_end(&room, &flow, &counts);
		wrong += room.used != 0;
		flow = (struct tcp_flow){ 0 };
	}
	tcp_flow_end(&room, &flow, &counts);
	is_u64(wrong, 0, "any numbers leave the room as it was");
	ok(counts.tap_gaps > 0 && counts.network_gaps > 0 && counts.open_gaps > 0 &&
		   counts.unsure_gaps > 0 && counts.filled_gaps > 0 && room.gaps_evicted > 0,
	   "each outcome was there");
}

enum { FLOWS = 64 };

static struct table {
	struct tcp_flow flow[FLOWS];
	struct tcp_counts counts[FLOWS];
	struct model model[FLOWS];
	uint64_t asked;
} table;

static struct tcp_owner find(void *arg, uint32_t owner)
{
	struct table *t = arg;

	t->asked++;
	return (struct tcp_owner){ &t->flow[owner], &t->counts[owner] };
}

static bool end_one(unsigned i)
{
	bool same;

	tcp_flow_end(&room, &table.flow[i], &table.counts[i]);
	same = sum(&table.counts[i]) == table.model[i].opened;
	memset(&table.flow[i], 0, sizeof table.flow[i]);
	memset(&table.counts[i], 0, sizeof table.counts[i]);
	memset(&table.model[i], 0, sizeof table.model[i]);
	return same;
}

/* Flows that come and go in a room of so many bytes. Returns false if a sum is not right. */
static bool crowd(size_t size)
{
	unsigned wrong = 0;
	uint32_t begin, len;

	memset(&table, 0, sizeof table);
	if (!tcp_room_init(&room, size, find, &table))
		return false;
	state = size;
	for (unsigned step = 0; step < 60000; step++) {
		unsigned i = number(FLOWS);
		struct model *model = &table.model[i];

		choose(model, &begin, &len);
		if (model->next > NUMBERS - 400 || number(300) == 0) {
			wrong += !end_one(i);
		} else if (number(4) == 0) {
			see(i, &table.flow[i], 1, 7, 0, begin, step * 1000000, &table.counts[i]);
			model_ack(model, begin);
		} else {
			see(i, &table.flow[i], 0, begin, len, 0, step * 1000000, &table.counts[i]);
			model_segment(model, begin, len);
		}
	}
	for (unsigned i = 0; i < FLOWS; i++)
		wrong += !end_one(i);
	return wrong == 0 && room.used == 0 && room.oldest == 0 && room.newest == 0;
}

static void test_crowd(void)
{
	static const size_t blocks[] = { 0, 1, 2, 3, 10, 40, 100, 200, 5000 };

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		ok(crowd(blocks[i] * sizeof(union tcp_block)), "a room of %zu blocks", blocks[i]);
		ok((room.pool_full > 0) == (blocks[i] < 1000), "pool_full: %" PRIu64,
		   room.pool_full);
		ok((table.asked > 0) == (blocks[i] > 1 && blocks[i] < 1000),
		   "holes of others were decided: %" PRIu64, table.asked);
		tcp_room_free(&room);
	}
}

/* The oldest hole of all flows goes, and a flood of flows leaves room for holes. */
static void test_oldest(void)
{
	memset(&table, 0, sizeof table);
	if (!tcp_room_init(&room, 9 * sizeof(union tcp_block), find, &table))
		return;
	for (uint32_t i = 0; i < 20; i++)
		see(i, &table.flow[i], 0, 100, 10, 0, 0, &table.counts[i]);
	is_u64(room.used, 6, "a quarter of the room is not for last segments");
	is_u64(room.pool_full, 14, "and each that finds none is counted");
	for (uint32_t i = 0; i < 4; i++)
		see(i, &table.flow[i], 0, 150, 10, 0, 0, &table.counts[i]);
	ok(table.counts[0].open_bytes == 40 && table.counts[1].open_bytes == 40 &&
		   table.counts[2].open_bytes == 0 && table.counts[3].open_bytes == 0,
	   "two holes went, the oldest first");
	is_u64(room.pool_full, 16, "each of which is counted");
	for (uint32_t i = 0; i < 20; i++)
		tcp_flow_end(&room, &table.flow[i], &table.counts[i]);
	is_u64(table.counts[3].open_bytes, 40, "the last one is told at the end");
	is_u64(table.counts[0].open_bytes, 40, "the first is not told again");
	is_u64(room.used, 0, "all memory is back");
	tcp_room_free(&room);
}

int main(void)
{
	unsigned order[PIECES] = { 0, 1, 2, 3, 4, 5 };

	if (!tcp_room_init(&room, 4096, find, &table))
		return 1;
	is_u64(permute(order, PIECES), 0, "all orders of some segments, without each");
	test_random(false);
	test_random(true);
	test_unsure();
	test_hostile();
	tcp_room_free(&room);
	test_crowd();
	test_oldest();
	return tap_done();
}
