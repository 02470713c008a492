/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to cli/cli*.c: the rows of a tool's options, as parsing, files and --help read them. */
#ifndef VTAP_CLI_CLI_INTERNAL_H
#define VTAP_CLI_CLI_INTERNAL_H

#include <stdio.h>

#include "cli/cli.h"
#include "cli/cli_settings.h"

/* Rows beyond this number are ignored. */
enum { CLI_OPTIONS_MAX = 64 };

/* Returns the number of operands that are cli->words. */
unsigned cli_words_count(const struct cli *cli);

/* The tool's rows and the common ones, sorted by letter or, without one, by name. */
struct cli_rows {
	const struct cli_option *row[CLI_OPTIONS_MAX];
	unsigned count;
};

/* Prints the text of --help: usage, all options in groups, examples. Errors of writing stay in the
 * stream. */
void cli_help_print(FILE *to, const struct cli *cli, const struct cli_rows *rows);

/* Prints the text of -h: the options that are most used. Errors of writing stay in the stream. */
void cli_help_print_usual(FILE *to, const struct cli *cli, const struct cli_rows *rows);

/* Prints the version of a tool, and those of the libraries that are loaded when they are needed.
 * Errors of writing stay in the stream. */
void cli_version_print(FILE *to, const char *tool);

/*
 * Sets err to what to say of a word of the command line that is no option. letter: what stands
 * behind the dash, or 0 if word, as typed, is a long option. Always returns false.
 */
bool cli_unknown_word(const struct cli *cli, const struct cli_rows *rows, int letter,
		      const char *word, struct error *err);

/* Sets err to what to say of len bytes of a file that name no option: letters and the beginnings of
 * names are answered by the name. Always returns false. */
bool cli_unknown_name(const struct cli_rows *rows, const char *name, size_t len, struct error *err);

/* A line of a file, in parts that are not NUL-terminated. */
struct cli_config_line {
	const char *name, *value; /* value: NULL if the line has no '=' */
	size_t name_len, value_len;
};

enum { CLI_CONFIG_LINE_MAX = 64 << 10 }; /* bytes of a line; a file with a longer one is refused */

/* Parses a line without its end. Returns false if nothing stands in it but blanks and a comment. */
bool cli_config_split(const char *text, size_t len, struct cli_config_line *line);

/*
 * Appends the settings of a file to *settings. cli says which operands there are. Returns false and
 * sets err, as an error of usage in a file, if the file cannot be read, or has a line that is none
 * of it.
 */
bool cli_config_read(const char *file, const struct cli *cli, const struct cli_rows *rows,
		     struct cli_settings *settings, struct error *err);

/*
 * Prints settings in the form of a file: in the order of the rows, then operands: inputs or words,
 * and the expression.
 * Prints nothing, returns false and sets err if a value cannot be said in that form. Errors of
 * writing stay in the stream.
 */
bool cli_config_print(FILE *to, const struct cli *cli, const struct cli_rows *rows,
		      const struct cli_settings *settings, struct error *err);

#endif
