/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time order out of several sources, and out of one within a window. */
#include <stdlib.h>

#include "capture/inputs.h"
#include "capture/merge.h"
#include "capture/reorder.h"
#include "lib/tap.h"

/* A source that gives packets of one byte from a script: a letter and a time each; block types
 * below 0; damage at the end if it says so. */
struct item {
	int64_t time_ns;
	char letter;
	enum source_result result;
	enum block_kind kind;
	uint32_t type;
	enum packet_form form;
};

struct script {
	struct source base;
	const struct item *item;
	unsigned count, at;
	bool damaged;
	uint8_t bytes[64];
};

static const struct section section = { .serial = 1 };
static const struct interface interface = { .serial = 1, .section = &section };
static unsigned closed;
static uint8_t wide[1 << 20]; /* bytes of a packet W */

static enum source_result script_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct script *script = (struct script *)source;
	const struct item *item = &script->item[script->at];

	/* What was given before is gone: who still looks at it sees this. */
	memset(script->bytes, '?', sizeof(script->bytes));
	if (script->at == script->count) {
		if (script->damaged)
			error_set(err, "%s: damaged", source->name);
		return script->damaged ? SOURCE_ERROR : SOURCE_END;
	}
	script->at++;
	script->bytes[28] = (uint8_t)item->letter;
	wide[0] = 'W';
	*packet = (struct packet){ .time_ns = item->time_ns,
				   .data = script->bytes + 28,
				   .caplen = 1,
				   .form = item->form,
				   .options = span_of(script->bytes + 32, 4),
				   .block = span_of(script->bytes, 40),
				   .interface = &interface };
	if (item->letter == 'W') {
		packet->data = wide;
		packet->caplen = sizeof(wide);
		packet->block = packet->options = span_of(NULL, 0);
	}
	*block = (struct block){ .kind = item->kind,
				 .section = &section,
				 .type = item->type,
				 .bytes = span_of(script->bytes, 40) };
	source->packets += item->result == SOURCE_PACKET;
	return item->result;
}

static void script_close(struct source *source)
{
	closed++;
	free(source);
}

static const struct source_ops script_ops = { .next = script_next, .close = script_close };

static struct source *script_open(const char *name, const struct item *item, unsigned count)
{
	struct script *script = calloc(1, sizeof(*script));

	script->base.ops = &script_ops;
	script->base.name = name;
	script->base.format = "pcap";
	script->item = item;
	script->count = count;
	return &script->base;
}

#define OPEN(name, items) script_open(name, items, sizeof(items) / sizeof(items[0]))

/* All that a source gives, one letter each: a packet's own, a block's in brackets, ! at damage. */
static const char *run(struct source *source)
{
	static char text[4096];
	struct packet packet;
	struct block block;
	struct error err;
	char *to = text;

	for (;;) {
		switch (source_next(source, &packet, &block, &err)) {
		case SOURCE_PACKET:
			*to++ = (char)*packet.data;
			if (packet.block.len > 0 && packet.block.data + 28 != packet.data)
				*to++ = '#';
			continue;
		case SOURCE_BLOCK:
			*to++ = '[';
			*to++ = block.kind == BLOCK_SECTION ? 'S' : (char)block.bytes.data[28];
			*to++ = ']';
			continue;
		case SOURCE_ERROR:
			*to++ = '!';
			break;
		case SOURCE_END:
			break;
		}
		*to = '\0';
		source_close(source);
		return text;
	}
}

#define P(letter, time)                                            \
	{                                                          \
		time, letter, SOURCE_PACKET, 0, 0, PACKET_ENHANCED \
	}
#define SIMPLE(letter)                                        \
	{                                                     \
		0, letter, SOURCE_PACKET, 0, 0, PACKET_SIMPLE \
	}
#define SECTION                                           \
	{                                                 \
		0, 'S', SOURCE_BLOCK, BLOCK_SECTION, 0, 0 \
	}
#define OTHER(letter, type)                                   \
	{                                                     \
		0, letter, SOURCE_BLOCK, BLOCK_OTHER, type, 0 \
	}

static unsigned failures;
static struct error failure;

static void note_failure(void *arg, const struct error *err)
{
	(void)arg;
	failures++;
	failure = *err;
}

