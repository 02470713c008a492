/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/reasm.h"

#include <stdlib.h>
#include <time.h>

#include "lib/reasm_rig.h"
#include "lib/tap.h"

static void orders(struct want kind, const char *name)
{
	static const unsigned order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	bool good = true;
	struct state state;

	begin(&state, 0, NS);
	for (unsigned i = 0; i < 6; i++) {
		struct want want = kind;

		want.id = i;
		for (unsigned k = 0; k < 3; k++) {
			want.start = order[i][k] * 1000;
			want.len = order[i][k] == 2 ? 501 : 1000;
			want.more = order[i][k] != 2;
			want.padding = order[i][k];
			good = good && put(&state, want) == (k < 2 ? REASM_KEPT : REASM_WHOLE);
		}
		good = good && whole_is(&state.whole, want, 2501);
		good = good && reasm_accept(state.reasm) == 3;
	}
	end(&state);
	ok(good && state.due == 0, "three fragments in all orders, padded: %s", name);
	reasm_free(state.reasm);
}

static void duplicates(void)
{
	struct state state;
	struct want first = { .len = 16, .more = true }, last = { .start = 16, .len = 5 };

	begin(&state, 0, NS);
	ok(put(&state, first) == REASM_KEPT && put(&state, first) == REASM_KEPT &&
		   put(&state, last) == REASM_WHOLE && whole_is(&state.whole, last, 21),
	   "an exact copy of a fragment does no harm");
	is_u64(reasm_accept(state.reasm), 3, "... and is used up with the others");
	first.id = last.id = 1;
	put(&state, last);
	put(&state, last);
	ok(put(&state, first) == REASM_WHOLE && reasm_accept(state.reasm) == 3,
	   "copies of the last");
	end(&state);
	is_u64(state.due, 0, "nothing is left");
	reasm_free(state.reasm);
}

/* Copies that come when their datagram is complete, and what only looks like one. */
static void late_copies(void)
{
	struct want first = { .len = 16, .more = true }, last = { .start = 16, .len = 5 };
	struct want other = { .start = 16, .len = 5, .fill = 1 };
	struct state state;

	begin(&state, 0, NS);
	put(&state, first);
	last.time_ns = NS / 2;
	ok(put(&state, last) == REASM_WHOLE && reasm_accept(state.reasm) == 2, "a datagram");
	ok(reasm_idle(state.reasm), "... leaves nothing that could become due");
	ok(put(&state, last) == REASM_COPY && put(&state, first) == REASM_COPY &&
		   put(&state, last) == REASM_COPY,
	   "copies of its fragments are its own, each time");
	reasm_expire(state.reasm, NS / 2 + NS);
	ok(put(&state, first) == REASM_COPY, "... for as long as fragments may wait");
	reasm_expire(state.reasm, NS / 2 + NS + 1);
	first.time_ns = last.time_ns = 2LL * NS;
	ok(put(&state, last) == REASM_KEPT && put(&state, first) == REASM_WHOLE &&
		   reasm_accept(state.reasm) == 2,
	   "... then they are another datagram");
	ok(put(&state, other) == REASM_KEPT, "an identification that is used again at once");
	other = (struct want){ .len = 16, .more = true, .fill = 1 };
	ok(put(&state, other) == REASM_WHOLE && whole_is(&state.whole, other, 21) &&
		   reasm_accept(state.reasm) == 2,
	   "... is another datagram");
	reasm_end(state.reasm);
	ok(put(&state, other) == REASM_KEPT, "the end of a section is the end of its datagrams");
	end(&state);
	is_u64(state.due, 1, "... and that is all that comes out");
	reasm_free(state.reasm);
}

/* What is done gives its memory to all others: a fragment waits as if it were not there. */
static void done_makes_room(void)
{
	struct want waiting = { .id = 70000, .len = 16, .more = true };
	struct state state;
	unsigned whole = 0;

	begin(&state, REASM_MEMORY_MIN, 1000LL * NS);
	for (unsigned i = 0; i < 5000; i++) {
		struct want want = { .id = i, .len = 8 + i % 3 * 8, .more = true };

		put(&state, want);
		if (i == 4900)
			put(&state, waiting);
		want = (struct want){ .id = i, .start = want.len, .len = 600 };
		whole += put(&state, want) == REASM_WHOLE;
		reasm_accept(state.reasm);
		drain(&state);
	}
	is_u64(whole, 5000, "far more datagrams than memory are whole");
	is_u64(state.due, 0, "... nothing comes due");
	waiting.start = 16;
	waiting.more = false;
	ok(put(&state, waiting) == REASM_WHOLE, "... and what waits among them is kept");
	reasm_free(state.reasm);
}

