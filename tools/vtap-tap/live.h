/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs vtap-tap when packets come from interfaces, or frames are sent to targets, or both. */
#ifndef VTAP_TAP_LIVE_H
#define VTAP_TAP_LIVE_H

#include "options.h"

/*
 * Runs until the input, a signal or --duration ends it. For all options but those of a run between
 * files (tap_options_between_files()). Prints what goes wrong. Returns the exit status.
 */
int tap_live_run(struct options *options);

#endif
