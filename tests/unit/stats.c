/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stats.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "tests/tap.h"

struct counters {
	uint64_t stripped, dropped, odd;
};

static const struct stats_row rows[] = {
	{ STATS_OUTCOME, "stripped", "stripped", offsetof(struct counters, stripped), false },
	{ STATS_DETAIL, "odd", "with odd bits", offsetof(struct counters, odd), false },
	{ STATS_OUTCOME, "dropped", "dropped: no tunnel", offsetof(struct counters, dropped),
	  true },
	{ 0 },
};

static void json_sources(struct json *json, void *arg)
{
	for (int i = 0; i < 2; i++) {
		json_object(json, NULL);
		json_string(json, "name", arg, strlen(arg));
		json_object_end(json);
	}
}

static void text_sources(FILE *to, void *arg)
{
	fprintf(to, "source %s\n", (char *)arg);
}

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
	.sources = json_sources,
	.sources_text = text_sources,
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
	       "{\"tool\": \"vtap-x\", \"version\": \"" VTAP_VERSION "\", \"complete\": true, "
	       "\"in\": 5, \"out\": 4, \"bytes_in\": 500, \"bytes_out\": 200, "
	       "\"outcomes\": {\"stripped\": 4, \"dropped\": 1}, "
	       "\"details\": {\"odd\": 2, \"records_skipped\": 0, \"simple_to_enhanced\": 0, "
	       "\"time_cut\": 3, \"blocks_lost\": 0}, "
	       "\"sources\": [{\"name\": \"gre@10.0.0.1\"}, {\"name\": \"gre@10.0.0.1\"}]}\n",
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
	       "vtap-x: packets (bytes): 5 (500) in, 4 (200) out\n"
	       "             4  stripped\n"
	       "             1  dropped: no tunnel\n"
	       "  of these:\n"
	       "             2  with odd bits\n"
	       "  files:\n"
	       "             3  rounded down: times finer than the format\n"
	       "source gre@10.0.0.1\n",
	       "a table of what is not 0");
}

static void losses(void)
{
	char line[128], small[12];

	ok(stats_losses(&stats, line, sizeof(line)), "something was lost");
	is_str(line, "1 dropped: no tunnel", "losses: what a format cannot say is none");
	ok(stats_losses(&stats, small, sizeof(small)), "a short line");
	is_str(small, "1 dropped: ", "is cut");
	counters.dropped = 0;
	ok(!stats_losses(&stats, line, sizeof(line)), "nothing was lost");
}

int main(void)
{
	counters = (struct counters){ .stripped = 4, .dropped = 1, .odd = 2 };
	stats.time_cut = 3;
	if (!mkdtemp(folder))
		return 1;
	writes_json();
	refused();
	prints();
	losses();
	rmdir(folder);
	return tap_done();
}