/* Each case: a first and last fragment that fit, and one that does not fit to them. */
static void overlaps(void)
{
	static const struct {
		const char *name;
		struct want want;
	} bad[] = {
		{ "the same place, other bytes", { .len = 16, .more = true, .fill = 1 } },
		{ "the end of the first", { .start = 8, .len = 16, .more = true } },
		{ "inside the first", { .start = 0, .len = 8, .more = true } },
		{ "around the last", { .start = 32, .len = 40, .more = true } },
		{ "another end", { .start = 56, .len = 8 } },
		{ "behind the end", { .start = 56, .len = 8, .more = true } },
		{ "the last, with more to come", { .start = 40, .len = 8, .more = true } },
	};
	struct want first = { .len = 16, .more = true }, last = { .start = 40, .len = 8 };
	struct want middle = { .start = 16, .len = 24, .more = true };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct state state;

		begin(&state, 0, NS);
		put(&state, first);
		put(&state, last);
		ok(put(&state, bad[i].want) == REASM_KEPT && state.causes[REASM_OVERLAPPING] == 3 &&
			   state.due == 3,
		   "overlap gives up the whole datagram: %s", bad[i].name);
		ok(put(&state, middle) == REASM_REFUSED, "... and what still comes of it");
		middle.time_ns = 3LL * NS;
		reasm_expire(state.reasm, middle.time_ns);
		ok(put(&state, middle) == REASM_KEPT, "... but not for ever");
		middle.time_ns = 0;
		end(&state);
		is_u64(state.due, 4, "... and each comes out once");
		reasm_free(state.reasm);
	}
}

static void keys(void)
{
	static const struct {
		const char *name;
		struct want want;
	} other[] = {
		{ "identification", { .id = 2 } },
		{ "source", { .source = 9 } },
		{ "VLAN", { .vlan = 100 } },
		{ "inner VLAN", { .vlan = 100, .inner_vlan = 7 } },
		{ "order of VLANs", { .vlan = 7, .inner_vlan = 100 } },
		{ "version", { .version = 6 } },
		{ "IPv6 identification", { .version = 6, .id = 0x10000 } },
		{ "interface", { .interface = 5 } },
	};
	struct state state;
	bool good = true;

	begin(&state, 0, NS);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		struct want want = other[i].want;

		want.len = 8;
		want.more = true;
		good = put(&state, want) == REASM_KEPT && good;
	}
	ok(good, "first fragments with different keys");
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		struct want want = other[i].want;

		want.start = 8;
		want.len = 8;
		ok(put(&state, want) == REASM_WHOLE && reasm_accept(state.reasm) == 2,
		   "the key tells apart: %s", other[i].name);
	}
	ok(put(&state, (struct want){ .start = 8, .len = 8, .id = 77 }) == REASM_KEPT,
	   "a last fragment alone is kept");
	end(&state);
	ok(state.due == 1 && state.causes[REASM_INCOMPLETE] == 1, "and due at the end");
	reasm_free(state.reasm);
}

static void timeouts(void)
{
	struct state state;
	struct want first = { .len = 8, .more = true }, last = { .start = 8, .len = 8 };

	begin(&state, 0, 10LL * NS);
	put(&state, first);
	reasm_expire(state.reasm, 10LL * NS);
	drain(&state);
	is_u64(state.due, 0, "not older than the limit");
	last.time_ns = 10LL * NS + 1;
	reasm_expire(state.reasm, last.time_ns);
	ok(put(&state, last) == REASM_KEPT && state.causes[REASM_TIMED_OUT] == 1,
	   "older than the limit: due, and too late to be completed");
	first.time_ns = -10LL * NS;
	reasm_expire(state.reasm, first.time_ns);
	drain(&state);
	is_u64(state.causes[REASM_TIMED_OUT], 2, "a clock that jumps back ends it too");
	first.time_ns = INT64_MIN;
	put(&state, first);
	reasm_expire(state.reasm, INT64_MAX - 1);
	drain(&state);
	is_u64(state.causes[REASM_TIMED_OUT], 3, "the largest difference of times");
	first.time_ns = last.time_ns = INT64_MAX;
	put(&state, first);
	reasm_expire(state.reasm, last.time_ns);
	ok(put(&state, last) == REASM_WHOLE && reasm_accept(state.reasm) == 2,
	   "the last time of all is a time, too");
	reasm_free(state.reasm);
}

