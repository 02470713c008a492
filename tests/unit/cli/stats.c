/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/stats_print.h"
#include "lib/tap.h"

struct counters {
	uint64_t stripped, dropped, odd, late, largest;
};

static const struct stats_row rows[] = {
	{ STATS_OUTCOME, "stripped", "stripped", offsetof(struct counters, stripped), false, NULL },
	{ STATS_DETAIL, "odd", "with odd bits", offsetof(struct counters, odd), false, NULL },
	{ STATS_OUTCOME, "dropped", "dropped: no tunnel", offsetof(struct counters, dropped), true,
	  NULL },
	{ STATS_DETAIL, "late", "came late", offsetof(struct counters, late), true, NULL },
	{ STATS_LARGEST, "largest", "bytes in the largest", offsetof(struct counters, largest),
	  true, NULL },
	{ 0 },
};

static void each_source(void *arg, void (*put)(void *put_arg, const struct stats_source *source),
			void *put_arg)
{
	const struct stats_source first = { .record = arg, .packets = 3, .bytes = 1500 };
	const struct stats_source second = { .record = arg, .packets = 2, .bytes = 20 };

	put(put_arg, &first);
	put(put_arg, &second);
}

static void source_name(void *arg, const void *record, char name[STATS_SOURCE_NAME_MAX])
{
	snprintf(name, STATS_SOURCE_NAME_MAX, "%s", arg == record ? (const char *)arg : "?");
}

static const struct stats_source_column no_columns[] = { { 0 } };
static const struct stats_sources sources = {
	.noun = "source", .columns = no_columns, .each = each_source, .name = source_name
};

static struct counters counters;
static char source[] = "gre@10.0.0.1";
static struct stats stats = {
	.tool = "vtap-x",
	.rows = rows,
	.counters = &counters,
	.in = 5,
	.out = 4,
	.bytes_in = 500,
	.bytes_out = 200,
	.sources = &sources,
	.sources_arg = source,
};

static char folder[] = "/tmp/vtap-stats-XXXXXX";
static char path[64], text[4096];

