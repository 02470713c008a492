/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of an output share: its buffer, and how the bytes reach its file. */
#ifndef VTAP_IO_OUTPUT_INTERNAL_H
#define VTAP_IO_OUTPUT_INTERNAL_H

#include "io/output.h"

#include <string.h>

/* Bytes. Buffers begin small, for ten thousand outputs at once, and double under load. */
enum { OUTPUT_FIRST = 1 << 10 };

static inline bool output_is_stdout(const struct output *output)
{
	return strcmp(output->name, "-") == 0;
}

/* Makes the buffer large enough for `need` bytes. Returns false and sets err without memory. */
bool output_grow(struct output *output, size_t need, struct error *err);

/* Writes bytes to the open file as they are. Returns false and sets err and output->failed if that
 * fails. */
bool output_write_file(struct output *output, struct span bytes, struct error *err);

/*
 * Writes bytes, which may be none, to the open file through the encoder of the output, which is
 * made if there is none; with ENCODER_END it is freed. Returns false and sets err and
 * output->failed if that fails.
 */
bool output_encode_bytes(struct output *output, struct span bytes, enum encoder_need need,
			 struct error *err);

#endif
