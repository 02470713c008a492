/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of files, each known by its device and inode, whatever names it has. */
#ifndef VTAP_IO_FILE_SET_H
#define VTAP_IO_FILE_SET_H

#include <stdbool.h>

#include "base/error.h"
#include "base/hash_table.h"

struct file_set {
	struct hash_table files;
};

/* Makes an empty set. It allocates nothing. */
void file_set_init(struct file_set *set);

/* Frees what the set holds. */
void file_set_free(struct file_set *set);

/* Adds the regular file that a name leads to; "-" is standard input. Does nothing if there is no
 * such file. Returns false and sets err if there is no memory. */
bool file_set_add(struct file_set *set, const char *name, struct error *err);

/* Returns true if a name leads to a file of the set; "-" does not, for it is no name of a file. */
bool file_set_has(const struct file_set *set, const char *name);

#endif
