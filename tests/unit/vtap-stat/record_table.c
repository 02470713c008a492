/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that a person reads. */
#include "tools/vtap-stat/record_table.h"

#include <stdlib.h>

#include "lib/tap.h"
#include "tools/vtap-stat/record_writer.h"
#include "tools/vtap-stat/table_text.h"

static struct record_config config = {
	.by = "source", .top = 2, .max_keys = 1000, .flows = true, .utf8 = true
};
static struct record_table *table;
static char *text;

static void put(const char *key, uint64_t packets, uint64_t bytes)
{
	struct record record = { .key = key, .counts = { .packets = packets, .bytes = bytes } };

	ok(record_table_put(table, &record), "put %s", key);
}

static void print(void)
{
	size_t len;
	FILE *to;

	free(text);
	to = open_memstream(&text, &len);
	record_table_print(table, INT64_C(1794931560000000000), to);
	fclose(to);
}

static bool fits(unsigned width)
{
	char line[4096];
	bool all = true;

	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, at);
		/* Command lines are to be copied: they are not broken. */
		all &= table_text_width(line) <= width || strncmp(line, "  ", 2) == 0;
		at += len + (at[len] == '\n');
	}
	return all;
}

static void test_rows(void)
{
	table = record_table_open(&config);
	print();
	is_str(text,
	       "                        missing  missing       over-\n"
	       "source  packets  bytes    bytes  packets  cut   size\n",
	       "an empty table has a header");
	put("a", 1, 10);
	put("b", 1000, 12400000000);
	put("c", 3, 900);
	put("d", 1, 11);
	put("c", 3, 1);
	print();
	is_str(text,
	       "                                       missing  missing       over-\n"
	       "source               packets    bytes    bytes  packets  cut   size\n"
	       "b                      1.0 k  12.4 GB      0 B        0    0      0\n"
	       "c                          6    901 B      0 B        0    0      0\n"
	       "others (at least 2)        2     21 B      0 B        0    0      0\n",
	       "two rows and the rest");
	record_table_clear(table);
	ok(record_table_is_empty(table), "cleared");
	config.top = 0;
	config.max_keys = 2;
	put("a", 1, 10);
	put("b", 1, 20);
	put("c", 1, 30);
	config.flows = false;
	print();
	is_str(text,
	       "                                     missing  missing       over-\n"
	       "source               packets  bytes    bytes  packets  cut   size\n"
	       "b                          1   20 B        -        0    0      0\n"
	       "a                          1   10 B        -        0    0      0\n"
	       "others (at least 1)        1   30 B        -        0    0      0\n",
	       "all rows, as many as there may be");
	config.flows = true;
	config.top = 2;
	config.max_keys = 1000;
	record_table_close(table);
}

/* Many keys, each once: those with most bytes stay, and no byte is lost. */
static void test_many(void)
{
	struct record record = { 0 };
	char key[32];
	uint64_t bytes = 0;

	table = record_table_open(&config);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		record.key = key;
		record.counts.packets = 1;
		record.counts.bytes = i * 7919 % 10007;
		bytes += record.counts.bytes;
		record_table_put(table, &record);
	}
	bytes -= 10006 + 10005;
	print();
	ok(strstr(text, " 10.0 kB") && strstr(text, "others (at least 9,998)   10.0 k  50.0 MB"),
	   "%s# others have %" PRIu64, text, bytes);
	record_table_clear(table);
	record.forgotten = true;
	record.key = "f";
	record_table_put(table, &record);
	print();
	ok(strstr(text, "\nothers (at least 1) "), "what was forgotten is a part of the others");
	record_table_close(table);
}

static void test_widths(void)
{
	struct record record = { .counts = { .packets = 1,
					     .bytes = 1,
					     .superframes = 1200,
					     .superframe_wire_packets = 31000,
					     .hidden_cut = 1 },
				 .largest_superframe = 64000 };
	static const char *const names[] = {
		"vxlan-16777215@2001:db8:1234:5678:9abc:def0:1234:5678", "eth0", "\xff\x1b[31m",
		"漢字漢字漢字漢字漢字漢字漢字"
	};
	struct bar bar = { 0 };

	for (int64_t i = 0; i < 500; i++)
		bar_add(&bar, i * 1000000000, (uint64_t)i);
	record.bar = &bar;
	config.top = 20;
	config.input = "a b.pcap";
	table = record_table_open(&config);
	for (unsigned i = 0; i < 4; i++) {
		record.key = names[i];
		record_table_put(table, &record);
	}
	for (config.columns = 20; config.columns < 250; config.columns++) {
		config.utf8 = config.columns % 2;
		print();
		if (!fits(config.columns))
			break;
	}
	is_u64(config.columns, 250, "no line is wider than the terminal");
	config.columns = 80;
	config.utf8 = true;
	print();
	printf("# %s", text);
	ok(strstr(text, "\neth0 ") && strstr(text, "▇█▃\n"), "names and bars have room");
	ok(strstr(text,
		  "eth0: 1,200 superframes, the largest of 64,000 bytes, where 31,000 packets"),
	   "superframes of a source");
	ok(strstr(text, "further sources: 1,200"), "and of those behind the first");
	ok(strstr(text, "\n  ethtool -K IF gro off") &&
		   strstr(text, "\n  vtap-decap -q -r 'a b.pcap' | vtap-tap --segment 1500 -t "
				"gre://192.0.2.1 \\\n    --from 192.0.2.2 -w - | vtap-decap -q | "
				"vtap-stat\n"),
	   "two ways out");
	ok(strstr(text, "run it through vtap-fixlen first:"), "hidden cuts");
	ok(!strchr(text, '\x1b'), "no name gives orders to the terminal");
	config.columns = 0;
	config.input = NULL;
	record_table_close(table);
}

static void test_intervals(void)
{
	struct record record = { .key = "a", .counts = { .packets = 1, .bytes = 1 } };
	struct record_writer *writer;
	struct error err;
	size_t len;

	free(text);
	config.interval_s = 60;
	config.format = RECORD_TABLE;
	config.to = open_memstream(&text, &len);
	writer = record_writer_open(&config, &err);
	record_writer_put(writer, &record, &err);
	record_writer_end_interval(writer, INT64_C(1794931560000000000), &err);
	record_writer_put(writer, &record, &err);
	record_writer_put(writer, &record, &err);
	record_writer_finish(writer, INT64_C(1794931620000000000), &err);
	record_writer_close(writer);
	fclose(config.to);
	is_str(text,
	       "2026-11-17T16:05:00Z to 2026-11-17T16:06:00Z\n"
	       "                        missing  missing       over-\n"
	       "source  packets  bytes    bytes  packets  cut   size\n"
	       "a             1    1 B      0 B        0    0      0\n"
	       "\n"
	       "2026-11-17T16:06:00Z to 2026-11-17T16:07:00Z\n"
	       "                        missing  missing       over-\n"
	       "source  packets  bytes    bytes  packets  cut   size\n"
	       "a             2    2 B      0 B        0    0      0\n",
	       "a table for each interval");
}

int main(void)
{
	test_rows();
	test_many();
	test_widths();
	test_intervals();
	free(text);
	return tap_done();
}
