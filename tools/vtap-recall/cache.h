/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private folder of this host for what is fetched and unpacked, of a limited size. A process that
 * is forked before the sandbox removes it when the tool ends, however that ends; what is unpacked
 * has no name in it.
 */
#ifndef VTAP_RECALL_CACHE_H
#define VTAP_RECALL_CACHE_H

#include <stdint.h>

#include "base/error.h"

enum { CACHE_PATH_SIZE = 4096 };

struct cache {
	char path[CACHE_PATH_SIZE]; /* absolute, with a slash at its end */
	int folder;		    /* its descriptor */
	uint64_t limit;		    /* bytes that may be in it */
	uint64_t used;		    /* bytes that are in it, or are promised to somebody */
	int life, done;		    /* pipes to the process that removes it; -1 if there is none */
};

/*
 * Makes the folder below TMPDIR, or /var/tmp, and starts the process that removes it; to be called
 * before the sandbox is entered. user: who will use it, or NULL for the present user. Returns false
 * and sets err if that fails; cache_close() is to be called in any case, on a *cache that
 * cache_init() has filled.
 */
bool cache_open(struct cache *cache, uint64_t limit, const char *user, struct error *err);

/* Makes *cache one that is not open. */
void cache_init(struct cache *cache);

/* Returns the bytes that may still be put into it. */
uint64_t cache_room(const struct cache *cache);

/* Makes a file without a name in it. Returns its descriptor, which the caller closes, or -1 and
 * sets err. */
int cache_file(const struct cache *cache, struct error *err);

/* Has the folder removed, and waits for that. */
void cache_close(struct cache *cache);

#endif