static const char *slurp(const char *name)
{
	FILE *file = fopen(name, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
	return text;
}

static void writes_json(void)
{
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s/stats.json", folder);
	ok(stats_write(&stats, path, &err), "written");
	is_str(slurp(path),
	       "{\"schema_version\": 1, \"tool\": \"vtap-x\", \"version\": \"" VTAP_VERSION
	       "\", \"complete\": true, "
	       "\"in\": 5, \"out\": 4, \"bytes_in\": 500, \"bytes_out\": 200, "
	       "\"outcomes\": {\"stripped\": 4, \"dropped\": 1}, "
	       "\"details\": {\"odd\": 2, \"late\": 0, \"largest\": 70, \"records_skipped\": 0, "
	       "\"gso_split\": 0, \"simple_to_enhanced\": 0, "
	       "\"timestamps_clamped\": 3, \"fcs_removed\": 0, "
	       "\"blocks_dropped\": 0, \"packets_lost\": 0}, "
	       "\"sources\": [{\"name\": \"gre@10.0.0.1\", \"packets\": 3, \"bytes\": 1500}, "
	       "{\"name\": \"gre@10.0.0.1\", \"packets\": 2, \"bytes\": 20}]}\n",
	       "one object with all counters");
	unlink(path);
}

static void refused(void)
{
	struct error err = { 0 };

	ok(stats_write(&stats, "/dev/null", &err), "a device is written directly");
	ok(!stats_write(&stats, "/dev/full", &err) && strstr(err.text, "/dev/full"),
	   "a failed write is an error");
	snprintf(path, sizeof(path), "%s/missing/s.json", folder);
	ok(!stats_write(&stats, path, &err) && strstr(err.text, path), "so is a missing folder");
}

static void prints(void)
{
	FILE *to = fmemopen(text, sizeof(text), "w");

	stats_print(&stats, to);
	fclose(to);
	is_str(text,
	       "vtap-x: 5 packets (500 B) in, 4 (200 B) out\n"
	       "             4  stripped\n"
	       "             1  dropped: no tunnel\n"
	       "  details:\n"
	       "             2  with odd bits\n"
	       "            70  bytes in the largest\n"
	       "  files:\n"
	       "             3  times rounded or clamped to what the format can hold\n"
	       "       packets   bytes  source\n"
	       "             3  1.5 kB  gre@10.0.0.1\n"
	       "             2    20 B  gre@10.0.0.1\n",
	       "a table of what is not 0");
}

static void get_target(void *arg, unsigned i, struct stats_target *target)
{
	const char *const *uris = arg;

	*target = (struct stats_target){ .uri = uris[i], .sent = 10 + i, .bytes = 900 };
	if (i == 1)
		target->failed = 3;
	if (i == 1)
		target->oversize = 4, target->rate_limited = 5;
}

static void get_errors(void *arg, unsigned i, void (*each)(void *arg, const char *name, uint64_t n),
		       void *each_arg)
{
	(void)arg;
	if (i == 0)
		return;
	each(each_arg, "ECONNREFUSED", 2);
	each(each_arg, "ENOBUFS", 1);
}

static void targets(void)
{
	static const char *uris[] = { "vxlan://10.0.2.9/3000", "gre://[2001:db8::1]" };
	struct stats with = stats;
	struct error err = { 0 };
	FILE *to;

	with.target_count = 2;
	with.target = get_target;
	with.target_errors = get_errors;
	with.targets_arg = uris;
	snprintf(path, sizeof(path), "%s/stats.json", folder);
	ok(stats_write(&with, path, &err), "targets are written");
	is_str(strstr(slurp(path), ", \"targets\""),
	       ", \"targets\": [{\"uri\": \"vxlan://10.0.2.9/3000\", \"sent\": 10, \"bytes\": 900, "
	       "\"failed\": 0, \"oversize\": 0, \"rate_limited\": 0, \"errors\": {}}, "
	       "{\"uri\": \"gre://[2001:db8::1]\", \"sent\": 11, \"bytes\": 900, "
	       "\"failed\": 3, \"oversize\": 4, \"rate_limited\": 5, "
	       "\"errors\": {\"ECONNREFUSED\": 2, \"ENOBUFS\": 1}}]}\n",
	       "one object each");
	unlink(path);
	to = fmemopen(text, sizeof(text), "w");
	stats_print(&with, to);
	fclose(to);
	is_str(strstr(text, "  targets:"),
	       "  targets:\n"
	       "            10  vxlan://10.0.2.9/3000 (900 B)\n"
	       "            11  gre://[2001:db8::1] (900 B), 3 failed, 4 oversize, "
	       "5 frames above the rate, 2 ECONNREFUSED, 1 ENOBUFS\n",
	       "and a line each");
}

static void lines(void)
{
	struct counters now = { .dropped = 7, .late = 2, .largest = 9000 };
	struct stats run = { .tool = "vtap-x", .rows = rows, .counters = &now };
	char line[128], small[9];

	run.in = 1000;
	stats_print_line(&run, 5000000000, line, sizeof(line));
	is_str(line, "1,000 in, 0 out, 7 dropped, 2 late", "a first line has no rate");
	run.in += 2469134;
	run.bytes_in += 50;
	run.out = 12;
	stats_print_line(&run, 7000000000, line, sizeof(line));
	is_str(line, "2,470,134 in (1.2 Mpackets/s, 200 bit/s), 12 out, 7 dropped, 2 late",
	       "rates are those since the line before");
	stats_print_line(&run, 7500000000, line, sizeof(line));
	is_str(line, "2,470,134 in (0 packets/s, 0 bit/s), 12 out, 7 dropped, 2 late",
	       "nothing new");
	run.in += 999600;
	stats_print_line(&run, 8500000000, line, sizeof(line));
	ok(strstr(line, "(1.0 Mpackets/s"), "999,600 is 1.0 M: %s", line);
	stats_print_line(&run, 8500000000, line, sizeof(line));
	ok(!strstr(line, "/s"), "no time has passed: no rate");
	stats_print_line(&run, 9000000000, small, sizeof(small));
	is_str(small, "3,469,73", "a short line is cut");
}

static void losses(void)
{
	char line[128], small[12];

	ok(stats_print_losses(&stats, line, sizeof(line)), "something was lost");
	is_str(line, "1 dropped: no tunnel, 70 bytes in the largest",
	       "losses: what a format cannot say is none");
	ok(stats_print_losses(&stats, small, sizeof(small)), "a short line");
	is_str(small, "1 dropped: ", "is cut");
	counters.dropped = 0;
	ok(!stats_print_losses(&stats, line, sizeof(line)), "nothing was lost: a size is none");
	counters.largest = 0;
	ok(!stats_print_losses(&stats, line, sizeof(line)), "nothing was lost");
}

static void own_json(void *arg, struct json *json)
{
	json_number(json, "captures", *(const unsigned *)arg);
}

static void own_table(void *arg, FILE *to)
{
	fprintf(to, "%u captures\n", *(const unsigned *)arg);
}

static void own_line(void *arg, FILE *to)
{
	fprintf(to, "%u captures wait", *(const unsigned *)arg);
}

static const char *printed(const struct stats *of)
{
	FILE *to = fopen(path, "w");

	stats_print(of, to);
	fclose(to);
	return slurp(path);
}

static void own(void)
{
	static const struct stats_own in_place = { true, own_json, NULL, own_table, own_line };
	static const struct stats_own behind = { false, own_json, NULL, own_table, NULL };
	unsigned captures = 3;
	struct counters none = { 0 };
	struct stats run = { .tool = "vtap-x",
			     .rows = rows,
			     .counters = &none,
			     .own = &in_place,
			     .own_arg = &captures };
	struct error err;
	char line[64];

	ok(stats_write(&run, path, &err), "figures of a tool's own");
	is_str(slurp(path),
	       "{\"schema_version\": 1, \"tool\": \"vtap-x\", \"version\": \"" VTAP_VERSION
	       "\", \"complete\": true, \"captures\": 3}\n",
	       "stand in place of those of packets");
	is_str(printed(&run), "3 captures\n", "... in the table, too");
	stats_print_line(&run, 1, line, sizeof(line));
	is_str(line, "3 captures wait", "... and in the line");
	run.own = &behind;
	ok(stats_write(&run, path, &err) && strstr(slurp(path), "\"in\": 0,") &&
		   strstr(text, "\"details\": {") && strstr(text, "}, \"captures\": 3}\n"),
	   "or behind them: %s", text);
	is_str(printed(&run), "vtap-x: 0 packets (0 B) in, 0 (0 B) out\n3 captures\n",
	       "... in the table, too");
	stats_print_line(&run, 1, line, sizeof(line));
	is_str(line, "0 in, 0 out, 0 dropped", "... but not in the line");
	unlink(path);
}

int main(void)
{
	counters = (struct counters){ .stripped = 4, .dropped = 1, .odd = 2, .largest = 70 };
	stats.timestamps_clamped = 3;
	if (!mkdtemp(folder))
		return 1;
	writes_json();
	refused();
	prints();
	targets();
	lines();
	losses();
	own();
	rmdir(folder);
	return tap_done();
}
