/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-decap. */
#ifndef VTAP_DECAP_OPTIONS_H
#define VTAP_DECAP_OPTIONS_H

#include <stdio.h>

#include "cli/cli.h"
#include "decap.h"
#include "live/interfaces.h"
#include "live/listen.h"

struct options {
	struct cli_common common; /* first: cli/cli.h */
	struct decap_config decap;
	bool encaps_given; /* -e was there: it names all that is wanted */
	bool list_encaps;
	struct listen_address listen[LISTEN_MAX]; /* -l */
	unsigned listen_count;
	const char *interface[INTERFACES_MAX]; /* -i */
	unsigned interface_count;
	uint64_t buffer; /* bytes; 0: the source's default */
	bool no_promiscuous;
	int64_t duration_ns; /* 0: no end */
};

extern const struct cli options_cli;

/* What holds without any option. */
void options_default(struct options *options);

/* What several options say together. */
bool options_check(struct options *options, struct error *err);

/* -l or -i. */
static inline bool options_live(const struct options *options)
{
	return options->listen_count + options->interface_count > 0;
}

/* --list-encaps: the table that the code works from. False: it could not be written. */
bool options_list_encaps(FILE *to);

#endif
