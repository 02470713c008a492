/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "base/human.h"
#include "base/moment.h"
#include "record_table_internal.h"
#include "table_text.h"

enum {
	WIDTH = 80,	/* columns where nobody says how many there are */
	WIDTH_MIN = 20, /* a terminal that is narrower gets lines that it has to break */
	NAME_MIN = 8,	/* columns of a name; before there are fewer, figures are left out */
	NAME_FAIR = 19, /* columns of a name before there is a bar: vxlan-3000@10.0.2.5 */
	BAR_MIN = 8,	/* columns of a bar; there is none before there are fewer */
	BAR_FAIR = 12,	/* columns of a bar before the name gets more than NAME_FAIR */
	GAP = 2,	/* spaces between columns */
	TITLE_LEN = 15, /* of `bytes over time` */
	FIGURES = 6,
};

struct table_figure {
	const char *head[2]; /* two lines above the column */
	const char *unit;
	uint64_t (*of)(const struct counts *counts);
	bool tcp; /* unknown where flows are not followed */
};

static uint64_t packets_of(const struct counts *counts)
{
	return counts->packets;
}

static uint64_t bytes_of(const struct counts *counts)
{
	return counts->bytes;
}

static uint64_t cut_of(const struct counts *counts)
{
	return counts->cut + counts->hidden_cut;
}

static uint64_t oversize_of(const struct counts *counts)
{
	return counts->superframes + counts->jumbo + counts->unknown_oversize;
}

static uint64_t missing_packets_of(const struct counts *counts)
{
	return counts->missing_tunnel + counts->missing_kernel;
}

static uint64_t missing_bytes_of(const struct counts *counts)
{
	const struct tcp_counts *tcp = &counts->tcp;

	return tcp->tap_bytes + tcp->network_bytes + tcp->open_bytes;
}

/* On a narrow terminal the last ones are left out first. */
static const struct table_figure figures[FIGURES] = {
	{ { "", "packets" }, "", packets_of, false },
	{ { "", "bytes" }, "B", bytes_of, false },
	{ { "missing", "bytes" }, "B", missing_bytes_of, true },
	{ { "missing", "packets" }, "", missing_packets_of, false },
	{ { "", "cut" }, "", cut_of, false },
	{ { "over-", "size" }, "", oversize_of, false },
};

/* How wide each column is. */
struct table_layout {
	const struct record_config *config;
	FILE *to;
	unsigned width, name, figure[FIGURES], figures, bar;
	struct bar axis; /* what the cells of all bars are */
};

static const char *figure_text(const struct table_layout *layout, const struct table_figure *figure,
			       const struct counts *counts, char text[HUMAN_SIZE])
{
	size_t len;

	if (figure->tcp && !layout->config->flows)
		return "-";
	len = strlen(human_scaled(text, figure->of(counts), figure->unit));
	if (len > 0 && text[len - 1] == ' ')
		text[len - 1] = '\0';
	return text;
}

static void others_name(const struct record_table *table, char text[TABLE_TEXT_SIZE])
{
	char count[HUMAN_SIZE];

	snprintf(text, TABLE_TEXT_SIZE, "others (at least %s)",
		 human_count(count, table->other_keys));
}

static void widen(unsigned *width, const char *text)
{
	unsigned columns = table_text_width(text);

	if (columns > *width)
		*width = columns;
}

static void measure_row(struct table_layout *layout, const char *name, const struct table_row *row)
{
	const struct bar *bar = &row->bar;
	char clean[TABLE_TEXT_SIZE], text[HUMAN_SIZE];

	table_text_cut(name, layout->width, layout->config->utf8, clean);
	widen(&layout->name, clean);
	for (unsigned i = 0; i < FIGURES; i++)
		widen(&layout->figure[i], figure_text(layout, &figures[i], &row->counts, text));
	if (bar->count == 0)
		return;
	bar_cover(&layout->axis, bar->first * (INT64_C(1) << bar->shift), bar->shift);
	bar_cover(&layout->axis, (bar->first + bar->count - 1) * (INT64_C(1) << bar->shift), 0);
}

/* Shares out the width: figures first, then the name and the bar. */
static void share_width(struct table_layout *layout)
{
	unsigned left = layout->width, bar = layout->axis.count;

	for (layout->figures = 0; layout->figures < FIGURES; layout->figures++) {
		unsigned wanted = layout->figure[layout->figures] + GAP;

		if (left < wanted + NAME_MIN)
			break;
		left -= wanted;
	}
	if (bar > BAR_FAIR)
		bar = BAR_FAIR;
	if (bar > 0 && left >= layout->name + GAP + bar)
		layout->bar = left - layout->name - GAP;
	else if (bar > 0 && left >= NAME_FAIR + GAP + BAR_MIN)
		layout->bar = left - NAME_FAIR - GAP < bar ? left - NAME_FAIR - GAP : bar;
	if (layout->bar > 0) {
		bar_narrow(&layout->axis, layout->bar);
		layout->bar = layout->axis.count > BAR_MIN ? layout->axis.count : BAR_MIN;
		left -= layout->bar + GAP;
	}
	if (layout->name > left)
		layout->name = left;
}

