/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdlib.h>

#include "base/human.h"
#include "record_table_internal.h"
#include "table_text.h"

enum { PARAGRAPH = 1024, INPUT_MAX = TABLE_TEXT_SIZE / 2 };

static __attribute__((format(printf, 3, 4))) void say(unsigned width, FILE *to, const char *format,
						      ...)
{
	char text[PARAGRAPH];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	table_text_wrap(text, width, to);
}

/* The input as a word of a shell; `FILE` if there is no one file, or its name is no plain text. */
static void quote_input(const struct record_table *table, char text[TABLE_TEXT_SIZE])
{
	const char *input = table->config->input;
	char clean[TABLE_TEXT_SIZE];

	if (input)
		table_text_cut(input, TABLE_TEXT_SIZE, true, clean);
	if (!input || strlen(input) > INPUT_MAX || strcmp(clean, input) != 0 || strchr(input, '\''))
		stpcpy(text, "FILE");
	else if (strspn(input, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			       "./_-+,:@%") == strlen(input))
		stpcpy(text, input);
	else
		stpcpy(stpcpy(stpcpy(text, "'"), clean), "'");
}

/* Returns the length of the next word of a command, quotes and all. */
static size_t word_of(const char *command)
{
	size_t len = 0;

	for (bool quoted = false; command[len] && (quoted || command[len] != ' '); len++)
		quoted ^= command[len] == '\'';
	return len;
}

/* A command line to be pasted: it goes on behind a pipe or a backslash where it is too wide. The
 * name of a file stays in one piece. */
static void put_command(const char *command, unsigned width, FILE *to)
{
	enum { INDENT = 2, MORE = 4 };
	unsigned column = 0, indent = INDENT;

	while (*command) {
		size_t len = word_of(command);
		char word[TABLE_TEXT_SIZE];
		unsigned columns;

		snprintf(word, sizeof(word), "%.*s", (int)len, command);
		columns = table_text_width(word);
		if (column > indent && column + 1 + columns + strlen(" \\") > width) {
			fputs(command[-2] == '|' ? "\n" : " \\\n", to);
			indent = MORE;
			column = 0;
		}
		fprintf(to, "%*s%s", column > 0 ? 1 : (int)indent, "", word);
		column += (column > 0 ? 1 : indent) + columns;
		command += len + (command[len] == ' ');
	}
	putc('\n', to);
}

/* front and behind: what stands around the name of the input. */
static void say_command(const struct record_table *table, const char *front, const char *behind,
			unsigned width, FILE *to)
{
	char input[TABLE_TEXT_SIZE], command[PARAGRAPH + TABLE_TEXT_SIZE];

	quote_input(table, input);
	snprintf(command, sizeof(command), "%s %s %s", front, input, behind);
	put_command(command, width, to);
}

static void say_superframes(const struct record_table *table, const char *name,
			    const struct table_superframes *superframes, unsigned width, FILE *to)
{
	char clean[TABLE_TEXT_SIZE], packets[HUMAN_SIZE], wire[HUMAN_SIZE], largest[HUMAN_SIZE];

	table_text_cut(name, width / 2, table->config->utf8, clean);
	say(width, to,
	    "%s: %s superframe%s, the largest of %s bytes, where %s packets were on the wire.",
	    clean, human_count(packets, superframes->packets), superframes->packets == 1 ? "" : "s",
	    human_count(largest, superframes->largest),
	    human_count(wire, superframes->wire_packets));
}

static void superframe_notes(const struct record_table *table, unsigned width, FILE *to)
{
	putc('\n', to);
	for (unsigned i = 0; i < table->guilty; i++)
		say_superframes(table, table->superframes[i].name, &table->superframes[i], width,
				to);
	if (table->more_superframes.packets > 0)
		say_superframes(table, "further sources", &table->more_superframes, width, to);
	say(width, to,
	    "A superframe is larger than a TCP packet of its connection can be: the host that "
	    "captured it had joined packets after they came from the wire (GRO), or had not yet "
	    "cut what it was about to send (TSO). So numbers of packets and their times are off; "
	    "bytes "
	    "are right. Either switch that off on the capturing host, whose interface is IF:");
	fputs("  ethtool -K IF gro off tso off gso off\n", to);
	say(width, to, "or, if its packets are whole, cut the superframes of this capture:");
	/* In files vtap-tap cuts what is in no tunnel, and it writes what it would send. */
	say_command(table, "vtap-decap -q -r",
		    "| vtap-tap --segment 1500 -t gre://192.0.2.1 --from 192.0.2.2 -w - | "
		    "vtap-decap -q | vtap-stat",
		    width, to);
}

static void hidden_cut_notes(const struct record_table *table, unsigned width, FILE *to)
{
	char packets[HUMAN_SIZE];

	putc('\n', to);
	say(width, to,
	    "%s packet%s cut by the tap, and the capture does not say so: their bytes are too few. "
	    "For right ones, run it through vtap-fixlen first:",
	    human_count(packets, table->hidden_cut), table->hidden_cut == 1 ? " was" : "s were");
	say_command(table, "vtap-fixlen -r", "| vtap-stat", width, to);
}

void record_table_notes(const struct record_table *table, unsigned width, FILE *to)
{
	if (table->guilty > 0)
		superframe_notes(table, width, to);
	if (table->hidden_cut > 0)
		hidden_cut_notes(table, width, to);
}
