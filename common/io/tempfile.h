/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files without a name, which are gone with their descriptor. */
#ifndef VTAP_IO_TEMPFILE_H
#define VTAP_IO_TEMPFILE_H

#include "base/error.h"

/* A new one in TMPDIR, or /tmp, to read and write; -1 and err when there is none to be had. */
int tempfile_open(struct error *err);

#endif
