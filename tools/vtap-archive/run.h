/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs vtap-archive once: opens spool and archive, gives up rights, and ships until it is to end.
 */
#ifndef VTAP_ARCHIVE_RUN_H
#define VTAP_ARCHIVE_RUN_H

#include "options.h"

/* Prints errors and statistics. Returns the exit status. */
int archive_run(const struct archive_config *config);

#endif
