/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds an object against its name, and unpacks it into the cache if it is compressed, both in one
 * pass. What it makes is a capture that is not compressed.
 */
#ifndef VTAP_RECALL_UNPACKED_H
#define VTAP_RECALL_UNPACKED_H

#include "archive/object_name.h"
#include "archive/object_sum.h"
#include "cache.h"

/* The capture of an object. */
struct unpacked {
	int fd;	       /* stands at the start of the capture; -1 if there is none */
	uint64_t held; /* bytes of the cache that it takes */
};

enum unpacked_verdict {
	UNPACKED_GOOD,
	UNPACKED_DAMAGED, /* the good part, perhaps empty, is there; err says what is wrong */
	UNPACKED_LARGE,	  /* it does not fit into what the cache has left; nothing is there, and fd
			     is still the caller's, and its bytes of the cache */
};

/* Loads what objects are compressed by, as far as it is installed, before the sandbox is entered.
 * Returns false and sets err if it lacks what all objects need. */
bool unpacked_load(struct error *err);

/*
 * Reads the object that is open as fd, which belongs to *unpacked then or is closed. fetched: it
 * stands in the cache, where it takes so many bytes; 0 if it does not. They are given back if the
 * object was unpacked, else *unpacked holds them.
 */
enum unpacked_verdict unpacked_read(struct unpacked *unpacked, struct cache *cache, int fd,
				    uint64_t fetched, const struct object_name *name,
				    struct error *err);

/* Counts the bytes that an object, open as fd, unpacks to, up to the limit: it returns more than
 * the limit if there are more. */
uint64_t unpacked_count(int fd, const struct object_name *name, uint64_t limit);

/* Closes it, unless fd is -1, and gives its bytes back to the cache. */
void unpacked_free(struct unpacked *unpacked, struct cache *cache);

#endif
