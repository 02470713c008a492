/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds, for a path that a sandbox is to leave open, the folder that a rule has to name: a file
 * that does not exist yet can only be allowed by its folder. Used by sandbox.c, sandbox_landlock.c
 * and sandbox_seccomp.c.
 */
#ifndef VTAP_HOST_SANDBOX_PATH_H
#define VTAP_HOST_SANDBOX_PATH_H

#include <stdbool.h>

/* Bytes of a path with its NUL; a longer path is cut, and the kernel would not open it anyway. */
enum { SANDBOX_PATH_MAX = 4096 };

/*
 * Writes the folder that the file `path` is in, or will be in, to `folder`: "." if path has no
 * slash, path itself if it ends with one. If that folder does not exist or cannot be reached, this
 * writes the nearest folder above it that can.
 */
void sandbox_path_folder(const char *path, char folder[SANDBOX_PATH_MAX]);

/* Returns true if the path ends with a slash, so that folders may be made below it. */
bool sandbox_path_is_folder(const char *path);

#endif