static void refusals(void)
{
	struct state state;
	struct packet packet;
	enum reasm_cause cause;

	begin(&state, 0, NS);
	ok(put(&state, (struct want){ .len = 80, .more = true, .cut = 1 }) == REASM_TRUNCATED,
	   "a fragment cut by the capture");
	ok(put(&state, (struct want){ .len = 81, .more = true }) == REASM_MALFORMED,
	   "a length that is no multiple of 8");
	ok(put(&state, (struct want){ .start = 8, .len = 0 }) == REASM_MALFORMED, "an empty one");
	ok(put(&state, (struct want){ .start = 65528, .len = 60 }) == REASM_MALFORMED,
	   "past 65535");
	put(&state, (struct want){ .len = 8, .more = true, .time_ns = 1, .link_options = 12 });
	ok(put(&state, (struct want){ .start = 8, .len = 8, .time_ns = 2 }) == REASM_WHOLE &&
		   state.whole.time_ns == 2,
	   "the whole has the time of what completed it");
	reasm_refuse(state.reasm);
	ok(reasm_due(state.reasm, &packet, &cause) && cause == REASM_NOT_WANTED &&
		   packet.time_ns == 1 && packet.options.len == 12,
	   "a refused datagram comes out");
	build((struct want){ .start = 8, .len = 8, .time_ns = 2 });
	ok(reasm_due(state.reasm, &packet, &cause) && packet.caplen == built.packet.caplen &&
		   memcmp(packet.data, built.bytes, packet.caplen) == 0,
	   "... as it was");
	ok(!reasm_due(state.reasm, &packet, &cause), "... and no more than that");
	reasm_free(state.reasm);
}

/* Nobody fetches what is due: refused when nothing is left, and no packet is lost. */
static void unfetched(uint32_t len, const char *name)
{
	struct state state;
	enum reasm_result result;
	unsigned kept = 0, refused = 0;

	begin(&state, REASM_MEMORY_MIN, NS);
	for (uint32_t i = 0; refused < 3 && i < 100000; i++) {
		build((struct want){ .id = i & 0xffff,
				     .source = i >> 16,
				     .len = len,
				     .more = true,
				     .time_ns = i });
		result = reasm_put(state.reasm, &built.packet, &built.headers, &state.whole);
		kept += result == REASM_KEPT;
		refused += result == REASM_FULL;
	}
	ok(kept > 10 && refused == 3, "%s that are not fetched", name);
	drain(&state);
	ok(put(&state, (struct want){ .id = 70000, .len = len, .more = true, .time_ns = 100000 }) ==
		   REASM_KEPT,
	   "... afterwards there is room");
	end(&state);
	is_u64(state.due, kept + 1, "... each that was kept comes out");
	reasm_free(state.reasm);
}

/* A packet with its block that is larger than what may be kept. */
static void giant(void)
{
	static uint8_t block[REASM_PACKET_MAX];
	struct state state;
	struct packet packet;

	begin(&state, 0, NS);
	packet = *build((struct want){ .len = 8, .more = true });
	memcpy(block + 28, packet.data, packet.caplen);
	packet.data = block + 28;
	packet.block = span_of(block, sizeof(block));
	ok(reasm_put(state.reasm, &packet, &built.headers, &state.whole) == REASM_FULL,
	   "a block of 128 KiB is not kept");
	end(&state);
	is_u64(state.due, 0, "... and passes as it is");
	reasm_free(state.reasm);
}

/* A block holds the packet and its options: one copy, and all three point into it. */
static void blocks(void)
{
	struct state state;
	struct packet packet, got;
	enum reasm_cause cause;
	uint8_t block[200];

	begin(&state, 0, NS);
	packet = *build((struct want){ .len = 8, .more = true });
	memset(block, 3, sizeof(block));
	memcpy(block + 28, packet.data, packet.caplen);
	packet.data = block + 28;
	packet.front = block;
	packet.options = span_of(block + 150, 20);
	packet.block = span_of(block, sizeof(block));
	reasm_put(state.reasm, &packet, &built.headers, &state.whole);
	reasm_end(state.reasm);
	ok(reasm_due(state.reasm, &got, &cause) && got.block.len == sizeof(block) &&
		   got.block.data != block && memcmp(got.block.data, block, sizeof(block)) == 0 &&
		   got.data == got.block.data + 28 && got.options.data == got.block.data + 150 &&
		   got.options.len == 20,
	   "a pcapng block comes out as it was");
	ok(got.front == NULL,
	   "... and does not claim the bytes in front of what it was copied from");
	packet.front = block;
	reasm_put(state.reasm, &packet, &built.headers, &state.whole);
	packet = *build((struct want){ .start = 8, .len = 8 });
	packet.front = built.bytes;
	ok(reasm_put(state.reasm, &packet, &built.headers, &state.whole) == REASM_WHOLE &&
		   state.whole.front == NULL,
	   "... nor does a datagram");
	reasm_free(state.reasm);
}

