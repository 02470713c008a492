/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs vtap-split once: opens the inputs, lets all packets pass the stage, ends the files and
 * reports. vtap-split does not use tool_run(), as it has several inputs and no sink.
 */
#ifndef VTAP_SPLIT_RUN_H
#define VTAP_SPLIT_RUN_H

#include "split.h"

/* Makes config->choice of the options, for the run alone. Prints errors and statistics. Returns the
 * exit status. */
int split_run(struct split_config *config);

#endif
