/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment of rclone: logins and settings of transport come from the variables of the tool,
 * but nothing that weakens a comparison, chooses other files or writes elsewhere. rclone reads an
 * option --a-b from the variable RCLONE_A_B, so that most variables would do such a thing.
 */
#ifndef VTAP_ARCHIVE_RCLONE_ENVIRONMENT_H
#define VTAP_ARCHIVE_RCLONE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Returns true if a variable is passed on: RCLONE_CONFIG and what begins with RCLONE_CONFIG_
 * (remotes), variables of backends (RCLONE_S3_*), settings of transport (RCLONE_BWLIMIT), PATH,
 * HOME, AWS_* and proxies. Settings of backends that give old versions of objects, or objects
 * without size or hash, are not. name: name_len bytes.
 */
bool rclone_environment_passes(const char *name, size_t name_len);

/*
 * Makes rclone's environment out of that of the tool, which NULL ends. AWS_CA_BUNDLE, which rclone
 * 1.60 does not support, becomes RCLONE_CA_CERT unless that is set; RCLONE_CONFIG and
 * RCLONE_CA_CERT become absolute paths, as rclone may start in another folder. Returns an array
 * that NULL ends, for rclone_environment_free(), or NULL and sets err if there is no memory or the
 * working folder is not known.
 */
char **rclone_environment_make(char *const *tool, struct error *err);

/* Frees what rclone_environment_make() has returned; NULL is allowed. */
void rclone_environment_free(char **environment);

/* Returns the value of a variable in an environment, or NULL if it has none. The value lives as
 * long as the environment. */
const char *rclone_environment_get(char *const *environment, const char *name);

#endif
