/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-decap. */
#ifndef VTAP_DECAP_OPTIONS_H
#define VTAP_DECAP_OPTIONS_H

#include <stdio.h>

#include "cli.h"
#include "decap.h"

struct options {
	struct cli_common common; /* first: cli.h */
	struct decap_config decap;
	bool encaps_given; /* -e was there: it names all that is wanted */
	bool list_encaps;
};

extern const struct cli options_cli;

/* What holds without any option. */
void options_default(struct options *options);

/* --list-encaps: the table that the code works from. False: it could not be written. */
bool options_list_encaps(FILE *to);

#endif