static const struct merge_watch watch = { note_failure, NULL };

static void test_merge(void)
{
	static const struct item one[] = { SECTION, P('a', 10), P('b', 30), SIMPLE('c'),
					   P('d', 50) };
	static const struct item two[] = { P('A', 10), OTHER('x', PCAPNG_NAMES), P('B', 20),
					   P('C', 30), P('D', 60) };
	static const struct item three[] = { P('1', 5), P('2', 55) };
	struct source *inputs[] = { OPEN("one", one), OPEN("two", two), OPEN("three", three) };
	struct error err;

	inputs[1]->format = "nsecpcap";
	struct source *merged = merge_sources(inputs, 3, watch, &err);

	is_str(merged->format, "nsecpcap", "nanoseconds win over microseconds");
	is_str(run(merged), "[S]1aA[x]BbcCd2D",
	       "time order, ties by input, simple packets stay, blocks come along");
	is_u64(closed, 3, "all inputs closed");
}

/* Inputs whose first time is known are not read before it, and sort as if they had been. */
static void test_waiting(void)
{
	static const struct item one[] = { SECTION, P('a', 10), P('b', 30), P('c', 70) };
	static const struct item two[] = { P('A', 10), P('B', 20), OTHER('x', PCAPNG_NAMES),
					   P('C', 60) };
	static const struct item three[] = { OTHER('y', PCAPNG_NAMES), P('1', 30), P('2', 65) };
	static const struct item late[] = { P('l', 40) };
	struct source *inputs[] = { OPEN("one", one), OPEN("two", two), OPEN("three", three),
				    script_open("none", late, 0), OPEN("late", late) };
	struct merge_figures figures[5];
	struct error err;
	struct source *merged = merge_sources(inputs, 5, watch, &err);

	merge_wait(merged, 1, 10);
	merge_wait(merged, 2, 30);
	merge_wait(merged, 3, INT64_MIN);
	merge_wait(merged, 4, 35);
	merge_figures(merged, figures);
	is_u64(figures[1].packets, 0, "nothing was given of an input that waits");
	is_str(run(merged), "[S]aAB[x]b[y]1lC2c",
	       "time order, ties by input, blocks when their input is read; a first packet that is "
	       "later than was said");
}

static void test_damage(void)
{
	static const struct item one[] = { P('a', 10), P('b', 90) };
	static const struct item two[] = { P('A', 20), P('B', 30) };
	struct source *inputs[] = { OPEN("one", one), OPEN("two", two),
				    script_open("none", one, 0) };
	struct merge_figures figures[3];
	struct packet packet;
	struct block block;
	struct error err;
	struct source *merged;

	((struct script *)inputs[1])->damaged = true;
	merged = merge_sources(inputs, 3, watch, &err);
	for (int i = 0; i < 2; i++)
		source_next(merged, &packet, &block, &err);
	merge_figures(merged, figures);
	is_u64(figures[0].packets, 1, "a packet that is read ahead is not given");
	ok(figures[0].first_ns == 10 && figures[0].last_ns == 10, "... its time does not count");
	for (int i = 0; i < 2; i++)
		source_next(merged, &packet, &block, &err);
	is_u64(packet.data[0], 'b', "the others go on behind a damaged input");
	is_str(failure.text, "two: damaged", "whose error was told");
	is_u64(failures, 1, "... once");
	ok(source_next(merged, &packet, &block, &err) == SOURCE_END, "the end is an end");
	merge_figures(merged, figures);
	is_u64(figures[1].packets, 2, "packets of the damaged input");
	ok(figures[1].first_ns == 20 && figures[1].last_ns == 30, "... and their times");
	ok(figures[2].packets == 0 && figures[2].first_ns == INT64_MIN, "an input without packets");
	source_close(merged);
}

