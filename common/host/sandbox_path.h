/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds, for a path that a sandbox is to leave open, the folder that a rule has to name: a file
 * that does not exist yet can only be allowed by its folder. Used by sandbox.c, sandbox_landlock.c
 * and sandbox_seccomp.c.
 */
#ifndef VTAP_HOST_SANDBOX_PATH_H
#define VTAP_HOST_SANDBOX_PATH_H

#include <stdbool.h>

enum { SANDBOX_PATH_MAX = 4096 }; /* longer paths are cut, and then not found */

/* Writes the folder that a file of this name is in, or will be in; if that does not exist, the
 * nearest folder above it that does. */
void sandbox_path_folder(const char *path, char folder[SANDBOX_PATH_MAX]);

/* Returns true if the path ends with a slash: folders may be made below it. */
bool sandbox_path_is_folder(const char *path);

#endif
