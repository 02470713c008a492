/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes finished captures out of the spool, and drops the oldest when too much waits. */
#ifndef VTAP_ARCHIVE_CLAIM_H
#define VTAP_ARCHIVE_CLAIM_H

#include "archive.h"
#include "spool_walk.h"

/* Looks at a file of the spool and claims it if it is finished. Trouble is told, and the file keeps
 * its place. */
void claim_look(struct archive *archive, const struct spool_file *file);

/* Puts a file that is in taken/ already, since an earlier run, into the queue. Returns false if
 * there is no room for it now. */
bool claim_resume(struct archive *archive, const struct spool_file *file);

/* Moves a claimed capture to failed/, with the reason, and tells it. */
void claim_refuse(struct archive *archive, struct queue_item *item, const char *reason);

/* Drops the oldest captures that are not in hand, as far as more than --cap waits. */
void claim_drop(struct archive *archive);

#endif
