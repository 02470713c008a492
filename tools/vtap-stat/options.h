/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-stat. */
#ifndef VTAP_STAT_OPTIONS_H
#define VTAP_STAT_OPTIONS_H

#include "stat.h"

/*
 * Parses the command line into *config, which begins as all zeros, sets defaults and checks that
 * the options go together. The result and err are those of cli_parse(). Only after CLI_RUN the
 * caller has to call options_free().
 */
enum cli_result options_parse(int argc, char **argv, struct stat_config *config, struct error *err);

/* Frees what options_parse() allocated when it returned CLI_RUN. */
void options_free(struct stat_config *config);

#endif
