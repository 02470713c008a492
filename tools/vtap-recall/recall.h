/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes back from an archive, as one source in the order of time. */
#ifndef VTAP_RECALL_RECALL_H
#define VTAP_RECALL_RECALL_H

#include "object.h"

struct recall {
	struct source base;
	struct recall_config *config;
	struct archive archive;
	struct cache cache;
	struct objects all;
	struct recall_counts counts;
	struct object *object; /* one for each of the listing, in the order of names */
	struct source *merge;  /* NULL before recall_start() */
	uint64_t calls;	       /* of the source */
};

/*
 * Opens the archive and the cache and makes the source recall->base, which source_close() closes
 * but does not free; to be called before the sandbox is entered. config, and its choice, must
 * outlive it. Returns NULL and sets err if that fails.
 */
struct source *recall_open(struct recall *recall, struct recall_config *config,
			   struct choice *choice, struct error *err);

/* Lists the archive, and gets ready to read what was found; in the sandbox. Returns false and sets
 * err if that fails, or if there is nothing; err->text is empty if a signal asks for the end. */
bool recall_start(struct recall *recall, struct error *err);

#endif
