/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens a file below a folder in which others may have made anything: no symbolic link is followed,
 * and nothing but a regular file is read. */
#ifndef VTAP_RECALL_BENEATH_H
#define VTAP_RECALL_BENEATH_H

#include <stdint.h>

#include "base/error.h"

/*
 * Opens the regular file `path` below the folder `dir` for reading, and sets *len to its bytes.
 * Returns the descriptor, which the caller closes, or -1 and sets err, without the path.
 */
int beneath_open(int dir, const char *path, uint64_t *len, struct error *err);

/* Removes the file `path` below the folder `dir`; that it is not there is no trouble. */
void beneath_remove(int dir, const char *path);

#endif
