/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compresses bytes piece by piece, into one member of a compressed file. Each format of compression
 * fills struct encoder_ops (capture/compression.h); an output writes through an encoder
 * (io/output.h).
 */
#ifndef VTAP_IO_ENCODER_H
#define VTAP_IO_ENCODER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

struct encoder;

/* What the encoded bytes are to be good for. */
enum encoder_need {
	ENCODER_MORE,  /* they may wait for more bytes */
	ENCODER_FLUSH, /* all that was taken so far can be decoded from them */
	ENCODER_END,   /* the member is complete; it takes nothing more */
};

/* The functions of a format. */
struct encoder_ops {
	/*
	 * Takes bytes off the front of *in, which may be empty, and fills room at the front of
	 * *out, which it takes off as well. Sets *done to true once all bytes are taken and nothing
	 * is left to be filled for `need`; the caller goes on with more room until then. Returns
	 * false and sets err if there is no memory.
	 */
	bool (*step)(struct encoder *encoder, struct span *in, struct patch *out,
		     enum encoder_need need, bool *done, struct error *err);
	/* Frees the encoder. */
	void (*close)(struct encoder *encoder);
};

/* What all encoders have; the first member of the struct of each format. */
struct encoder {
	const struct encoder_ops *ops;
};

#endif
