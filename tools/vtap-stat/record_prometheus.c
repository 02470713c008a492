/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_prometheus.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash_table.h"
#include "base/utf8.h"
#include "cli/metrics.h"
#include "record_sum.h"

struct prometheus_row {
	struct prometheus_row *next; /* the key that appeared after it */
	struct counts counts;
	char key[];
};

struct record_prometheus {
	const struct record_config *config;
	struct hash_table by_key;
	struct prometheus_row *first, **last;
	struct counts others;
};

#define COUNTER(member) (uint16_t) offsetof(struct counts, member)
enum { PARTS = 3, NOTHING = 0xFFFF };

/* A sample is the sum of some counters; several samples of a family differ by their label `how`. */
struct prometheus_sample {
	const char *how; /* NULL: no such label */
	uint16_t at[PARTS];
};

struct prometheus_family {
	const char *name, *help;
	struct prometheus_sample samples[PARTS];
};

#define ONE(member)                                               \
	{                                                         \
		{                                                 \
			NULL,                                     \
			{                                         \
				COUNTER(member), NOTHING, NOTHING \
			}                                         \
		}                                                 \
	}
#define HOW(label, member)                                \
	{                                                 \
		label,                                    \
		{                                         \
			COUNTER(member), NOTHING, NOTHING \
		}                                         \
	}

static const struct prometheus_family families[] = {
	{ "packets", METRICS_PACKETS_HELP, ONE(packets) },
	{ "bytes", "bytes of its packets on the wire", ONE(bytes) },
	{ "captured_bytes", "bytes of its packets in the capture", ONE(captured_bytes) },
	{ "late_packets", "packets that came after one with a later time", ONE(late) },
	{ "cut_packets", "packets that the tap has cut", ONE(cut) },
	{ "hidden_cut_packets", "packets that the tap has cut without saying so", ONE(hidden_cut) },
	{ "oversize_packets",
	  "IP packets above 1500 bytes",
	  { { NULL, { COUNTER(superframes), COUNTER(jumbo), COUNTER(unknown_oversize) } } } },
	{ "missing_bytes",
	  "bytes of TCP that were never seen",
	  { HOW("tap", tcp.tap_bytes), HOW("network", tcp.network_bytes),
	    HOW("open", tcp.open_bytes) } },
	{ "missing_packets",
	  "packets that were lost on the way to the capture",
	  { HOW("tunnel", missing_tunnel), HOW("kernel", missing_kernel) } },
};

struct record_prometheus *record_prometheus_open(const struct record_config *config)
{
	struct record_prometheus *prometheus = calloc(1, sizeof(*prometheus));

	if (!prometheus)
		return NULL;
	prometheus->config = config;
	prometheus->last = &prometheus->first;
	hash_table_init(&prometheus->by_key);
	return prometheus;
}

static struct prometheus_row *add_row(struct record_prometheus *prometheus, const char *key)
{
	size_t len = strlen(key);
	struct prometheus_row *row = calloc(1, sizeof(*row) + len + 1);

	if (!row)
		return NULL;
	memcpy(row->key, key, len + 1);
	if (!hash_table_put(&prometheus->by_key, row->key, len, row)) {
		free(row);
		return NULL;
	}
	*prometheus->last = row;
	prometheus->last = &row->next;
	return row;
}

bool record_prometheus_put(struct record_prometheus *prometheus, const struct record *record)
{
	struct prometheus_row *row =
		hash_table_get(&prometheus->by_key, record->key, strlen(record->key));

	if (!row && prometheus->by_key.count < prometheus->config->top) {
		row = add_row(prometheus, record->key);
		if (!row)
			return false;
	}
	record_sum_add(row ? &row->counts : &prometheus->others, &record->counts);
	return true;
}

/* A value of a label is UTF-8 with \\, \" and \n. */
static void put_label(FILE *to, const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t len = utf8_len(bytes, left);

		if (*bytes == '\n')
			fputs("\\n", to);
		else if (*bytes == '\\' || *bytes == '"')
			fprintf(to, "\\%c", *bytes);
		else if (len > 0)
			fwrite(bytes, 1, len, to);
		else
			fputs("\xef\xbf\xbd", to); /* U+FFFD */
		bytes += len ? len : 1;
		left -= len ? len : 1;
	}
}

static uint64_t sample_value(const struct prometheus_sample *sample, const struct counts *counts)
{
	struct span bytes = span_of(counts, sizeof(*counts));
	uint64_t sum = 0, part;

	for (unsigned i = 0; i < PARTS; i++)
		if (sample->at[i] != NOTHING &&
		    span_copy(bytes, sample->at[i], &part, sizeof(part)))
			sum += part;
	return sum;
}

static void put_samples(FILE *to, const struct prometheus_family *family, const char *key,
			const struct counts *counts)
{
	for (unsigned i = 0; i < PARTS && (i == 0 || family->samples[i].how); i++) {
		fprintf(to, "vtap_stat_%s_total{key=\"", family->name);
		put_label(to, key);
		if (family->samples[i].how)
			fprintf(to, "\",how=\"%s", family->samples[i].how);
		fprintf(to, "\"} %" PRIu64 "\n", sample_value(&family->samples[i], counts));
	}
}

/* What is absent where flows are not followed. */
static bool is_of_flows(const struct prometheus_family *family)
{
	return family->samples[0].at[0] >= offsetof(struct counts, tcp);
}

void record_prometheus_write(const struct record_prometheus *prometheus, FILE *to)
{
	for (unsigned i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct prometheus_family *family = &families[i];

		if (is_of_flows(family) && !prometheus->config->flows)
			continue;
		fprintf(to,
			"# HELP vtap_stat_%s_total %s\n"
			"# TYPE vtap_stat_%s_total counter\n",
			family->name, family->help, family->name);
		for (const struct prometheus_row *row = prometheus->first; row; row = row->next)
			put_samples(to, family, row->key, &row->counts);
		put_samples(to, family, "others", &prometheus->others);
	}
}

void record_prometheus_close(struct record_prometheus *prometheus)
{
	if (!prometheus)
		return;
	for (struct prometheus_row *row = prometheus->first, *next; row; row = next) {
		next = row->next;
		free(row);
	}
	hash_table_free(&prometheus->by_key);
	free(prometheus);
}
