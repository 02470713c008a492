/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fetches the objects of a remote into the cache: in the order of time, by batches, ahead of need.
 * What was fetched ahead never takes more than a part of the cache, and is thrown away if what is
 * being read needs it.
 */
#ifndef VTAP_RECALL_FETCH_H
#define VTAP_RECALL_FETCH_H

#include "archive/listing.h"
#include "cache.h"
#include "remote.h"

/* All zero but for the members up to since_ns at the start. */
struct fetch {
	struct remote *remote;
	struct cache *cache;
	const struct listing *listing;
	int64_t since_ns; /* of the run: objects that begin earlier are needed together */
	size_t needed;	  /* objects in front of this one were given out */
	size_t next;	  /* the first object that was not asked for */
	bool runs;	  /* rclone fetches [batch, next) */
	size_t batch;
	uint64_t ahead;	  /* bytes of objects that were asked for and not given out */
	bool failed;	  /* nothing comes any more */
	struct error why; /* what rclone said last, or an empty text */
};

enum fetch_verdict {
	FETCH_HERE,
	FETCH_MISSING, /* err is set: the store does not give it */
	FETCH_NO_ROOM, /* the cache has no room for it */
	FETCH_FAILED,  /* nothing can be fetched any more: err is set, or its text is empty if a
			  signal asks for the end */
};

/*
 * Waits until an object is there: the next one of the listing, or one that is `other` to one of the
 * listing. Sets *fd to its descriptor, and *held to the bytes of the cache that it takes, if it is
 * there: it has no name any more.
 */
enum fetch_verdict fetch_take(struct fetch *fetch, int *fd, uint64_t *held, struct error *err);
enum fetch_verdict fetch_take_other(struct fetch *fetch, struct listing_object *object, int *fd,
				    uint64_t *held, struct error *err);

/* Begins to fetch what comes next if nothing is being fetched and there is room. To be called from
 * time to time. */
void fetch_ahead(struct fetch *fetch);

/* Throws away all that was fetched ahead; it is fetched again when it is needed. Returns true if
 * there was anything. */
bool fetch_drop_ahead(struct fetch *fetch);

#endif
