/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compresses a whole file as one zstd frame (RFC 8878), which says how many bytes are in it and has
 * a checksum: `zstd -dc` gives the file back byte for byte, or says that the frame is damaged.
 * compression_unpack.h is the way back.
 */
#ifndef VTAP_CAPTURE_COMPRESSION_ZSTD_FRAME_H
#define VTAP_CAPTURE_COMPRESSION_ZSTD_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/sha256.h"

/* The levels of zstd(1) without --ultra. While it compresses, a frame takes about 5 MiB of memory
 * at level 3, 20 at level 9, 55 at level 12 and 100 at level 19. */
enum {
	COMPRESSION_ZSTD_LEVEL = 3, /* that of zstd(1) */
	COMPRESSION_ZSTD_LEVEL_MAX = 19,
};

/* What compression_zstd_frame() has found. */
struct compression_zstd_frame {
	uint8_t sha256[SHA256_LEN]; /* of the file's bytes, as they were compressed */
	uint64_t bytes;		    /* of the file */
	uint64_t stored;	    /* of the frame */
};

/*
 * Loads what compression_zstd_frame() needs, once for the process, before it enters a sandbox.
 * Returns false and sets err if a library is missing.
 */
bool compression_zstd_frame_load(struct error *err);

/*
 * Reads a regular file from its begin to its end and writes the frame to where the descriptor `to`
 * stands. Both descriptors stay open. level: 1 to COMPRESSION_ZSTD_LEVEL_MAX. Returns false and
 * sets err if reading or writing fails (err->number is ENOSPC if the disk is full), if there is no
 * memory, or if the file changes its size meanwhile; a part of the frame may be written then.
 */
bool compression_zstd_frame(int from, int to, int level, struct compression_zstd_frame *frame,
			    struct error *err);

#endif
