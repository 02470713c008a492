/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-fixlen: the table of its options, and what they are turned into. */
#ifndef VTAP_FIXLEN_OPTIONS_H
#define VTAP_FIXLEN_OPTIONS_H

#include "cli/cli.h"
#include "fixlen.h"

struct fixlen_options {
	struct cli_common common; /* the first member, as cli/cli.h demands */
	struct fixlen_config fixlen;
};

/* The table for cli_parse(), which fills a struct fixlen_options. It begins as all zeros. */
extern const struct cli fixlen_cli;

#endif
