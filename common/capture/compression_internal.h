/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each format of compression gives to compression.c. */
#ifndef VTAP_CAPTURE_COMPRESSION_INTERNAL_H
#define VTAP_CAPTURE_COMPRESSION_INTERNAL_H

#include "capture/compression.h"

/* Load the library of a format. They return false and set err if that fails. */
bool compression_gzip_load(struct error *err);
bool compression_zstd_load(struct error *err);
bool compression_lz4_load(struct error *err);

/* Make a decoder. They return NULL and set err if there is no memory. */
struct decoder *compression_gzip_decoder(struct error *err);
struct decoder *compression_zstd_decoder(struct error *err);
struct decoder *compression_lz4_decoder(struct error *err);

/* Make an encoder. They return NULL and set err if there is no memory. */
struct encoder *compression_gzip_encoder(struct error *err);
struct encoder *compression_zstd_encoder(struct error *err);

/* Makes an encoder of one frame that holds `size` bytes, says so in front, and has a checksum
 * behind. Its last step fails if it was given another number of bytes. Returns NULL and sets err if
 * there is no memory. */
struct encoder *compression_zstd_frame_encoder(int level, uint64_t size, struct error *err);

/*
 * For decoders whose library says how many bytes it takes up to the end of the next block, and
 * loses what it made of the blocks in front of a damaged one in the same call: returns the first of
 * those bytes, as many as are there. wanted: what the library says.
 */
static inline struct span compression_portion(struct span in, size_t wanted)
{
	return in.len > wanted ? span_first(in, wanted) : in;
}

/* Makes a step of a decoder. part_step does what struct decoder_ops says of a step, but it may need
 * several calls until it fills anything. */
static inline bool compression_step(bool (*part_step)(struct decoder *decoder, struct span *in,
						      struct patch *out, struct error *err),
				    struct decoder *decoder, struct span *in, struct patch *out,
				    struct error *err)
{
	size_t room = out->len;

	do
		if (!part_step(decoder, in, out, err))
			return false;
	while (in->len > 0 && out->len == room);
	return true;
}

#endif
