/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes objects (staging.h) in a child of the process, one after the other: a capture that makes
 * its reader crash, or take all memory, costs itself alone; and the tool goes on with what is due
 * meanwhile.
 */
#ifndef VTAP_ARCHIVE_WORKER_H
#define VTAP_ARCHIVE_WORKER_H

#include "archive.h"
#include "staging.h"

/* Makes room for a result, before the sandbox is entered. worker_free() frees it. Returns NULL and
 * sets err if there is no memory. */
struct staged *worker_new(struct error *err);

/* Frees what worker_new() has made. */
void worker_free(struct staged *room);

/*
 * Makes the object of the capture with this name in taken/. Returns room, with the result; it is
 * valid until the next call. Calls archive->breathe() while it waits.
 */
const struct staged *worker_make(struct archive *archive, struct staged *room, const char *path);

#endif
