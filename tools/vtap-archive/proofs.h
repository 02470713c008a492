/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes down what is proven (--manifest): one line of JSON for each object, on the disk before its
 * capture is deleted. After a crash an object may have two lines, but none is missing.
 */
#ifndef VTAP_ARCHIVE_PROOFS_H
#define VTAP_ARCHIVE_PROOFS_H

#include <stdint.h>

#include "base/error.h"

struct proofs {
	const char *name; /* of the file; borrowed */
	int fd;		  /* -1 if there is no manifest */
};

/* What a line says. The strings are borrowed until proofs_add() returns. */
struct proof {
	const char *name;	   /* of the capture below SPOOL, any bytes */
	const char *key;	   /* SOURCE of the object's name */
	const char *source;	   /* the name of the interface as it was, any bytes */
	const char *object;	   /* the object's name below ARCHIVE */
	const char *sha256;	   /* 64 digits, of the capture as it lay in the spool */
	const char *host;	   /* this sink's name */
	const char *proof;	   /* "read" if the object was read back, "hash" if the store told
				      its hash */
	uint64_t packets, bytes;   /* in the capture, and its size */
	uint64_t stored;	   /* bytes of the object */
	int64_t first_ns, last_ns; /* earliest and latest time of a packet, since 1970 */
};

/*
 * Opens the manifest for appending, or makes it; NULL stands for none. A last line that a crash has
 * cut is ended first. Returns false and sets err if that fails.
 */
bool proofs_open(struct proofs *proofs, const char *name, struct error *err);

/* Appends a line. Returns false and sets err if it cannot be written as a whole; what is there of
 * it then is taken back. */
bool proofs_add(struct proofs *proofs, const struct proof *proof, struct error *err);

/* Waits until all lines are on the disk. Returns false and sets err if that fails: then no capture
 * may be deleted for them. */
bool proofs_sync(struct proofs *proofs, struct error *err);

/* Closes the manifest, if there is one. */
void proofs_close(struct proofs *proofs);

#endif
