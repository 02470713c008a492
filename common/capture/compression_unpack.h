/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks compressed bytes as they come, up to a number of bytes: what an archive keeps may have
 * been made by anybody, and a small file can unpack to any size. Memory is bounded.
 */
#ifndef VTAP_CAPTURE_COMPRESSION_UNPACK_H
#define VTAP_CAPTURE_COMPRESSION_UNPACK_H

#include "capture/compression.h"

/* Why no more is unpacked. */
enum compression_unpack_state {
	UNPACK_GOOD,	/* all that came was unpacked */
	UNPACK_DAMAGED, /* the data, or their checksum, are wrong, or they end too early */
	UNPACK_LARGE,	/* there is more than the limit */
	UNPACK_FAILED,	/* the caller's function has failed, or there is no memory */
};

/* Bytes that are being unpacked. A struct that is all zero is none. */
struct compression_unpack {
	enum compression_unpack_state state;
	uint64_t len; /* bytes unpacked so far, at most the limit */
	/* Members for compression_unpack.c. */
	struct decoder *decoder;
	uint64_t limit;
	bool (*take)(void *arg, struct span bytes, struct error *err);
	void *arg;
};

/*
 * Begins to unpack. compression_load() must have been called for the format. limit: bytes that may
 * come out. take: called with those that come out, valid until it returns; it returns false and
 * sets err if nothing more is wanted. compression_unpack_end() frees what this takes. Returns false
 * and sets err if there is no memory; nothing is left to be freed then.
 */
bool compression_unpack_begin(struct compression_unpack *unpack,
			      const struct compression *compression, uint64_t limit,
			      bool (*take)(void *arg, struct span bytes, struct error *err),
			      void *arg, struct error *err);

/*
 * Unpacks further bytes. Returns false, and sets err and the state, if that ends here; it must not
 * be called again then. What was good in front of damage has been taken.
 */
bool compression_unpack_add(struct compression_unpack *unpack, struct span bytes,
			    struct error *err);

/*
 * Ends, and frees what was taken. Returns true if all was unpacked and the data may end here.
 * Returns false if compression_unpack_add() did, and leaves err alone; or sets err and the state
 * because the data end too early.
 */
bool compression_unpack_end(struct compression_unpack *unpack, struct error *err);

#endif
