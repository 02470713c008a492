/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of keys and flows: found, touched, silent, removed, extended. */
#include "tools/vtap-stat/entries.h"

#include "lib/tap.h"

static struct entries entries;

static void begin(uint32_t most)
{
	struct error err = { 0 };

	entries_close(&entries);
	ok(entries_open(&entries, most, &err), "a table of %u", most);
}

static struct span text_of(unsigned number)
{
	static char text[16];

	snprintf(text, sizeof(text), "key %u", number);
	return span_of((const uint8_t *)text, strlen(text) + 1);
}

static struct flow flow_of_port(uint16_t port)
{
	struct flow flow;

	memset(&flow, 0, sizeof(flow));
	flow.version = 4;
	flow.protocol = IPPROTO_TCP;
	flow.has_ports = true;
	flow.destination.port = port;
	return flow;
}

static void test_order(void)
{
	struct entry *a, *b, *flow;
	struct flow one = flow_of_port(1);

	begin(ENTRIES_LEAST);
	entries_set_clock(&entries, 0);
	a = entries_add_key(&entries, text_of(1));
	entries_set_clock(&entries, 1000000000);
	b = entries_add_key(&entries, text_of(2));
	ok(entries_find_key(&entries, text_of(1)) == a, "a key is found");
	ok(!entries_find_key(&entries, text_of(3)), "another is not");
	ok(entries_oldest(&entries) == a, "the first is silent longest");
	flow = entries_add_flow(&entries, entries_index(&entries, a), &one);
	entries_touch(&entries, a);
	ok(entries_find_flow(&entries, entries_index(&entries, a), &one, NULL) == flow, "its flow");
	ok(!entries_find_flow(&entries, entries_index(&entries, b), &one, NULL),
	   "is not the other's");
	ok(entries_oldest(&entries) == flow, "of entries of one time a flow comes first");
	ok(!entries_silent(&entries, ENTRIES_FLOWS, entries_ticks(60)), "it is not silent");
	entries_set_clock(&entries, UINT64_C(61000000000));
	ok(entries_silent(&entries, ENTRIES_FLOWS, entries_ticks(UINT64_C(59000000000))) == flow,
	   "a minute later it is");
	ok(!entries_silent(&entries, ENTRIES_FLOWS, entries_ticks(UINT64_C(61000000000))),
	   "but not longer");
	ok(entries_find_flow(&entries, entries_index(&entries, a), &one, flow) == flow &&
		   entries_find_flow(&entries, entries_index(&entries, a), &one, b) == flow,
	   "a guess that is right, and one that is not");
	entries_remove(&entries, flow);
	ok(!entries_find_flow(&entries, entries_index(&entries, a), &one, flow), "gone");
	ok(entries_oldest(&entries) == b, "then the other key");
}

/* Times beyond 2^32 ticks: the order stays, and what was silent is. */
static void test_clock(void)
{
	const uint64_t far = UINT64_C(5000000) * 1000000000;
	struct entry *a, *b;

	begin(ENTRIES_LEAST);
	entries_set_clock(&entries, 1);
	a = entries_add_key(&entries, text_of(1));
	entries_set_clock(&entries, far);
	b = entries_add_key(&entries, text_of(2));
	ok(entries_oldest(&entries) == a, "after 57 days the first is older");
	ok(entries_silent(&entries, ENTRIES_KEYS, entries_ticks(far / 4)) == a, "and silent");
	entries_touch(&entries, a);
	ok(entries_oldest(&entries) == b, "until it is touched");
	entries_set_clock(&entries, UINT64_MAX);
	ok(entries_silent(&entries, ENTRIES_KEYS, entries_ticks(far / 4)) == b, "the end of time");
}

/* What is removed is reused, and the table stays one of so many. */
static void test_full(void)
{
	enum { MOST = 64, KEYS = 1000 };
	unsigned wrong = 0;

	begin(MOST);
	for (unsigned i = 0; i < KEYS; i++) {
		if (entries_is_full(&entries))
			entries_remove(&entries, entries_oldest(&entries));
		if (entries_needs_reuse(&entries))
			entries_reuse(&entries);
		entries_add_key(&entries, text_of(i));
		wrong += i >= MOST && entries_find_key(&entries, text_of(i - MOST)) != NULL;
		wrong += i >= MOST && !entries_find_key(&entries, text_of(i - MOST + 1));
	}
	is_u64(wrong, 0, "the last 64 keys are there, and no other");
	is_u64(entries.count, MOST, "64");
	ok(entries.fresh <= entries.end, "within its memory");
}

static void test_extensions(void)
{
	struct entry *a, *b;

	begin(ENTRIES_LEAST);
	entries.extension_end = 2; /* room for one */
	a = entries_add_key(&entries, text_of(1));
	b = entries_add_key(&entries, text_of(2));
	ok(!entries_is_counted(a), "nothing is counted");
	ok(entries_extend(&entries, a) == entries_extend(&entries, a), "one extension each");
	ok(entries_is_counted(a), "an extension counts");
	ok(!entries_extend(&entries, b), "none is free");
	ok(entries_oldest_extended(&entries) == a, "who has one");
	entries_extend(&entries, a)->counts.late = 7;
	entries_reset(&entries, a);
	ok(!entries_is_counted(a), "reset");
	ok(entries_extend(&entries, b) && entries_extend(&entries, b)->counts.late == 0,
	   "given back, and zeroed");
}

static void test_marks(void)
{
	struct entry *a, *b;

	begin(ENTRIES_LEAST);
	a = entries_add_key(&entries, text_of(1));
	b = entries_add_key(&entries, text_of(2));
	entries_set_clock(&entries, UINT64_C(1000000000));
	entries_set_mark(&entries);
	is_u64(entries_marked(&entries, ENTRIES_KEYS), 0, "none was touched since");
	entries_touch(&entries, a);
	is_u64(entries_marked(&entries, ENTRIES_KEYS), entries_index(&entries, a), "one was");
	entries_touch(&entries, b);
	is_u64(entries_marked(&entries, ENTRIES_KEYS), entries_index(&entries, a), "the first");
	is_u64(entries_newer(&entries, entries_index(&entries, a)), entries_index(&entries, b),
	       "and then the other");
}

static void test_long_text(void)
{
	char text[ENTRIES_INLINE + 1];
	struct span span = span_of((const uint8_t *)text, sizeof(text));
	struct entry *a;

	memset(text, 'x', sizeof(text));
	begin(ENTRIES_LEAST);
	a = entries_add_key(&entries, span);
	ok(entries_find_key(&entries, span) == a, "a text that is long");
	is_u64(entries.pool, sizeof(text), "takes of the pool");
	entries_remove(&entries, a);
	is_u64(entries.pool, 0, "and gives it back");
	entries.pool_most = sizeof(text) - 1;
	ok(!entries_add_key(&entries, span), "no room");
	is_u64(entries.count, 0, "no key");
}

int main(void)
{
	test_order();
	test_clock();
	test_full();
	test_extensions();
	test_marks();
	test_long_text();
	entries_close(&entries);
	return tap_done();
}
