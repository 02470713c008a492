/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text format 0.0.4: a family is HELP, TYPE and samples in one place, no sample is there twice,
 * and what promtool says where it is installed.
 */
#include "cli/metrics.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"

struct counters {
	uint64_t sent, dropped, odd, largest, open;
};

static const struct stats_row rows[] = {
	{ STATS_OUTCOME, "sent", "sent", offsetof(struct counters, sent), false, NULL },
	{ STATS_DETAIL, "odd", "with odd bits: a \\ and\na new line",
	  offsetof(struct counters, odd), false, NULL },
	{ STATS_OUTCOME, "dropped", "dropped: \"why\"", offsetof(struct counters, dropped), true,
	  NULL },
	{ STATS_LARGEST, "largest", "bytes in the largest", offsetof(struct counters, largest),
	  true, NULL },
	{ STATS_GAUGE, "open_files", "files that are written", offsetof(struct counters, open),
	  false, NULL },
	{ 0 },
};

static const struct counters counters = {
	.sent = 4, .dropped = UINT64_MAX, .odd = 2, .largest = 9018, .open = 3
};

static uint64_t count_sources(void *arg)
{
	(void)arg;
	return 5;
}

static const struct stats_sources sources = { .count = count_sources };
static const char *uris[] = { "vxlan://10.0.2.9/3000", "gre://[fe80::1%a\"b\\c\nd\xff]",
			      "vxlan://10.0.2.9/3000" };

static void get_target(void *arg, unsigned i, struct stats_target *target)
{
	(void)arg;
	*target = (struct stats_target){ .uri = uris[i], .sent = i + 1, .bytes = 100, .failed = 7 };
}

static void get_errors(void *arg, unsigned i, void (*each)(void *arg, const char *name, uint64_t n),
		       void *each_arg)
{
	(void)arg;
	if (i > 0) {
		each(each_arg, "ECONNREFUSED", 3);
		each(each_arg, "ENOBUFS", i);
	}
}

static void get_interfaces(void *arg, void (*each)(void *arg, const char *name, bool up),
			   void *each_arg)
{
	(void)arg;
	each(each_arg, "br0", true);
	each(each_arg, "vnet*", false);
}

static struct stats stats = { .tool = "vtap-tap",
			      .rows = rows,
			      .counters = &counters,
			      .in = 9,
			      .out = 8,
			      .bytes_in = 900,
			      .bytes_out = 800,
			      .sources = &sources,
			      .target = get_target,
			      .target_errors = get_errors,
			      .interfaces = get_interfaces };

static char folder[] = "/tmp/vtap-metrics-XXXXXX";
static char path[64], tmp[70], text[16384];

static const char *slurp(void)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
	return text;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* Past a name of lower-case letters, digits and underscores; NULL: there is none. */
static const char *past_name(const char *at)
{
	if (!at || !is_letter(*at))
		return NULL;
	while (is_letter(*at) || (*at >= '0' && *at <= '9'))
		at++;
	return at;
}

/* Past NAME="VALUE"; inside only \\, \" and \n after a backslash. */
static const char *past_label(const char *at)
{
	at = past_name(at);
	if (!at || at[0] != '=' || at[1] != '"')
		return NULL;
	for (at += 2; *at && *at != '"'; at++)
		if (*at == '\\' && !strchr("\\\"n", *++at))
			return NULL;
	return *at == '"' ? at + 1 : NULL;
}

static const char *past_labels(const char *at)
{
	if (!at || *at != '{')
		return at;
	do
		at = past_label(at + 1);
	while (at && *at == ',');
	return at && *at == '}' ? at + 1 : NULL;
}

static bool is_sample(const char *line)
{
	const char *at = past_labels(past_name(line));
	char *end;

	if (!at || *at != ' ' || at[1] < '0' || at[1] > '9')
		return false;
	strtoull(at + 1, &end, 10);
	return *end == '\0';
}

/* The next line of *rest, or NULL. */
static char *take_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return line;
}

static bool has_name(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && strchr(" {", line[n]);
}

/* HELP and TYPE of one name, then at least one sample of it, all of one family in one place. */
static const char *first_fault(char *rest)
{
	static char name[128];
	char type[16] = "", seen[4096] = " ", *line;
	unsigned samples = 1;

	name[0] = '\0';
	while ((line = take_line(&rest))) {
		if (sscanf(line, "# HELP %127s", name) == 1) {
			char both[140], *next = take_line(&rest);

			snprintf(both, sizeof(both), " %s ", name);
			if (strstr(seen, both) || samples == 0)
				return line;
			strncat(seen, both + 1, sizeof(seen) - strlen(seen) - 1);
			snprintf(both, sizeof(both), "# TYPE %s ", name);
			if (!next || strncmp(next, both, strlen(both)) != 0)
				return line;
			snprintf(type, sizeof(type), "%.15s", next + strlen(both));
			samples = 0;
			continue;
		}
		if (!is_sample(line) || !has_name(line, name))
			return line;
		if ((strcmp(type, "counter") == 0) != (strstr(name, "_total") != NULL))
			return line;
		samples++;
	}
	return *rest ? rest : samples == 0 ? name : NULL;
}

/* A sample without its value stands at the start of a later line, too. */
static bool twice(const char *all)
{
	char sample[1024];

	for (const char *line = all, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		snprintf(sample, sizeof(sample), "\n%.*s", (int)(next - line - 1), line);
		sample[strrchr(sample, ' ') ? strrchr(sample, ' ') - sample + 1 : 1] = '\0';
		if (*line != '#' && strstr(next - 1, sample))
			return true;
	}
	return false;
}

