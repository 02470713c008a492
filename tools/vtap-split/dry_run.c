/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dry_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "io/output.h"
#include "split_keys.h"

/* A line of the table. */
struct row {
	struct split_sums sums;
	unsigned number; /* in the order of first packets */
	char *key;
};

/* Keys with as many packets stay in the order in which they were met. */
static int dry_run_compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->sums.packets != right->sums.packets)
		return left->sums.packets < right->sums.packets ? 1 : -1;
	return left->number < right->number ? -1 : 1;
}

/* A key looks as it does in names of files: it has no blanks, and --names takes it. */
static bool dry_run_fill(struct split *split, const struct name_template *name, struct row *rows,
			 unsigned *count, struct error *err)
{
	char text[TEMPLATE_NAME_SIZE];

	for (const struct split_key *key = split->first; key; key = key->next) {
		const struct template_values values = { .key = split_keys_unpack(split,
										 key->label) };

		template_expand(name, &values, text);
		rows[*count] = (struct row){ .sums = split_sums_of(key),
					     .number = *count,
					     .key = strdup(text) };
		if (!rows[(*count)++].key)
			return error_errno(err, "a key");
	}
	return true;
}

static void dry_run_write(FILE *to, const struct row *rows, unsigned count)
{
	int width = (int)strlen("key");

	for (unsigned i = 0; i < count; i++)
		if ((int)strlen(rows[i].key) > width)
			width = (int)strlen(rows[i].key);
	fprintf(to, "%-*s %12s %15s  %-30s  %s\n", width, "key", "packets", "bytes", "first",
		"last");
	for (unsigned i = 0; i < count; i++) {
		const struct split_sums *sums = &rows[i].sums;
		char first[MOMENT_TEXT], last[MOMENT_TEXT];

		moment_write(sums->first_ns, first);
		moment_write(sums->last_ns, last);
		fprintf(to, "%-*s %12" PRIu64 " %15" PRIu64 "  %s  %s\n", width, rows[i].key,
			sums->packets, sums->bytes, first, last);
	}
}

static bool dry_run_put(const char *text, size_t len, struct error *err)
{
	struct output output;
	struct error later = { 0 };
	bool done;

	if (!output_text(&output, "-", err))
		return false;
	done = output_write(&output, text, len, err);
	return output_close(&output, true, done ? err : &later) && done;
}

static bool dry_run_print_rows(const struct row *rows, unsigned count, struct error *err)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	bool done;

	if (to)
		dry_run_write(to, rows, count);
	if (!to || fclose(to) != 0)
		done = error_errno(err, "the table");
	else
		done = dry_run_put(text, len, err);
	free(text);
	return done;
}

bool dry_run_print(struct split *split, struct error *err)
{
	const struct split_config *config = split->config;
	struct row *rows = calloc(split->counters.keys + 1, sizeof(*rows));
	struct name_template name;
	unsigned count = 0;
	bool done;

	if (!rows)
		return error_errno(err, "the table");
	done = template_parse(&name, "{key}", &config->spec, config->portable, err) &&
	       dry_run_fill(split, &name, rows, &count, err);
	qsort(rows, count, sizeof(*rows), dry_run_compare);
	done = done && dry_run_print_rows(rows, count, err);
	for (unsigned i = 0; i < count; i++)
		free(rows[i].key);
	free(rows);
	return done;
}
