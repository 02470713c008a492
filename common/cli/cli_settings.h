/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command line and a file of --config set: options with their values, in the order in which
 * they take effect. The list remains while a tool runs, to be printed and compared.
 */
#ifndef VTAP_CLI_CLI_SETTINGS_H
#define VTAP_CLI_CLI_SETTINGS_H

#include "base/arena.h"
#include "cli/cli.h"

struct cli_setting {
	const struct cli_option *option;
	const char *value; /* as given; NULL of a flag */
	int how;	   /* what getopt_long() returned for the option; 0 of operands and files */
	unsigned line;	   /* line of the file, from 1 on; 0 of the command line */
};

/* A struct that is all zero is an empty list. */
struct cli_settings {
	struct cli_setting *list;
	unsigned count, room; /* settings, and elements that list has */
	struct arena text;    /* values that stand in no argument of the command line */
};

/*
 * Appends a setting. Of a pair such as --follow and --no-follow the later one wins: settings of the
 * other option are removed. The value is not copied. Returns false and sets err if there is no
 * memory.
 */
bool cli_settings_add(struct cli_settings *settings, struct cli_setting setting, struct error *err);

/* Returns a copy of len bytes of text as a string that lives as long as the list, or NULL with
 * errno set if there is no memory. */
char *cli_settings_copy(struct cli_settings *settings, const char *text, size_t len);

/* Returns the first setting of an option, or NULL. The pointer is valid until the next change. */
const struct cli_setting *cli_settings_find(const struct cli_settings *settings,
					    const struct cli_option *option);

/*
 * Appends the command line's settings to those of a file. An option of the command line replaces
 * all settings of that option, and those of the other of its pair. Returns false and sets err if
 * there is no memory.
 */
bool cli_settings_override(struct cli_settings *settings, const struct cli_settings *by,
			   struct error *err);

/*
 * Returns the name of an option that two lists of one tool set differently and that `may_change`,
 * an array of names with NULL at its end, does not have; NULL if there is none.
 */
const char *cli_settings_difference(const struct cli_settings *one,
				    const struct cli_settings *other,
				    const char *const *may_change);

/* Frees the list, which is empty then. */
void cli_settings_free(struct cli_settings *settings);

#endif
