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

/*
 * Chooses who makes fragments: sets config->fragment_by_sender, and the engine in options where
 * only one can. Returns false and sets err, as an error of usage, if the options exclude it.
 */
bool tap_live_choose_fragments(struct options *options, struct tap_config *config,
			       struct error *err);

#endif
