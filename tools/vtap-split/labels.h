/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --names calls the parts of keys: `eni-0abc` instead of `3001`. The file has a line for each:
 *
 *   KEY NAME
 *
 * KEY is the text of a part, as names of files and the manifest have it: %XX stands for a byte, and
 * `none` for a part that packets do not have. IP and MAC addresses may be written in any of their
 * forms. Blank lines, and those that begin with `#`, are skipped; lines may end with CRLF.
 */
#ifndef VTAP_SPLIT_LABELS_H
#define VTAP_SPLIT_LABELS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash_table.h"

/* A struct that is all zero has no labels. */
struct labels {
	struct hash_table by_part; /* struct label by the text of the part */
	struct arena arena;
};

/*
 * Reads the file into *labels, which has none yet; labels_free() is to be called in any case.
 * Returns false and sets err if the file cannot be read; it is a usage error `FILE:LINE: ...` if a
 * line is wrong or names a KEY that an earlier line has.
 */
bool labels_read(struct labels *labels, const char *file, struct error *err);

/* Returns what the file calls a part, or NULL if it does not name it. The label is shorter than
 * KEY_PART_SIZE and lives until labels_free(). */
const char *labels_find(const struct labels *labels, const char *part);

/* Frees all labels. */
void labels_free(struct labels *labels);

#endif
