/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands for inputs on a command line: names, folders, and lists of names. */
#ifndef VTAP_CLI_CLI_OPERANDS_H
#define VTAP_CLI_CLI_OPERANDS_H

#include "cli/cli.h"

/* The functions of the options below. */
bool cli_operands_set_list(void *config, const char *value, struct error *err);
bool cli_operands_set_null(void *config, const char *value, struct error *err);
bool cli_operands_set_deeper(void *config, const char *value, struct error *err);

/* clang-format off */
/* Rows for the table of a tool that reads any number of captures. */
#define CLI_OPERANDS_OPTIONS                                                          \
	{ "files-from", 0, "FILE",                                                    \
	  "read also what FILE names, one a line;\n-: names come from standard input", \
	  cli_operands_set_list, CLI_INPUT },                                         \
	{ "null", 0, NULL, "names of --files-from end with a byte of 0, not a line",  \
	  cli_operands_set_null, CLI_INPUT },                                         \
	{ "recursive", 'R', NULL, "of a folder, read also the folders below it",      \
	  cli_operands_set_deeper, CLI_INPUT | CLI_USUAL }
/* clang-format on */

/*
 * Looks at words of the command line that are inputs, among those of common, for two habits: a
 * filter behind them (filters: the tool has -f), and IN OUT as of editcap. Returns false and sets
 * err if there is no file of that name.
 */
bool cli_operands_check(const struct cli_common *common, char **words, int count, bool filters,
			struct error *err);

/*
 * Fills common->names, and so the inputs, with what `count` words of the command line and the list
 * stand for, in this order. folders: a folder stands for the captures in it (capture/folder.h);
 * else it is an error. With --print-config neither folders nor the list are read. Returns false and
 * sets err if the list cannot be read or has no name, if standard input would be read twice, or if
 * there is no memory.
 */
bool cli_operands_expand(struct cli_common *common, const char *const *words, unsigned count,
			 bool folders, struct error *err);

/* Returns how many of the inputs are standard input. */
unsigned cli_operands_count_stdin(const struct cli_common *common);

#endif