static void test_many(void)
{
	enum { INPUTS = 100, EACH = 50 };
	static struct item items[INPUTS][EACH];
	struct source *inputs[INPUTS];
	struct error err;
	struct packet packet;
	struct block block;
	int64_t last = -1;
	unsigned count = 0;
	bool sorted = true;

	for (unsigned i = 0; i < INPUTS; i++) {
		for (unsigned j = 0; j < EACH; j++)
			items[i][j] = (struct item)P('x', (int64_t)(j * 131 + i * 977 % 131));
		inputs[i] = OPEN("many", items[i]);
	}
	struct source *merged = merge_sources(inputs, INPUTS, watch, &err);

	while (source_next(merged, &packet, &block, &err) == SOURCE_PACKET) {
		sorted &= packet.time_ns >= last;
		last = packet.time_ns;
		count++;
	}
	ok(sorted, "a hundred inputs come out sorted");
	is_u64(count, INPUTS * EACH, "and whole");
	source_close(merged);
}

static void test_window(void)
{
	static const struct item near[] = { P('b', 20), P('a', 10), P('d', 40), P('c', 30),
					    P('e', 50) };
	static const struct item far[] = { P('a', 10), P('d', 100), P('b', 20), P('e', 110) };
	static const struct item ties[] = { P('a', 10), P('c', 20), P('b', 10), P('d', 20) };
	static const struct item blocks[] = { SECTION,
					      P('b', 20),
					      OTHER('n', PCAPNG_NAMES),
					      P('a', 10),
					      OTHER('s', PCAPNG_STATISTICS),
					      P('c', 30) };
	static const struct item sections[] = { SECTION, P('b', 20), P('a', 10), SECTION,
						P('1', 5) };
	static const struct item simple[] = { P('b', 20), SIMPLE('x'), P('a', 10), P('c', 30) };
	struct error err;

	is_str(run(reorder_open(OPEN("w", near), 15, 0, &err)), "abcde", "sorted in the window");
	is_str(run(reorder_open(OPEN("w", far), 15, 0, &err)), "abde",
	       "what is later comes as soon as it is read");
	is_str(run(reorder_open(OPEN("w", ties), 100, 0, &err)), "abcd", "ties keep their order");
	is_str(run(reorder_open(OPEN("w", blocks), 15, 0, &err)), "[S][n]ab[s]c",
	       "names at once, statistics behind their packets");
	is_str(run(reorder_open(OPEN("w", sections), 1000, 0, &err)), "[S]ab[S]1",
	       "a section ends before the next one begins");
	is_str(run(reorder_open(OPEN("w", simple), 15, 0, &err)), "abxc",
	       "a simple packet stays behind its neighbour");
}

/* A record longer than all memory leaves early; the packets behind it are sorted as ever. */
static void test_wide(void)
{
	static const struct item items[] = { P('a', 5),	 P('W', 10), P('c', 30),
					     P('b', 20), P('e', 50), P('d', 40) };
	struct error err;

	is_str(run(reorder_open(OPEN("w", items), 15, 0, &err)), "aWbcde",
	       "a packet longer than memory");
}

/* More than memory allows: they leave early, none is lost. The copies are longer than LEAST. */
static void test_memory(size_t memory)
{
	enum { COUNT = 100000, LEAST = sizeof(struct packet) + 40 };
	static struct item items[COUNT];
	struct source *inner, *window;
	struct packet packet;
	struct block block;
	struct error err;
	unsigned count = 0;
	bool whole = true;

	for (unsigned i = 0; i < COUNT; i++)
		items[i] = (struct item)P((char)('a' + i % 26), (int64_t)i);
	inner = OPEN("w", items);
	window = reorder_open(inner, INT64_MAX, memory, &err);
	while (source_next(window, &packet, &block, &err) == SOURCE_PACKET) {
		if (count == 0)
			ok(((struct script *)inner)->at < memory / LEAST,
			   "packets leave when %zu bytes are full", memory);
		whole &= packet.time_ns == (int64_t)count && packet.data[0] == 'a' + count % 26;
		count++;
	}
	is_u64(count, COUNT, "a window larger than memory loses nothing");
	ok(whole, "and keeps bytes and order");
	source_close(window);
}

int main(void)
{
	test_merge();
	test_waiting();
	test_damage();
	test_many();
	test_window();
	test_wide();
	test_memory(INPUTS_WINDOW_MEMORY / 20);
	test_memory(INPUTS_WINDOW_MEMORY / 300);
	test_memory(INPUTS_WINDOW_MEMORY / 4096);
	return tap_done();
}
