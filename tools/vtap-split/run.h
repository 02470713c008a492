/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of vtap-split: opens the inputs, pumps, ends the files, reports. */
#ifndef VTAP_SPLIT_RUN_H
#define VTAP_SPLIT_RUN_H

#include "split.h"

/* The exit status. */
int split_run(const struct split_config *config);

#endif