static void well_formed(const char *name, const char *tap)
{
	const struct metrics_label label = { tap ? "tap" : NULL, tap };
	struct error err = { 0 };
	char copy[sizeof(text)];
	const char *fault;

	ok(metrics_write(&stats, &label, path, &err) && access(tmp, F_OK) != 0,
	   "%s: written, no .tmp", name);
	memcpy(copy, slurp(), sizeof(copy));
	fault = first_fault(copy);
	ok(!fault, "%s: well formed%s%s", name, fault ? ": " : "", fault ? fault : "");
	ok(!twice(text), "%s: no labels twice", name);
}

static void has(const char *line)
{
	ok(strstr(text, line) != NULL, "%.60s", line + (*line == '\n'));
}

static void contents(void)
{
	has("\nvtap_tap_packets_total{outcome=\"sent\"} 4\n"
	    "vtap_tap_packets_total{outcome=\"dropped\"} 18446744073709551615\n");
	has("\n# HELP vtap_tap_odd_total with odd bits: a \\\\ and\\na new line\n"
	    "# TYPE vtap_tap_odd_total counter\nvtap_tap_odd_total 2\n");
	has("\n# TYPE vtap_tap_largest_bytes gauge\nvtap_tap_largest_bytes 9018\n");
	has("\n# TYPE vtap_tap_open_files gauge\nvtap_tap_open_files 3\n");
	has("\n# TYPE vtap_tap_sources gauge\nvtap_tap_sources 5\n");
	has("\nvtap_tap_in_packets_total 9\n");
	has("\n# TYPE vtap_tap_interface_up gauge\n"
	    "vtap_tap_interface_up{interface=\"br0\"} 1\n"
	    "vtap_tap_interface_up{interface=\"vnet*\"} 0\n");
	has("\nvtap_tap_records_skipped_total 0\n");
	has("\nvtap_tap_target_sent_packets_total{target=\"vxlan://10.0.2.9/3000\"} 1\n"
	    "vtap_tap_target_sent_packets_total{target=\"gre://"
	    "[fe80::1%a\\\"b\\\\c\\nd\xef\xbf\xbd]\"} 2\n"
	    "vtap_tap_target_sent_packets_total{target=\"vxlan://10.0.2.9/3000 #3\"} 3\n");
	has("\nvtap_tap_target_errors_total{target=\"vxlan://10.0.2.9/3000 #3\",error=\"ENOBUFS\"} "
	    "2\n");
}

/* A collector that has the files of two taps must not see a sample of one as the other's. */
static void named(void)
{
	static const char label[] = "{tap=\"br0,\\\"a\\\"\"";
	unsigned without = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		without += *line != '#' &&
			   strncmp(line + strcspn(line, "{ "), label, strlen(label)) != 0;
	ok(without == 0, "every sample names the tap, %u do not", without);
	has("\nvtap_tap_in_packets_total{tap=\"br0,\\\"a\\\"\"} 9\n");
	has("\nvtap_tap_packets_total{tap=\"br0,\\\"a\\\"\",outcome=\"sent\"} 4\n");
}

static void promtool(void)
{
	char command[300];

	if (system("command -v promtool >/dev/null 2>&1") != 0) {
		printf("ok %d # SKIP promtool is not installed (package prometheus)\n",
		       ++tap_count);
		return;
	}
	snprintf(command, sizeof(command),
		 "promtool check metrics <%s >%s 2>&1 || { sed 's/^/# /' %s; false; }", path, tmp,
		 tmp);
	ok(system(command) == 0, "promtool has nothing to say");
	unlink(tmp);
}

static void own_metrics(void *arg, struct metrics_writer *metrics)
{
	(void)arg;
	metrics_family(metrics, "captures_total", "counter", "captures by what became of them");
	metrics_sample(metrics, "captures_total", "outcome", "proven", 7);
	metrics_sample(metrics, "captures_total", "outcome", "failed", 0);
	metrics_gauge(metrics, "waiting", "captures that wait", 3);
}

/* A tool that counts other things than packets. */
static void own(void)
{
	const struct stats_own figures = { .instead = true, .metrics = own_metrics };
	const struct metrics_label label = { "run", "x" };
	struct stats run = { .tool = "vtap-archive", .own = &figures };
	struct error err = { 0 };
	char copy[sizeof(text)];

	ok(metrics_write(&run, &label, path, &err), "a tool's own families");
	memcpy(copy, slurp(), sizeof(copy));
	ok(!first_fault(copy), "... are well formed");
	has("vtap_archive_captures_total{run=\"x\",outcome=\"proven\"} 7");
	has("vtap_archive_captures_total{run=\"x\",outcome=\"failed\"} 0");
	has("# TYPE vtap_archive_captures_total counter");
	has("vtap_archive_waiting{run=\"x\"} 3");
	ok(strstr(text, "vtap_archive_build_info{") && !strstr(text, "packets"),
	   "stand in place of those of packets");
}

static void refused(void)
{
	const struct metrics_label label = { 0 };
	struct error err = { 0 };

	ok(!metrics_write(&stats, &label, "/dev/full", &err) && strstr(err.text, "/dev/full"),
	   "a failed write is an error: %s", err.text);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/tap.prom", folder);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	well_formed("no targets", NULL);
	ok(!strstr(text, "target_"), "without targets no word of them");
	stats.target_count = 3;
	well_formed("targets", NULL);
	contents();
	promtool();
	well_formed("a tap", "br0,\"a\"");
	named();
	promtool();
	own();
	refused();
	unlink(path);
	rmdir(folder);
	return tap_done();
}
