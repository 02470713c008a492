/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the bytes of an object against its name, in one pass. The digits in a name are those of the
 * file that was archived: of the object itself, or of what is packed in it if vtap-archive has
 * compressed it. The name does not say which, so one of both has to fit.
 */
#ifndef VTAP_ARCHIVE_OBJECT_SUM_H
#define VTAP_ARCHIVE_OBJECT_SUM_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/object_name.h"
#include "base/error.h"
#include "base/span.h"
#include "host/sha256.h"

enum object_sum_verdict {
	OBJECT_SUM_STORED,  /* the name is that of the object's bytes */
	OBJECT_SUM_CONTENT, /* the name is that of what is packed in it */
	OBJECT_SUM_DIFFERS, /* neither: the object is damaged, or another one has its name */
	OBJECT_SUM_LARGE,   /* it unpacks to more than the limit; it was not read to its end */
	OBJECT_SUM_FAILED,  /* nothing is known of it: it cannot be read, or the caller's function,
			       memory or a library failed */
};

/* How an object is read, and what was found. */
struct object_sum {
	/* Members that the caller sets. */
	uint64_t limit; /* bytes that a .zst may unpack to */
	/* Called with the bytes of the capture as they come, those of a .zst unpacked, valid until
	 * it returns; it returns false and sets err to give up. What comes of a damaged object is
	 * good up to the damage, if the verdict is that it differs. NULL if nobody wants them. */
	bool (*take)(void *arg, struct span bytes, struct error *err);
	void *take_arg;

	/* Members that are set. */
	uint64_t stored;		/* bytes of the object */
	uint64_t content;		/* bytes that take() has got, or would have */
	char stored_text[SHA256_TEXT];	/* hash of the object; "" if it is not known */
	char content_text[SHA256_TEXT]; /* hash of what is packed in a .zst; "" if it is no .zst, or
					   damaged */
};

/*
 * Loads what the objects of an archive need, once for the process, before it enters a sandbox.
 * Returns false and sets err if a library is missing.
 */
bool object_sum_load(struct error *err);

/*
 * Reads an object from where its descriptor stands up to the end, and says whether its bytes are
 * those that its name promises. The descriptor stays open. err is set unless the verdict is
 * OBJECT_SUM_STORED or OBJECT_SUM_CONTENT; it says what is wrong, without the name.
 */
enum object_sum_verdict object_sum_read(struct object_sum *sum, int fd,
					const struct object_name *name, struct error *err);

#endif
