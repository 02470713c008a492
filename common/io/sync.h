/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits until files are on the disk, so that they are still there after the machine has died
 * (--sync). A file is synchronized before it is renamed, and its folder afterwards: else the name
 * may survive without the bytes, or the bytes without the name (fsync(2), rename(2)).
 */
#ifndef VTAP_IO_SYNC_H
#define VTAP_IO_SYNC_H

#include "base/error.h"

/* Waits until the bytes of an open file are on the disk. name is for messages. Returns false and
 * sets err if that fails. */
bool sync_file(int fd, const char *name, struct error *err);

/*
 * Waits until the name of a file is on the disk, in its folder, which is opened for reading. The
 * name is at most PATH_MAX - 1 bytes long. Returns false and sets err if that fails.
 */
bool sync_folder(const char *name, struct error *err);

#endif
