/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary files without a name, which disappear with their descriptor. */
#ifndef VTAP_IO_TEMPFILE_H
#define VTAP_IO_TEMPFILE_H

#include "base/error.h"

/*
 * Opens a new empty file for reading and writing, in the directory that TMPDIR names, or in /tmp.
 * Returns its descriptor, which the caller closes, or returns -1 and sets err.
 */
int tempfile_open(struct error *err);

#endif
