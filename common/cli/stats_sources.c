/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/printable.h"

enum {
	COMMON = 2, /* columns of all tools */
	COLUMNS = COMMON + STATS_SOURCE_MORE,
	FIRST_WIDTH = 14, /* of the first column, that of the numbers above the table */
};

const struct stats_source_column stats_source_columns[] = {
	{ "packets", "packets", "packets", false },
	{ "bytes", "bytes", "their captured bytes", true },
	{ 0 },
};

struct table {
	const struct stats_sources *sources;
	void *arg;
	struct row {
		struct stats_source source;
		uint64_t index; /* of its appearance */
	} * rows;
	size_t count, size;
	struct stats_source others;
	bool has_others;
	const struct stats_source_column *columns[COLUMNS];
	unsigned place[COLUMNS]; /* of a column's value in a row */
	unsigned column_count;
	int width[COLUMNS];
};

static uint64_t source_value(const struct stats_source *source, unsigned place)
{
	if (place >= COMMON)
		return source->more[place - COMMON];
	return place == 0 ? source->packets : source->bytes;
}

static const struct stats_source_column *column_at(const struct stats_sources *sources,
						   unsigned place)
{
	return place < COMMON ? &stats_source_columns[place] : &sources->columns[place - COMMON];
}

/* Returns how many columns a tool has, with those of all tools. */
static unsigned column_count(const struct stats_sources *sources)
{
	unsigned count = COMMON;

	while (count < COLUMNS && column_at(sources, count)->name)
		count++;
	return count;
}

static void source_name(const struct stats_sources *sources, void *arg,
			const struct stats_source *source, char name[STATS_SOURCE_NAME_MAX])
{
	if (source->record)
		sources->name(arg, source->record, name);
	else
		snprintf(name, STATS_SOURCE_NAME_MAX, "others");
}

struct json_rows {
	struct json *json;
	const struct stats_sources *sources;
	void *arg;
};

static void json_put_source(void *put_arg, const struct stats_source *source)
{
	const struct json_rows *rows = put_arg;
	char name[STATS_SOURCE_NAME_MAX];

	source_name(rows->sources, rows->arg, source, name);
	json_object(rows->json, NULL);
	json_string(rows->json, "name", name, strlen(name));
	for (unsigned i = 0; i < column_count(rows->sources); i++)
		json_number(rows->json, column_at(rows->sources, i)->name, source_value(source, i));
	if (rows->sources->json)
		rows->sources->json(rows->arg, source->record, rows->json);
	json_object_end(rows->json);
}

void stats_sources_json(struct json *json, const struct stats_sources *sources, void *arg)
{
	struct json_rows rows = { json, sources, arg };

	sources->each(arg, json_put_source, &rows);
}

static void table_add_other(struct table *table, const struct stats_source *source)
{
	table->has_others = true;
	table->others.packets += source->packets;
	table->others.bytes += source->bytes;
	for (unsigned i = 0; i < STATS_SOURCE_MORE; i++)
		table->others.more[i] += source->more[i];
}

static bool table_grow(struct table *table)
{
	size_t size = table->size ? 2 * table->size : 64;
	struct row *rows;

	if (table->count < table->size)
		return true;
	rows = reallocarray(table->rows, size, sizeof(*rows));
	if (!rows)
		return false;
	table->rows = rows;
	table->size = size;
	return true;
}

/* A row for which there is no memory is one of the others. */
static void table_put_source(void *put_arg, const struct stats_source *source)
{
	struct table *table = put_arg;

	if (!source->record || !table_grow(table)) {
		table_add_other(table, source);
		return;
	}
	table->rows[table->count] = (struct row){ *source, table->count };
	table->count++;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	if (first->source.packets != second->source.packets)
		return first->source.packets > second->source.packets ? -1 : 1;
	return first->index < second->index ? -1 : 1;
}

/* Leaves so many rows that the table, with its heading and the others, has no more lines. */
static void table_fit(struct table *table, unsigned lines)
{
	size_t fits = lines < 3 ? 2 : lines - 1;

	if (lines == 0 || table->count + table->has_others <= fits)
		return;
	for (size_t i = fits - 1; i < table->count; i++)
		table_add_other(table, &table->rows[i].source);
	table->count = fits - 1;
}

static bool table_has_value(const struct table *table, unsigned place)
{
	for (size_t i = 0; i < table->count; i++)
		if (source_value(&table->rows[i].source, place) != 0)
			return true;
	return source_value(&table->others, place) != 0;
}

static void cell_text(const struct stats_source_column *column, uint64_t value,
		      char text[HUMAN_SIZE])
{
	if (column->bytes)
		human_scaled(text, value, "B");
	else
		human_count(text, value);
}

static void table_widen(struct table *table, const struct stats_source *source)
{
	char text[HUMAN_SIZE];

	for (unsigned i = 0; i < table->column_count; i++) {
		cell_text(table->columns[i], source_value(source, table->place[i]), text);
		if ((int)strlen(text) > table->width[i])
			table->width[i] = (int)strlen(text);
	}
}

static void table_lay_out(struct table *table)
{
	for (unsigned place = 0; place < column_count(table->sources); place++) {
		const struct stats_source_column *column = column_at(table->sources, place);

		if (place >= COMMON && !table_has_value(table, place))
			continue;
		table->columns[table->column_count] = column;
		table->place[table->column_count] = place;
		table->width[table->column_count++] =
			place == 0 ? FIRST_WIDTH : (int)strlen(column->heading);
	}
	for (size_t i = 0; i < table->count; i++)
		table_widen(table, &table->rows[i].source);
	table_widen(table, &table->others);
}

static void table_print_heading(FILE *to, const struct table *table)
{
	for (unsigned i = 0; i < table->column_count; i++)
		fprintf(to, "%s%*s", i ? "  " : "", table->width[i], table->columns[i]->heading);
	fprintf(to, "  %s\n", table->sources->noun);
}

static void table_print_row(FILE *to, const struct table *table, const struct stats_source *source)
{
	char text[HUMAN_SIZE], name[STATS_SOURCE_NAME_MAX];

	for (unsigned i = 0; i < table->column_count; i++) {
		cell_text(table->columns[i], source_value(source, table->place[i]), text);
		fprintf(to, "%s%*s", i ? "  " : "", table->width[i], text);
	}
	if (source->record && table->sources->label)
		table->sources->label(table->arg, source->record, name);
	else
		source_name(table->sources, table->arg, source, name);
	printable(name);
	fprintf(to, "  %s\n", name);
}

void stats_sources_print(FILE *to, const struct stats_sources *sources, void *arg, unsigned lines)
{
	struct table table = { .sources = sources, .arg = arg };

	sources->each(arg, table_put_source, &table);
	if (table.count > 0)
		qsort(table.rows, table.count, sizeof(*table.rows), compare_rows);
	table_fit(&table, lines);
	table_lay_out(&table);
	if (table.count > 0 || table.has_others)
		table_print_heading(to, &table);
	for (size_t i = 0; i < table.count; i++)
		table_print_row(to, &table, &table.rows[i].source);
	if (table.has_others)
		table_print_row(to, &table, &table.others);
	free(table.rows);
}
