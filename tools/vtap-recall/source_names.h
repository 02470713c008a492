/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sources of --source, as patterns of fnmatch(3). They are compared with the names of
 * interfaces as those were, not as they are encoded in the name of an object. A name of an object
 * cannot tell if its packets are of several interfaces (`mixed`), or if it was cut: then each
 * packet is judged by its interface.
 */
#ifndef VTAP_RECALL_SOURCE_NAMES_H
#define VTAP_RECALL_SOURCE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/object_name.h"
#include "base/error.h"

/* All zero: every source is wanted. */
struct source_names {
	const char **pattern; /* borrowed */
	size_t count;
	char *encoded;	      /* texts of KEY_TEXT_LIMIT + 1 bytes, to which the next points */
	const char **spelled; /* what source_names_spell() returns */
};

/* Adds a pattern, which is borrowed. Returns false and sets err if there is no memory. */
bool source_names_add(struct source_names *names, const char *pattern, struct error *err);

/*
 * Finds the sources of objects that can match, if no pattern has a sign that stands for others.
 * Sets *spelled to their encoded names, which live until source_names_free(), and *count to their
 * number; to NULL and 0 if objects of any source can match. Returns false and sets err if there is
 * no memory.
 */
bool source_names_spell(struct source_names *names, const char *const **spelled, size_t *count,
			struct error *err);

/* What the SOURCE of an object says of its packets. */
enum source_names_verdict {
	SOURCE_NAMES_NONE, /* none is wanted */
	SOURCE_NAMES_ALL,
	SOURCE_NAMES_EACH, /* each is to be judged by its interface */
};

/* Judges the SOURCE of an object, as it is encoded. */
enum source_names_verdict source_names_judge(const struct source_names *names, const char *source);

/* Returns true if packets of an interface of this name are wanted. */
bool source_names_want(const struct source_names *names, const char *interface);

/*
 * Writes the name that a SOURCE stands for. Returns false if the name was longer: it is then only
 * the beginning of it, with a mark at the end (key/shorten.h).
 */
bool source_names_decode(const char *source, char name[KEY_TEXT_LIMIT + 1]);

/* Frees what was allocated; the names are empty then. */
void source_names_free(struct source_names *names);

#endif
