/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recall from start to end. */
#ifndef VTAP_RECALL_RUN_H
#define VTAP_RECALL_RUN_H

#include "config.h"

/* Writes what config asks for. Returns the exit status. */
int run_recall(struct recall_config *config);

#endif
