/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options -f, --since and --until: which packets of those that would be written are written. */
#ifndef VTAP_CLI_CLI_CHOICE_H
#define VTAP_CLI_CLI_CHOICE_H

#include "cli/cli.h"
#include "filter/choice.h"

/* The functions of the options below. */
bool cli_choice_set_filter(void *config, const char *value, struct error *err);
bool cli_choice_set_since(void *config, const char *value, struct error *err);
bool cli_choice_set_until(void *config, const char *value, struct error *err);

/* clang-format off */
/* Rows for the table of a tool that makes such a choice. sees: the second line of -f, which says
 * what the expression sees of a packet in a tunnel. */
#define CLI_CHOICE_OPTIONS(sees)                                                                   \
	{ "filter", 'f', "EXPRESSION",                                                             \
	  "keep only what matches (as in tcpdump), " sees, cli_choice_set_filter,                 \
	  CLI_SELECTION | CLI_USUAL },                                                             \
	{ "since", 0, "TIME",                                                                      \
	  "keep only packets from TIME on (UTC):\n2026-11-17T16:05, @SECONDS, -2h, +90s",         \
	  cli_choice_set_since, CLI_SELECTION },                                                   \
	{ "until", 0, "TIME", "keep only packets before TIME", cli_choice_set_until,              \
	  CLI_SELECTION }
/* clang-format on */

/* Texts of the outcomes, for the tool's table of counters. */
#define CLI_CHOICE_FILTERED    "left out: do not match the expression of -f"
#define CLI_CHOICE_OUT_OF_TIME "left out: not within --since and --until"

/*
 * Sets *choice to what the options ask for, or to NULL if none was given; it is made before the
 * sandbox is entered. tool is a name that outlives it. The caller frees it with choice_free(). What
 * it has to tell goes to standard error, unless -q. Returns false and sets err if the expression is
 * wrong, if no time can be between --since and --until, or without memory.
 */
bool cli_choice_open(const struct cli_common *common, const char *tool, struct choice **choice,
		     struct error *err);

/* Checks that some time can be between --since and --until. Returns false and sets err if none can:
 * moments of different kinds can be compared only when the first packet is there. */
bool cli_choice_check(const struct cli_choice *choice, struct error *err);

/* Returns the needs of a sandbox (SANDBOX_...) in which such a choice is made: an expression is
 * compiled again for each further link type, and may have names. */
unsigned cli_choice_needs(const struct cli_common *common);

enum { CLI_CHOICE_SAID = 512 }; /* bytes of the longest text of cli_choice_say_none() and its NUL */

/*
 * Writes that nothing was written because the choice left out all: how many packets by what, what
 * -f sees of packets in tunnels (sees; NULL if there were none), and which times they had. One line
 * without its end.
 */
void cli_choice_say_none(const struct choice *choice, uint64_t filtered, uint64_t out_of_time,
			 const char *sees, char text[CLI_CHOICE_SAID]);

#endif
