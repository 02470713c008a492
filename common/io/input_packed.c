/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "io/input_internal.h"

enum { PACKED_BLOCK = 256 << 10 };

struct input_packed {
	struct decoder *decoder;
	uint8_t *block;
	size_t start, end; /* bytes in the block that are not yet decoded */
	size_t size;
	bool ended;	  /* the file has no more */
	uint64_t decoded; /* bytes of the file that are not in the block any more */
};

struct input_packed *input_packed_new(struct decoder *decoder, struct span read, bool ended,
				      struct error *err)
{
	struct input_packed *packed = calloc(1, sizeof(*packed));
	size_t size = read.len > PACKED_BLOCK ? read.len : PACKED_BLOCK;

	if (packed)
		*packed =
			(struct input_packed){ decoder, malloc(size), 0, read.len, size, ended, 0 };
	if (!packed || !packed->block) {
		error_errno(err, "compressed data");
		free(packed);
		decoder->ops->close(decoder);
		return NULL;
	}
	span_copy(read, 0, packed->block, read.len);
	return packed;
}

void input_packed_free(struct input_packed *packed)
{
	if (!packed)
		return;
	packed->decoder->ops->close(packed->decoder);
	free(packed->block);
	free(packed);
}

uint64_t input_packed_decoded(const struct input_packed *packed)
{
	return packed->decoded;
}

static bool input_packed_refill(struct input *input, struct error *err)
{
	struct input_packed *packed = input->packed;
	struct patch room = { packed->block, packed->size };

	packed->start = packed->end = 0;
	if (!input_read_file(input, room, &packed->end, err))
		return false;
	packed->ended = packed->end == 0;
	return true;
}

/* Decodes what is there; *len stays 0 if more is needed. */
static bool input_packed_step(struct input_packed *packed, struct patch to, size_t *len,
			      struct error *err)
{
	struct span in = span_of(packed->block + packed->start, packed->end - packed->start);
	struct patch out = to;
	bool good = packed->decoder->ops->step(packed->decoder, &in, &out, err);

	packed->decoded += packed->end - packed->start - in.len;
	packed->start = packed->end - in.len;
	*len = to.len - out.len;
	return good || *len > 0;
}

/* The decoder is asked before the file: it may hold bytes, and the file may have to be waited for.
 */
bool input_packed_read(struct input *input, struct patch to, size_t *len, struct error *err)
{
	struct input_packed *packed = input->packed;

	for (;;) {
		if (!input_packed_step(packed, to, len, err)) {
			input->fault = INPUT_DAMAGED;
			return false;
		}
		if (*len > 0)
			return true;
		if (packed->start < packed->end)
			continue;
		if (packed->ended)
			break;
		if (!input_packed_refill(input, err))
			return false;
	}
	if (packed->decoder->between)
		return true;
	input->fault = INPUT_CUT;
	return error_set(err, "the compressed data end too early: the file was cut");
}
