/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --manifest: one JSON line a finished file, written as soon as the file has its name. */
#ifndef VTAP_SPLIT_MANIFEST_H
#define VTAP_SPLIT_MANIFEST_H

#include <stdint.h>

#include "io/output.h"

struct manifest {
	struct output output; /* fd -1: nothing is written */
};

struct manifest_entry {
	const char *name, *key;
	size_t key_len;
	uint64_t packets, bytes;
	int64_t first_ns, last_ns;
};

/* name: "-" is standard output; NULL: none is written. */
bool manifest_open(struct manifest *manifest, const char *name, struct error *err);
/* A reader that goes away costs the captures nothing: the rest is not told. */
bool manifest_add(struct manifest *manifest, const struct manifest_entry *entry, struct error *err);
bool manifest_close(struct manifest *manifest, struct error *err);

#endif
