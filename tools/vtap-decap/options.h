/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-decap: the table of its options, and what they are turned into. */
#ifndef VTAP_DECAP_OPTIONS_H
#define VTAP_DECAP_OPTIONS_H

#include <stdio.h>

#include "cli/cli.h"
#include "decap.h"
#include "live/interfaces.h"
#include "live/listen.h"

struct options {
	struct cli_common common; /* the first member, as cli/cli.h demands */
	struct decap_config decap;
	bool encaps_given;			  /* -e was given: only what it names is selected */
	bool list_encaps;			  /* --list-encaps */
	struct listen_address listen[LISTEN_MAX]; /* -l */
	unsigned listen_count;
	const char **interface; /* -i: names and patterns; allocated, interface_count of them */
	unsigned interface_count;
	bool list_interfaces; /* -D */
	uint64_t buffer;      /* -B in bytes; 0: the source's default */
	bool no_promiscuous;
	int64_t duration_ns; /* --duration; 0: no end */
};

/*
 * The table for cli_parse(), which fills a struct options. Its check also selects the
 * encapsulations that -l names, and sets options->decap.live.
 */
extern const struct cli options_cli;

/* Fills options with the defaults; to be called before cli_parse(). */
void options_default(struct options *options);

/* Returns true if packets come from interfaces or sockets. */
static inline bool options_live(const struct options *options)
{
	return options->listen_count + options->interface_count > 0;
}

/* Prints the table of --list-encaps. Returns false and sets errno if that fails. */
bool options_list_encaps(FILE *to);

#endif