/* What is due comes in the order of arrival, across datagrams. */
static void arrival(void)
{
	struct state state;

	begin(&state, 0, NS);
	for (unsigned i = 0; i < 300; i++)
		put(&state, (struct want){ .id = i * 7 % 100,
					   .start = i / 100 * 8,
					   .len = 8,
					   .more = true,
					   .time_ns = i });
	end(&state);
	ok(state.due == 300 && state.in_order, "a hundred datagrams come out in order of arrival");
	reasm_free(state.reasm);
}

static void many_fragments(void)
{
	struct state state;
	unsigned kept = 0;

	begin(&state, 0, NS);
	for (unsigned i = 0; i < 8000; i++)
		kept += put(&state, (struct want){ .start = 65000 - i * 8,
						   .len = 8,
						   .more = true,
						   .time_ns = i }) == REASM_KEPT;
	end(&state);
	ok(kept == 8000 && state.due == 8000 && state.in_order, "tiny fragments in reverse");
	ok(state.causes[REASM_NO_MEMORY] >= 8000 - REASM_FRAGMENTS_MAX, "... hit the limit");
	reasm_free(state.reasm);
}

static double cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* First fragments that never complete; returns the processor time of it. */
static double flood(unsigned count, const char *name)
{
	struct state state;
	double before = cpu_s();

	begin(&state, REASM_MEMORY_MIN, 1000LL * NS);
	for (unsigned i = 0; i < count; i++)
		put(&state, (struct want){ .id = i & 0xffff,
					   .source = i >> 16,
					   .len = 8 + i % 170 * 8,
					   .more = true,
					   .time_ns = i });
	end(&state);
	before = cpu_s() - before;
	ok(state.due == count && state.in_order, "%s: each comes out once, in order", name);
	ok(state.causes[REASM_INCOMPLETE] < 2000 &&
		   state.causes[REASM_NO_MEMORY] + state.causes[REASM_INCOMPLETE] == count,
	   "%s: no more than memory is kept", name);
	reasm_free(state.reasm);
	return before;
}

/* Random fragments of few datagrams, kept or not: all of them come out once. */
static void churn(void)
{
	uint64_t kept = 0, used = 0;
	struct state state;

	srand(2);
	begin(&state, REASM_MEMORY_MIN, NS);
	for (unsigned i = 0; i < 200000; i++) {
		struct want want = { .version = rand() % 2 ? 4 : 6,
				     .id = (uint32_t)rand() % 500,
				     .start = (uint32_t)rand() % 3 * 800,
				     .time_ns = i * (i < 100000 ? 1000LL : 100000LL),
				     .link_options = (uint8_t)(rand() % 3 * 4),
				     .fill = rand() % 50 == 0 };
		enum reasm_result result;

		want.more = want.start < 1600;
		want.len = want.more ? 800 : 1 + (uint32_t)rand() % 2 * 8;
		reasm_expire(state.reasm, want.time_ns);
		result = put(&state, want);
		kept += result == REASM_KEPT || result == REASM_WHOLE;
		if (result == REASM_WHOLE && rand() % 3)
			used += reasm_accept(state.reasm);
		else if (result == REASM_WHOLE)
			reasm_refuse(state.reasm);
		drain(&state);
	}
	end(&state);
	is_u64(state.due + used, kept, "random fragments: each comes out once or is used up");
	ok(used > 1000 && state.causes[REASM_NOT_WANTED] > 100 &&
		   state.causes[REASM_OVERLAPPING] > 100 && state.causes[REASM_TIMED_OUT] > 100 &&
		   state.causes[REASM_NO_MEMORY] > 100,
	   "... in every way there is");
	reasm_free(state.reasm);
}

int main(void)
{
	double tenth, all;

	orders((struct want){ .version = 4 }, "IPv4");
	orders((struct want){ .version = 6 }, "IPv6");
	orders((struct want){ .version = 6, .options = true }, "IPv6 with options");
	orders((struct want){ .version = 6, .authenticated = true }, "IPv6 with authentication");
	orders((struct want){ .version = 6, .atomic = true }, "IPv6 with an atomic fragment");
	duplicates();
	late_copies();
	done_makes_room();
	overlaps();
	keys();
	timeouts();
	refusals();
	unfetched(8, "small fragments");
	unfetched(60000, "large fragments");
	giant();
	blocks();
	arrival();
	many_fragments();
	churn();
	tenth = flood(100000, "a hundred thousand first fragments");
	all = flood(1000000, "a million first fragments");
	ok(all < 30 * tenth, "the time is linear: %.2f s, a tenth of it %.2f s", all, tenth);
	return tap_done();
}
