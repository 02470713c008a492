/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The place that captures go to. A store takes a batch of objects out of the stage of the spool and
 * says of each whether the archive holds its bytes; only then are captures deleted.
 */
#ifndef VTAP_ARCHIVE_STORE_H
#define VTAP_ARCHIVE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/archive_place.h"
#include "base/error.h"

enum { STORE_BATCH = 256 }; /* objects that ship() gets at most */

/* What has proven that the archive holds an object's bytes under its final name. */
enum store_proof {
	STORE_UNPROVEN,
	STORE_READ, /* they were read back */
	STORE_HASH, /* the store has told their hash */
};

struct store_object {
	const char *name;	/* its path below the stage, and below ARCHIVE; borrowed */
	uint64_t bytes;		/* of the staged file */
	enum store_proof proof; /* set by ship() */
};

/* A store that is open. A struct that is all zero is none. */
struct store {
	/*
	 * Ships a batch of at most STORE_BATCH objects out of the stage, and sets the proof of
	 * each. Returns true if each has one. Otherwise returns false and sets err to the sentence
	 * for a person, without ARCHIVE's name in front and without what waits; some objects may
	 * have a proof nevertheless. err->number is ECHILD if nothing can be shipped before the
	 * tool is started again. Calls breathe() at least once a second.
	 */
	bool (*ship)(void *self, struct store_object *object, size_t count, struct error *err);
	/* Ends what the store has started, and frees it. */
	void (*close)(void *self);
	void *self;
};

/* What a store is opened with. It is copied; what it points to has to live as long as the store. */
struct store_config {
	const struct archive_place *place;
	const char *stage; /* absolute path of the stage */
	int stage_folder;  /* its descriptor */
	unsigned jobs;	   /* --jobs */
	bool download;	   /* --proof-download: every object is read back */
	bool verbose, no_sandbox;
	const char *user; /* -Z or NULL */
	char *const *environment;
	/*
	 * Called at least once a second while ship() works: it tells the service manager that the
	 * process lives, scans, and drops. Returns false if the run has to end at once: ship() then
	 * ends its work and returns false with err->number ECANCELED.
	 */
	bool (*breathe)(void *arg);
	/* Says a line for a person with -v, such as rclone's last line; without `TOOL: `. */
	void (*say)(void *arg, const char *text);
	void *arg;
};

#endif
