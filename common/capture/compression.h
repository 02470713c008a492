/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed captures: knows the formats by the marks in front, and makes decoders (io/decoder.h)
 * for gzip, zstd and lz4, encoders (io/encoder.h) for gzip and zstd. Each uses the library of that
 * format, which is loaded when a file needs it.
 */
#ifndef VTAP_CAPTURE_COMPRESSION_H
#define VTAP_CAPTURE_COMPRESSION_H

#include <stddef.h>

#include "host/dynload.h"
#include "io/decoder.h"
#include "io/encoder.h"

/* A format of compression; its members are for compression*.c. */
struct compression {
	const char *name; /* also that of the program which decompresses it with -dc */
	const char *mark; /* first bytes of a file */
	size_t mark_len;
	/* Loads the library. Returns false and sets err if that fails. NULL if there is none. */
	bool (*load)(struct error *err);
	/* Makes a decoder, which its `close` frees. Returns NULL and sets err without memory. */
	struct decoder *(*open)(struct error *err);
	const char *ending; /* of the names of such files */
	/* Makes an encoder. NULL if the format is not written. */
	struct encoder *(*encode)(struct error *err);
};

/* Returns the format of a file with these first bytes, or NULL if it is not compressed. */
const struct compression *compression_find(struct span head);

/*
 * Loads what the format needs, once for the process. Returns false and sets err if that is missing,
 * or if there is no decoder for the format: err then says what to type. name: of the file, in that
 * line; "-" is standard input.
 */
bool compression_load(const struct compression *compression, const char *name, struct error *err);

/* Returns the format that the ending of a name stands for, or NULL. */
const struct compression *compression_of_name(const char *name);

/* Returns true once compression_load() has loaded anything. */
bool compression_loaded(void);

/* The libraries of the formats, for --version. */
extern const struct dynload_library compression_gzip_library, compression_zstd_library,
	compression_lz4_library;

enum { COMPRESSION_HEAD = 24 }; /* bytes of compression_peek() */

/*
 * Decodes no more than the first COMPRESSION_HEAD bytes, from those of a file that were read so
 * far, and returns their number: fewer if more bytes of the file are needed, or if they are
 * damaged. A child in a sandbox (host/sandbox.h) does it, so a process can look into a file while
 * it still has its rights. Call it after compression_load().
 */
size_t compression_peek(const struct compression *compression, struct span bytes,
			uint8_t head[COMPRESSION_HEAD]);

#endif
