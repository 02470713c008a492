/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the bytes of an output reach its file: as they are, or through an encoder. */
#ifndef VTAP_IO_OUTPUT_INTERNAL_H
#define VTAP_IO_OUTPUT_INTERNAL_H

#include "io/output.h"

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
