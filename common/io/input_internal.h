/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ways in which an input gets bytes: from its file, and through a decoder. */
#ifndef VTAP_IO_INPUT_INTERNAL_H
#define VTAP_IO_INPUT_INTERNAL_H

#include "base/span.h"
#include "io/input.h"

/*
 * Reads from the file once, after a wait if need be, and sets *len to the number of bytes, 0 at its
 * end. Returns false if that fails, and sets err, or if the input was made to end while it waited:
 * then input->interrupted is set and err stays as it is.
 */
bool input_read_file(struct input *input, struct patch to, size_t *len, struct error *err);

/*
 * Takes over a decoder, and copies the bytes that were read from the file already. ended: they are
 * the last. Returns NULL and sets err if there is no memory; the decoder is closed then.
 */
struct input_packed *input_packed_new(struct decoder *decoder, struct span read, bool ended,
				      struct error *err);
void input_packed_free(struct input_packed *packed); /* NULL is allowed */

/* Returns the bytes of the file that the decoder has taken. */
uint64_t input_packed_decoded(const struct input_packed *packed);

/* Does what input_read_file() does, through the decoder of the input. Also returns false, and sets
 * err and input->fault, if the compressed data are damaged or end too early. */
bool input_packed_read(struct input *input, struct patch to, size_t *len, struct error *err);

#endif
