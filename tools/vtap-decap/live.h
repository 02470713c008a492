/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live run of vtap-decap: -l and -i instead of a file. */
#ifndef VTAP_DECAP_LIVE_H
#define VTAP_DECAP_LIVE_H

#include "decap.h"
#include "options.h"

/* Returns the exit status. */
int decap_live_run(const struct options *options, struct decap *decap, struct stats *stats);

#endif
