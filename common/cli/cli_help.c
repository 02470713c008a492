/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/cli_internal.h"

enum { COLUMNS = 80, HELP_COLUMN = 26 };

/* Prints an item of the usage line, on a new line if this one is full. */
static void usage_item(FILE *to, const char *item, int indent, int *column)
{
	int width = (int)strlen(item) + 1;

	if (*column + width > COLUMNS) {
		fprintf(to, "\n%*s", indent, "");
		*column = indent;
	}
	fprintf(to, " %s", item);
	*column += width;
}

static void usage_flags(FILE *to, const struct cli_rows *rows, int indent, int *column)
{
	char item[CLI_OPTIONS_MAX + 4] = "[-";
	size_t used = 2;

	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter && !rows->row[i]->metavar)
			item[used++] = rows->row[i]->letter;
	item[used++] = ']';
	usage_item(to, item, indent, column);
}

static void usage_option(FILE *to, const struct cli_option *o, int indent, int *column)
{
	const char *space = o->metavar ? " " : "", *metavar = o->metavar ? o->metavar : "";
	char item[128];

	if (o->letter)
		snprintf(item, sizeof(item), "[-%c%s%s]", o->letter, space, metavar);
	else
		snprintf(item, sizeof(item), "[--%s%s%s]", o->name, space, metavar);
	usage_item(to, item, indent, column);
}

/* Letters without an argument come first, in one item, then those with one, then long names. */
static void print_usage(FILE *to, const struct cli *cli, const struct cli_rows *rows)
{
	int indent = fprintf(to, "usage: %s", cli->tool), column = indent;

	usage_flags(to, rows, indent, &column);
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i]->letter && rows->row[i]->metavar)
			usage_option(to, rows->row[i], indent, &column);
	for (unsigned i = 0; i < rows->count; i++)
		if (!rows->row[i]->letter)
			usage_option(to, rows->row[i], indent, &column);
	if (cli->operands)
		usage_item(to, cli->operands, indent, &column);
	putc('\n', to);
}

static void print_row(FILE *to, const struct cli_option *o)
{
	const char *text = o->help;
	int column = o->letter ? fprintf(to, "  -%c, --%s", o->letter, o->name)
			       : fprintf(to, "      --%s", o->name);

	if (o->metavar)
		column += fprintf(to, " %s", o->metavar);
	if (column > HELP_COLUMN - 2) {
		putc('\n', to);
		column = 0;
	}
	for (;;) {
		int line = (int)strcspn(text, "\n");

		fprintf(to, "%*s%.*s\n", HELP_COLUMN - column, "", line, text);
		text += line;
		if (!*text++)
			break;
		column = 0;
	}
}

static void print_group(FILE *to, const struct cli_rows *rows, enum cli_group group)
{
	static const char *const headings[CLI_GROUPS] = { "Input",  "Selection", "Tunnel", "Limits",
							  "Output", "Report",	 "General" };
	bool empty = true;

	for (unsigned i = 0; i < rows->count; i++) {
		if ((rows->row[i]->group & CLI_GROUP_MASK) != group)
			continue;
		if (empty)
			fprintf(to, "\n%s:\n", headings[group]);
		empty = false;
		print_row(to, rows->row[i]);
	}
}

static void print_examples(FILE *to, const struct cli_example *examples)
{
	if (examples->what)
		fputs("\nExamples:\n", to);
	for (unsigned i = 0; i < CLI_EXAMPLES && examples[i].what; i++)
		fprintf(to, "  %s:\n    %s\n", examples[i].what, examples[i].command);
}

void cli_help_print(FILE *to, const struct cli *cli, const struct cli_rows *rows)
{
	print_usage(to, cli, rows);
	fprintf(to, "%s\n", cli->summary);
	for (enum cli_group group = 0; group < CLI_GROUPS; group++)
		print_group(to, rows, group);
	if (cli->notes)
		fprintf(to, "\n%s\n", cli->notes);
	print_examples(to, cli->examples);
}

void cli_help_print_usual(FILE *to, const struct cli *cli, const struct cli_rows *rows)
{
	fprintf(to, "usage: %s [OPTION ...]%s%s\n%s\n\n", cli->tool, cli->operands ? " " : "",
		cli->operands ? cli->operands : "", cli->summary);
	for (enum cli_group group = 0; group < CLI_GROUPS; group++)
		for (unsigned i = 0; i < rows->count; i++)
			if ((rows->row[i]->group & (CLI_USUAL | CLI_GROUP_MASK)) ==
			    (CLI_USUAL | group))
				print_row(to, rows->row[i]);
	fprintf(to, "\n%s --help prints all %u options and examples.\n", cli->tool, rows->count);
}
