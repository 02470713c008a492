/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships captures that wait, a batch at a time, and deletes those that are proven. */
#ifndef VTAP_ARCHIVE_BATCH_H
#define VTAP_ARCHIVE_BATCH_H

#include "archive.h"

enum batch_result {
	BATCH_NONE,	    /* nothing waits, or all of it is still written */
	BATCH_SETTLED,	    /* nothing was to be shipped, but captures were empty, or refused */
	BATCH_PROVEN,	    /* all that was shipped is proven */
	BATCH_STORE_FAILED, /* the archive has not taken everything */
	BATCH_SPOOL_FAILED, /* the spool's disk, or the manifest, has failed */
};

struct batch;

/* Makes room for batches, before the sandbox is entered; batch_free() frees it. Returns NULL and
 * sets err if there is no memory. */
struct batch *batch_new(struct archive *archive, struct error *err);

/* Frees what batch_new() has made. NULL is none. */
void batch_free(struct batch *batch);

/*
 * Ships the next batch: at most 256 captures or 1 GiB, the oldest first. new_alone: only captures
 * that were never tried. *partly is set to true if some of them were proven. Sets err if the result
 * is one of the last two.
 */
enum batch_result batch_ship(struct batch *batch, bool new_alone, bool *partly, struct error *err);

#endif
