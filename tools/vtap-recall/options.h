/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-recall. */
#ifndef VTAP_RECALL_OPTIONS_H
#define VTAP_RECALL_OPTIONS_H

#include "config.h"

/* Fills *config, which is all zero; it is freed by options_free() after CLI_RUN. The results and
 * err are those of cli_parse(). */
enum cli_result options_parse(int argc, char **argv, struct recall_config *config,
			      struct error *err);

/* Frees what options_parse() has allocated. */
void options_free(struct recall_config *config);

#endif
