/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to cli/cli*.c: the rows of a tool's options, as parsing and --help read them. */
#ifndef VTAP_CLI_CLI_INTERNAL_H
#define VTAP_CLI_CLI_INTERNAL_H

#include <stdio.h>

#include "cli/cli.h"

/* Rows beyond this number are ignored. */
enum { CLI_OPTIONS_MAX = 64 };

/* The tool's rows and the common ones, in the order of --help. */
struct cli_rows {
	const struct cli_option *row[CLI_OPTIONS_MAX];
	unsigned count;
};

/* Prints the text of --help. Errors of writing stay in the stream. */
void cli_help_print(FILE *to, const struct cli *cli, const struct cli_rows *rows);

#endif
