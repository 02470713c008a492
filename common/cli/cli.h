/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines by a table of options over getopt_long: parsing, checks and --help come from the
 * same rows. All tools share a set of options, which fill a struct cli_common.
 */
#ifndef VTAP_CLI_CLI_H
#define VTAP_CLI_CLI_H

#include <stdint.h>

#include "base/error.h"
#include "base/moment.h"
#include "base/name_list.h"
#include "capture/source_file.h"

/* The headings of --help, in this order. */
enum cli_group {
	CLI_INPUT,
	CLI_SELECTION,
	CLI_TUNNEL,
	CLI_LIMITS,
	CLI_OUTPUT,
	CLI_REPORT,
	CLI_GENERAL,
	CLI_GROUPS, /* the number of groups */
};

/* Added to the group of an option. */
enum {
	CLI_USUAL = 1 << 8,    /* -h prints it, too: the ten of a tool that are most used */
	CLI_REPEATS = 1 << 9,  /* each time that it is given adds to the others */
	CLI_INSTEAD = 1 << 10, /* does something instead of running: no line of a file */
	CLI_FIRST = 1 << 11,   /* takes effect at once, says what to do with all others */
	CLI_READS = 1 << 12,   /* of a common row: it is for tools that read captures */
	CLI_WRITES = 1 << 13,  /* of a common row: it is for tools that write a capture */
	CLI_GROUP_MASK = CLI_USUAL - 1,
};

struct cli_option {
	const char *name;    /* long name */
	char letter;	     /* 0 without one */
	const char *metavar; /* name of the argument in --help; NULL if there is none */
	const char *help;    /* lower case, one or two lines with '\n' between them */
	/*
	 * Puts the argument (NULL without a metavar) into the config. Returns false and sets err to
	 * what was expected ("expected ..."); cli_parse() puts the option and its argument in
	 * front. NULL for --help and --version only, which cli_parse() handles.
	 */
	bool (*set)(void *config, const char *value, struct error *err);
	unsigned group; /* enum cli_group, and flags */
};

/* A command, and a sentence in front of it that says what it does. */
struct cli_example {
	const char *what, *command;
};

enum { CLI_EXAMPLES = 3 };

/* What -f, --since and --until say, of the tools that have them (cli/cli_choice.h). */
struct cli_choice {
	const char *filter;	    /* -f, or NULL */
	struct moment since, until; /* --since, --until */
	bool has_since, has_until;  /* they were given */
};

struct cli_settings; /* cli/cli_settings.h */

/* The options of all tools; the first member of each tool's own config. */
struct cli_common {
	const char **inputs; /* -r, and operands that are files; "-" if there are none. Made by
				cli_parse(), freed by cli_free(). NULL of a tool without -r */
	unsigned input_count;
	bool input_given;	   /* -r, an operand or a list was given, were it "-" */
	const char *list;	   /* --files-from, or NULL */
	bool null, deeper;	   /* --null, -R */
	struct name_list names;	   /* what inputs points to, once all are known */
	const char *output;	   /* -w, or NULL */
	const char *format;	   /* -F, or NULL */
	const char *stats;	   /* --stats, or NULL */
	const char *metrics;	   /* --metrics, or NULL */
	int64_t stats_interval_ns; /* --stats-interval; 0: no lines */
	uint64_t limit;		   /* -c, packets; 0: no limit */
	enum source_reader reader;
	const char *user; /* -Z; NULL to stay the user who started it */
	bool quiet, verbose;
	bool no_sandbox;
	bool dry_run;	   /* nothing is to be written; set by an option of a single tool */
	bool fail_if_none; /* exit with 1 if nothing was done; set by cli_set_fail_if_none() */
	bool sync;	   /* files are on the disk before they get their names; cli_set_sync() */
	struct cli_choice choice;
	const char *config;	       /* --config, or NULL */
	bool print_config;	       /* --print-config: cli_parse() opens no input */
	struct cli_settings *settings; /* all that was given; freed by cli_free() */
};

/* The function of --fail-if-none, for the rows of the tools that have it. */
bool cli_set_fail_if_none(void *config, const char *value, struct error *err);

/* The function of --sync, for the rows of the tools that have it. */
bool cli_set_sync(void *config, const char *value, struct error *err);

/*
 * The rows of those options, sorted; the last has no name. A tool's own row with one of these names
 * replaces it.
 */
extern const struct cli_option cli_common_options[];

/* What to say of an option of other tools that this one does not have. */
struct cli_hint {
	const char *option; /* "-n", "--json" */
	const char *hint;   /* what does it here: lower case, no full stop */
};

struct cli {
	const char *tool;     /* "vtap-decap" */
	const char *summary;  /* one sentence */
	const char *operands; /* as in the usage line, "[FILE ...]"; if they are files, -r may be
				 repeated and folders stand for captures. NULL if the tool takes
				 none */
	const char *notes;    /* text behind the options in --help, or NULL */
	struct cli_example examples[CLI_EXAMPLES]; /* the end of --help; unused ones are NULL */
	/*
	 * The rows of operands that are neither input files nor an expression, in the order of the
	 * usage line; all are needed. In a file of --config they are lines as options are. The last
	 * has no name. NULL if there are none.
	 */
	const struct cli_option *words;
	/* The row of operands that are no input files: its function gets all words behind those,
	 * joined by blanks, if there are any. NULL if operands are input files. */
	const struct cli_option *expression;
	unsigned without; /* common rows that the tool does not have: CLI_READS, CLI_WRITES */
	/*
	 * Checks that the options go together, when all are known; with --print-config without
	 * opening anything. Returns false and sets err if they do not. NULL if all do.
	 */
	bool (*check)(void *config, struct error *err);
	const struct cli_option *options; /* of the tool alone; the last has no name */
	const struct cli_hint *hints;	  /* the last has no option; NULL without any */
};

enum cli_result {
	CLI_RUN,   /* config is filled */
	CLI_DONE,  /* --help, --version or --print-config: the exit status is 0 */
	CLI_ERROR, /* err is set, err->usage if the command line or the file is wrong */
};

/*
 * Parses a command line, and the file of --config, into config, which begins with a struct
 * cli_common and holds the defaults. The options of the file take effect first; what the command
 * line sets replaces them. The strings of config point into argv, or live until cli_free(), which
 * the caller has to call after CLI_RUN only. It may be called again with the same argv, to read the
 * file again. The tool's options and the common ones are 64 at most; further ones are ignored.
 */
enum cli_result cli_parse(const struct cli *cli, int argc, char **argv, void *config,
			  struct error *err);

/* Returns true if standard input is read and is a terminal. */
bool cli_reads_terminal(const struct cli_common *common);

/* Frees what cli_parse() allocated when it returned CLI_RUN. */
void cli_free(struct cli_common *common);

#endif
