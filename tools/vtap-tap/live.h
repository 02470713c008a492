/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of vtap-tap with a live end: packets from interfaces, or frames really sent, or both. */
#ifndef VTAP_TAP_LIVE_H
#define VTAP_TAP_LIVE_H

#include "options.h"

/* Everything but a run between files (tap_options_between_files()). Returns the exit status. */
int tap_live_run(struct options *options);

#endif
