/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-split. */
#ifndef VTAP_SPLIT_OPTIONS_H
#define VTAP_SPLIT_OPTIONS_H

#include "split.h"

/* As cli_parse(), with defaults and checks of the whole; config begins empty. */
enum cli_result options_parse(int argc, char **argv, struct split_config *config,
			      struct error *err);

#endif
