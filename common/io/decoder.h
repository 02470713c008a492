/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns compressed bytes into what they stand for, piece by piece. Each format of compression fills
 * struct decoder_ops (capture/compression.h); an input reads through a decoder (io/input.h).
 */
#ifndef VTAP_IO_DECODER_H
#define VTAP_IO_DECODER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

struct decoder;

/* The functions of a format. */
struct decoder_ops {
	/*
	 * Takes bytes off the front of *in, which may be empty, and fills room at the front of
	 * *out, which it takes off as well. If *in is not empty, it takes or fills something. If it
	 * fills nothing, it holds nothing that it could give without more bytes. Returns false and
	 * sets err if the bytes are damaged; what it filled before is good.
	 */
	bool (*step)(struct decoder *decoder, struct span *in, struct patch *out,
		     struct error *err);
	/* Frees the decoder. */
	void (*close)(struct decoder *decoder);
};

/* What all decoders have; the first member of the struct of each format. */
struct decoder {
	const struct decoder_ops *ops;
	bool between; /* no member of the data is open: the data may end here */
};

#endif
