/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An object as a source of the packets that are asked for: it is opened, held against its name and
 * unpacked when it is read first, and closed at its end. What is wrong with it is told on standard
 * error, and it ends: the others go on.
 */
#ifndef VTAP_RECALL_OBJECT_H
#define VTAP_RECALL_OBJECT_H

#include "archive.h"
#include "cache.h"
#include "capture/source.h"
#include "choose.h"
#include "fetch.h"
#include "named_interfaces.h"
#include "overlap.h"
#include "unpacked.h"

/* What the objects of a run share. */
struct objects {
	struct archive *archive;
	struct cache *cache;
	struct fetch fetch; /* of a remote */
	struct named_interfaces interfaces;
	struct choose choose;
	struct recall_counts *counts;
	struct overlap overlap;
	const struct source_hook *hook; /* of the source that gives their packets */
	size_t block;			/* bytes that each reads at a time */
	size_t open;			/* objects that are open */
	uint64_t stored, content;	/* bytes of those that were unpacked */
	bool ended;			/* the run is to end: `failure` says why, or a signal asks
					   for it and its text is empty */
	struct error failure;
};

/* All zero but for what object_init() sets. */
struct object {
	struct source base;
	struct objects *all;
	struct listing_object *listed;
	struct object_name name; /* set when it is opened, as are the members below */
	struct unpacked unpacked;
	struct source *inner; /* NULL if there is nothing to read */
	const struct interface *seen;
	const struct named_interface *on; /* that `seen` stands for */
	int64_t time_ns;		  /* of the last packet that has a time */
	bool begun, damaged;
};

/* Makes *object a source, which source_close() closes but does not free. listed and all must
 * outlive it. Nothing is opened. */
void object_init(struct object *object, struct listing_object *listed, struct objects *all);

/* Sets all->failure to say that the cache is too small for what is there at one time, and how large
 * it has to be. least: bytes that are needed for certain. */
void object_need_cache(struct objects *all, uint64_t least);

#endif
