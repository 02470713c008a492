/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Totals of keys for Prometheus. */
#include "tools/vtap-stat/record_prometheus.h"

#include <stdlib.h>

#include "lib/tap.h"

static struct record_config config = { .by = "source", .top = 2, .flows = true };
static struct record_prometheus *prometheus;
static char *text;

static void put(const char *key, uint64_t packets)
{
	struct record record = { .key = key,
				 .counts = { .packets = packets,
					     .superframes = 1,
					     .jumbo = 20,
					     .unknown_oversize = 300,
					     .missing_kernel = 4,
					     .tcp = { .network_bytes = 9 } } };

	record_prometheus_put(prometheus, &record);
}

static void write_all(void)
{
	size_t len;
	FILE *to;

	free(text);
	to = open_memstream(&text, &len);
	record_prometheus_write(prometheus, to);
	fclose(to);
}

static void has(const char *line, const char *name)
{
	ok(strstr(text, line), "%s", name);
}

static void test_keys(void)
{
	prometheus = record_prometheus_open(&config);
	write_all();
	has("# TYPE vtap_stat_packets_total counter\nvtap_stat_packets_total{key=\"others\"} 0\n",
	    "others are there from the start");
	put("b\"\\\n\xff", 1);
	put("a", 10);
	put("c", 100);
	put("d", 1000);
	put("a", 10);
	write_all();
	has("# HELP vtap_stat_packets_total packets by what became of them\n"
	    "# TYPE vtap_stat_packets_total counter\n"
	    "vtap_stat_packets_total{key=\"b\\\"\\\\\\n\xef\xbf\xbd\"} 1\n"
	    "vtap_stat_packets_total{key=\"a\"} 20\n"
	    "vtap_stat_packets_total{key=\"others\"} 1100\n"
	    "# HELP",
	    "the first keep their labels, all others are one");
	has("vtap_stat_oversize_packets_total{key=\"a\"} 642\n", "a sum");
	has("vtap_stat_missing_bytes_total{key=\"a\",how=\"tap\"} 0\n"
	    "vtap_stat_missing_bytes_total{key=\"a\",how=\"network\"} 18\n"
	    "vtap_stat_missing_bytes_total{key=\"a\",how=\"open\"} 0\n"
	    "vtap_stat_missing_bytes_total{key=\"others\",how=\"tap\"} 0\n",
	    "missing bytes");
	has("vtap_stat_missing_packets_total{key=\"a\",how=\"tunnel\"} 0\n"
	    "vtap_stat_missing_packets_total{key=\"a\",how=\"kernel\"} 8\n"
	    "vtap_stat_missing_packets_total{key=\"others\",how=\"tunnel\"} 0\n",
	    "missing packets");
	config.flows = false;
	write_all();
	ok(!strstr(text, "missing_bytes"), "without flows nothing is said of missing bytes");
	config.flows = true;
	record_prometheus_close(prometheus);
}

int main(void)
{
	test_keys();
	free(text);
	return tap_done();
}
