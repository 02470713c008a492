/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder as an archive: a disk, NFS, a bucket that is mounted. */
#ifndef VTAP_ARCHIVE_STORE_FOLDER_H
#define VTAP_ARCHIVE_STORE_FOLDER_H

#include "host/sandbox.h"
#include "store.h"

/* What the sandbox has to leave, beside writing to the folder. */
enum { STORE_FOLDER_NEEDS = SANDBOX_SYNC };

/*
 * Opens the folder config->place, which has to exist. Objects are proven by reading them back.
 * Returns false and sets err if the folder cannot be used, or if there is no memory.
 */
bool store_folder_open(struct store *store, const struct store_config *config, struct error *err);

#endif
