/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to cli/cli*.c: the rows of a tool's options, as parsing and --help read them. */
#ifndef VTAP_CLI_CLI_INTERNAL_H
#define VTAP_CLI_CLI_INTERNAL_H

#include <stdio.h>

#include "cli/cli.h"

/* Rows beyond this number are ignored. */
enum { CLI_OPTIONS_MAX = 64 };

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

#endif
