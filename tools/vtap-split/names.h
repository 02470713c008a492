/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names given to files in this run, as hashes of 64 bits: 16 bytes of memory a file. */
#ifndef VTAP_SPLIT_NAMES_H
#define VTAP_SPLIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct names {
	uint64_t *slot; /* 0: free */
	size_t size, count;
};

/* Adds a name; false when it was given before, or there is no memory. */
bool names_add(struct names *names, const char *name, struct error *err);
void names_free(struct names *names);

#endif
