/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs vtap-stat once: opens the inputs, lets all packets pass the stage, writes records and
 * reports. vtap-stat does not use tool_run(), as it has several inputs and its output is text.
 */
#ifndef VTAP_STAT_RUN_H
#define VTAP_STAT_RUN_H

#include "stat.h"

/* Makes config->choice of the options, for the run alone. Prints errors and statistics. Returns the
 * exit status. */
int stat_run(struct stat_config *config);

#endif
