/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the manifest: one line of JSON per finished file, as soon as the file has its name, and
 * one per file that was removed. */
#ifndef VTAP_SPLIT_MANIFEST_H
#define VTAP_SPLIT_MANIFEST_H

#include <stdint.h>

#include "io/output.h"

struct manifest {
	struct output output; /* its descriptor is -1 if there is no manifest */
};

/* What one line says. The strings are borrowed until manifest_add() returns. */
struct manifest_entry {
	const char *name; /* of the file */
	const char *key;  /* text of the key, key_len bytes */
	size_t key_len;
	const char *label; /* what --names makes of the key, label_len bytes */
	size_t label_len;
	const char *removed; /* why the file was removed, of which all below is left out; NULL for
				one that was finished */
	uint64_t packets, bytes; /* packets in the file, and their bytes captured */
	/* Time of the first packet, and latest time of all packets, since 1970. A packet that is
	 * out of order may be earlier than first_ns. */
	int64_t first_ns, last_ns;
};

/*
 * Opens the manifest; "-" is standard output, and NULL stands for no manifest. Lines of an earlier
 * run stay until manifest_begin(). name must outlive the manifest. Returns false and sets err if
 * that fails.
 */
bool manifest_open(struct manifest *manifest, const char *name, struct error *err);

/* Empties the file, once, when it is known that the run writes files, or has none to write. Returns
 * false and sets err if that fails. */
bool manifest_begin(struct manifest *manifest, struct error *err);

/*
 * Writes a line. Returns false and sets err if that fails. A reader of a pipe that has gone is no
 * failure: the manifest is closed, and the following lines are not written.
 */
bool manifest_add(struct manifest *manifest, const struct manifest_entry *entry, struct error *err);

/* Closes the manifest, if there is one. Returns false and sets err if the last bytes cannot be
 * written. */
bool manifest_close(struct manifest *manifest, struct error *err);

#endif
