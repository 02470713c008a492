/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes on where an earlier run has ended, or a crash. */
#ifndef VTAP_ARCHIVE_RECOVERY_H
#define VTAP_ARCHIVE_RECOVERY_H

#include "archive.h"

/* Removes all from the stage: it is made again of what is in taken/, and the rest is proven.
 * Returns false and sets err if something cannot be removed. */
bool recovery_empty_stage(struct archive *archive, struct error *err);

/* Puts what is in taken/ into the queue, which must be empty. Returns true if that is all, false if
 * there was no room for the rest: call it again when the queue is empty. */
bool recovery_resume(struct archive *archive);

#endif
