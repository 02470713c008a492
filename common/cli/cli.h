/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines from a const table of options over getopt_long: parsing, checks
 * and --help come from the same rows.
 */
#ifndef VTAP_CLI_CLI_H
#define VTAP_CLI_CLI_H

#include <stdint.h>

#include "base/error.h"
#include "capture/source_file.h"

struct cli_option {
	const char *name;    /* long name */
	char letter;	     /* 0 without one */
	const char *metavar; /* NULL: takes no argument */
	const char *help;    /* one line, lower case; may hold '\n' for a second one */
	/* value is NULL without a metavar. An error says what was expected ("expected ..."):
	 * cli_parse puts the option and the value in front of it. */
	bool (*set)(void *config, const char *value, struct error *err);
};

/* What all tools share; the first member of each tool's own config. */
struct cli_common {
	const char **inputs; /* -r, and operands where the tool takes several; "-" when there is
				none; made by cli_parse, freed by cli_free */
	unsigned input_count;
	const char *output; /* -w; NULL when not given */
	const char *format; /* -F */
	const char *stats;  /* --stats FILE */
	uint64_t limit;	    /* -c; 0: none */
	enum source_reader reader;
	const char *user; /* -Z; NULL: stays who it is */
	bool quiet, verbose;
	bool no_sandbox;
	bool dry_run; /* no option of all tools: a tool sets it when nothing is to be written */
};

/* The rows every file tool has; put them where sorting wants them: tables are sorted by cli_help
 * itself. */
extern const struct cli_option cli_common_options[]; /* ends with name NULL */

struct cli {
	const char *tool;     /* "vtap-decap" */
	const char *summary;  /* one sentence */
	const char *operands; /* for the usage line: "[FILE ...]"; then -r may be repeated too. NULL
				 when it takes none */
	const char *notes;    /* behind the options in --help; may be NULL */
	/* Operands are words of something else than input files; inputs is empty without -r so far.
	 * Called once, before the "-" that stands in. NULL: they are files, or none is expected. */
	bool (*words)(void *config, char **words, int count, struct error *err);
	const struct cli_option *options; /* the tool's own, ends with name NULL */
};

enum cli_result { CLI_RUN, CLI_DONE, CLI_ERROR };

/*
 * Fills config (its struct cli_common too). CLI_DONE: --help or --version was
 * written to stdout, exit 0. CLI_ERROR: err->usage is set, exit 2.
 */
enum cli_result cli_parse(const struct cli *cli, int argc, char **argv, void *config,
			  struct error *err);
void cli_free(struct cli_common *common);

#endif
