/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --list: what would be fetched. */
#ifndef VTAP_RECALL_RUN_LIST_H
#define VTAP_RECALL_RUN_LIST_H

#include "config.h"

/* Lists the archive and prints what is asked for. Returns the exit status. */
int run_list(struct recall_config *config);

#endif
