/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive is a remote of rclone's. A batch is one command that copies and one or two that
 * compare; only a line `= NAME` of those is a proof. rclone's exit status and its log never are.
 */
#ifndef VTAP_ARCHIVE_STORE_RCLONE_H
#define VTAP_ARCHIVE_STORE_RCLONE_H

#include <stdbool.h>

#include "store.h"

/* SANDBOX_ bits (host/sandbox.h) that a tool with such a store needs. */
extern const unsigned store_rclone_needs;

/*
 * Opens a store for config->place, which has to be a remote, and forks the helper that runs rclone:
 * to be called before the sandbox is entered and before anything is parsed. rclone itself is first
 * run by ship(), which also says if there is none, if it is too old, and if it has no such remote.
 * *config is copied; what it points to has to live as long as the store. Returns false and sets err
 * if there is no memory or the helper cannot be started. store->close() ends the helper and rclone.
 */
bool store_rclone_open(struct store *store, const struct store_config *config, struct error *err);

#endif
