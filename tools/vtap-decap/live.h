/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs vtap-decap on packets from interfaces (-i) or UDP sockets (-l) instead of a file. */
#ifndef VTAP_DECAP_LIVE_H
#define VTAP_DECAP_LIVE_H

#include "decap.h"
#include "options.h"

/*
 * Runs until a signal, --duration or -c ends it. decap is the stage, *stats has its counters; the
 * caller frees both. Prints what goes wrong. Returns the exit status.
 */
int decap_live_run(const struct options *options, struct decap *decap, struct stats *stats);

#endif
