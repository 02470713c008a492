/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-fixlen. */
#ifndef VTAP_FIXLEN_OPTIONS_H
#define VTAP_FIXLEN_OPTIONS_H

#include "cli/cli.h"
#include "fixlen.h"

struct fixlen_options {
	struct cli_common common; /* first: cli/cli.h */
	struct fixlen_config fixlen;
	bool fail_if_none;
};

/* For cli_parse(), with a struct fixlen_options. */
extern const struct cli fixlen_cli;

#endif