static void measure(struct table_layout *layout, const struct record_table *table)
{
	char name[TABLE_TEXT_SIZE];

	widen(&layout->name, layout->config->by);
	for (unsigned i = 0; i < FIGURES; i++)
		for (unsigned line = 0; line < 2; line++)
			widen(&layout->figure[i], figures[i].head[line]);
	for (size_t i = 0; i < table->count; i++)
		measure_row(layout, table->rows[i]->key, table->rows[i]);
	others_name(table, name);
	if (table->other_keys > 0)
		measure_row(layout, name, &table->others);
	share_width(layout);
}

static void put_name(const struct table_layout *layout, const char *name)
{
	char text[TABLE_TEXT_SIZE];

	table_text_cut(name, layout->name, layout->config->utf8, text);
	fprintf(layout->to, "%s%*s", text, (int)(layout->name - table_text_width(text)), "");
}

static void put_heads(const struct table_layout *layout)
{
	for (unsigned line = 0; line < 2; line++) {
		put_name(layout, line == 0 ? "" : layout->config->by);
		for (unsigned i = 0; i < layout->figures; i++)
			fprintf(layout->to, "%*s%*s", GAP, "", (int)layout->figure[i],
				figures[i].head[line]);
		if (layout->bar > 0 && line == 1)
			fprintf(layout->to, "%*s%.*s", GAP, "", (int)layout->bar,
				layout->bar < TITLE_LEN ? "by time" : "bytes over time");
		putc('\n', layout->to);
	}
}

static void put_bar(const struct table_layout *layout, const struct bar *bar)
{
	const struct bar *axis = &layout->axis;
	struct bar aligned = { 0 };
	char text[BAR_TEXT];
	size_t len;

	if (layout->bar == 0 || bar->count == 0)
		return;
	bar_cover(&aligned, axis->first * (INT64_C(1) << axis->shift), axis->shift);
	bar_cover(&aligned, (axis->first + axis->count - 1) * (INT64_C(1) << axis->shift), 0);
	bar_merge(&aligned, bar);
	bar_draw(&aligned, layout->config->utf8, text);
	for (len = strlen(text); len > 0 && text[len - 1] == ' ';)
		text[--len] = '\0';
	fprintf(layout->to, "%*s%s", GAP, "", text);
}

static void put_row(const struct table_layout *layout, const char *name,
		    const struct table_row *row)
{
	char text[HUMAN_SIZE];

	put_name(layout, name);
	for (unsigned i = 0; i < layout->figures; i++)
		fprintf(layout->to, "%*s%*s", GAP, "", (int)layout->figure[i],
			figure_text(layout, &figures[i], &row->counts, text));
	put_bar(layout, &row->bar);
	putc('\n', layout->to);
}

/* `2026-11-17T16:05:00Z to 2026-11-17T16:06:00Z` */
static void put_interval(const struct table_layout *layout, int64_t end_ns)
{
	char start[MOMENT_TEXT], end[MOMENT_TEXT];
	int64_t length_ns;

	if (__builtin_mul_overflow(layout->config->interval_s, INT64_C(1000000000), &length_ns) ||
	    __builtin_sub_overflow(end_ns, length_ns, &length_ns))
		length_ns = INT64_MIN;
	moment_write(length_ns, start);
	moment_write(end_ns, end);
	/* Intervals are whole seconds: no decimals. */
	fprintf(layout->to, "%.19sZ to %.19sZ\n", start, end);
}

void record_table_print(struct record_table *table, int64_t interval_end_ns, FILE *to)
{
	struct table_layout layout = { .config = table->config,
				       .to = to,
				       .width = table->config->columns };
	char name[TABLE_TEXT_SIZE];

	if (layout.width == 0)
		layout.width = WIDTH;
	if (layout.width < WIDTH_MIN)
		layout.width = WIDTH_MIN;
	record_table_settle(table);
	measure(&layout, table);
	/* Before the first packet there is no interval. */
	if (table->config->interval_s > 0 && interval_end_ns != 0)
		put_interval(&layout, interval_end_ns);
	put_heads(&layout);
	for (size_t i = 0; i < table->count; i++)
		put_row(&layout, table->rows[i]->key, table->rows[i]);
	others_name(table, name);
	if (table->other_keys > 0)
		put_row(&layout, name, &table->others);
	record_table_notes(table, layout.width, to);
}
