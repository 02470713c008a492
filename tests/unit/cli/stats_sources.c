/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of sources: order, columns, how many rows, and the sum of the rest. */
#include "cli/stats_sources.h"

#include <stdlib.h>

#include "lib/tap.h"

enum { RECORDS_MAX = 1000 };

struct record {
	uint64_t packets, bytes, lost;
	char name[32];
};

struct records {
	struct record of[RECORDS_MAX];
	unsigned count;
	struct record rest; /* what was not told apart */
};

static void each_record(void *arg, void (*put)(void *put_arg, const struct stats_source *source),
			void *put_arg)
{
	const struct records *records = arg;

	for (unsigned i = 0; i < records->count; i++) {
		const struct record *record = &records->of[i];

		put(put_arg, &(struct stats_source){ .record = record,
						     .packets = record->packets,
						     .bytes = record->bytes,
						     .more = { 0, record->lost } });
	}
	if (records->rest.packets > 0)
		put(put_arg, &(struct stats_source){ .packets = records->rest.packets,
						     .bytes = records->rest.bytes,
						     .more = { 0, records->rest.lost } });
}

static void record_name(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	(void)arg;
	snprintf(name, STATS_SOURCE_NAME_MAX, "%s", ((const struct record *)record)->name);
}

static void record_json(void *arg, const void *record, struct json *json)
{
	(void)arg;
	json_bool(json, "known", record != NULL);
}

static const struct stats_source_column columns[] = { { "never", "never", "never", false },
						      { "bytes_lost", "lost", "lost", true },
						      { 0 } };
static const struct stats_sources table = { .noun = "source",
					    .columns = columns,
					    .each = each_record,
					    .name = record_name,
					    .json = record_json };
static struct records records;
static char *text;

static const char *print(unsigned lines)
{
	size_t size = 0;
	FILE *to;

	free(text);
	to = open_memstream(&text, &size);
	stats_sources_print(to, &table, &records, lines);
	fclose(to);
	return text;
}

static void add(const char *name, uint64_t packets, uint64_t bytes, uint64_t lost)
{
	struct record *record = &records.of[records.count++];

	*record = (struct record){ packets, bytes, lost, "" };
	snprintf(record->name, sizeof(record->name), "%s", name);
}

static void sorts(void)
{
	is_str(print(0), "", "nothing: no heading");
	add("few", 7, 700, 0);
	add("most", 1301074, 1500000000, 0);
	add("first of two", 20, 1000, 0);
	add("second of two", 20, 999, 0);
	is_str(print(0),
	       "       packets   bytes  source\n"
	       "     1,301,074  1.5 GB  most\n"
	       "            20  1.0 kB  first of two\n"
	       "            20   999 B  second of two\n"
	       "             7   700 B  few\n",
	       "by packets, then as they appeared; a column of zeros is left out");
}

static void sums(void)
{
	char before[512];

	snprintf(before, sizeof(before), "%s", print(0));
	is_str(print(5), before, "five lines: all");
	is_str(print(4),
	       "       packets   bytes  source\n"
	       "     1,301,074  1.5 GB  most\n"
	       "            20  1.0 kB  first of two\n"
	       "            27  1.7 kB  others\n",
	       "four lines: the last two are others");
	snprintf(before, sizeof(before), "%s", print(3));
	is_str(print(2), before, "fewer than three lines: three");
	records.rest = (struct record){ 3, 1500, 123456, "" };
	is_str(print(5),
	       "       packets   bytes    lost  source\n"
	       "     1,301,074  1.5 GB     0 B  most\n"
	       "            20  1.0 kB     0 B  first of two\n"
	       "            20   999 B     0 B  second of two\n"
	       "            10  2.2 kB  123 kB  others\n",
	       "what was not told apart is among the others");
	ok(strstr(print(6), "few") && strstr(text, "             3  1.5 kB  123 kB  others\n"),
	   "six lines: alone");
}

static void many(void)
{
	unsigned lines = 0;

	records.count = 0;
	for (unsigned i = 0; i < RECORDS_MAX; i++)
		add("one\033[2J", i, i, i);
	records.rest = (struct record){ .packets = 1 };
	for (const char *at = print(0); at && *at; at = strchr(at, '\n') + 1)
		lines++;
	is_u64(lines, RECORDS_MAX + 2, "no limit: a row each");
	ok(!strchr(text, '\033'), "a terminal gets no commands");
	print(24);
	lines = 0;
	for (const char *at = strchr(text, '\n'); at && at[1]; at = strchr(at + 1, '\n'))
		lines++;
	is_u64(lines, 23, "24 lines with the heading");
	ok(strstr(text, "\n       477,754") && strstr(text, "  others\n"),
	   "the sum of 978 of them, and of the rest: others");
}

static void writes_json(void)
{
	struct json json;
	size_t size = 0;
	FILE *to;

	records.count = 0;
	add("a\"b", 5, 600, 7);
	free(text);
	to = open_memstream(&text, &size);
	json_init(&json, to);
	stats_sources_json(&json, &table, &records);
	fclose(to);
	is_str(text,
	       "{\"name\": \"a\\\"b\", \"packets\": 5, \"bytes\": 600, \"never\": 0, "
	       "\"bytes_lost\": 7, \"known\": true}, "
	       "{\"name\": \"others\", \"packets\": 1, \"bytes\": 0, \"never\": 0, "
	       "\"bytes_lost\": 0, \"known\": false}",
	       "JSON: exact numbers, all columns, in the order of appearance");
}

int main(void)
{
	sorts();
	sums();
	many();
	writes_json();
	free(text);
	return tap_done();
}
