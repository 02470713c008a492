/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of a command line that no file is written in the place of another one of the run. */
#ifndef VTAP_CLI_CLI_FILES_H
#define VTAP_CLI_CLI_FILES_H

#include "cli/cli.h"

/* A file that an option names. */
struct cli_file {
	const char *option; /* "--stats" */
	const char *name;   /* NULL if the option was not given */
};

/*
 * Checks that no two of the files are the same, where one would overwrite the other. Returns false
 * and sets err, as an error of usage, if two are (io/same_file.h).
 */
bool cli_check_files(const struct cli_file *files, unsigned count, struct error *err);

/*
 * Checks that an option does not have an input overwritten; standard input cannot be. name may be
 * NULL. Returns false and sets err, as an error of usage, if it names an input.
 */
bool cli_check_inputs(const struct cli_common *common, struct cli_file file, struct error *err);

/* Checks that the output would not take the place of an input. Returns false and sets err, as an
 * error of usage, if it would. */
bool cli_check_output(const struct cli_common *common, const char *name, struct error *err);

/*
 * Checks what a run with one output writes: that it, --stats and --metrics name neither each other
 * nor an input. writes: the run writes common->output, or standard output if that is NULL. Returns
 * false and sets err, as an error of usage, if they do.
 */
bool cli_check_ends(const struct cli_common *common, bool writes, struct error *err);

#endif
