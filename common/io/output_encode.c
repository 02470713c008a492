/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/output_internal.h"

enum { ENCODE_ROOM = 32 << 10 }; /* bytes that are written at a time */

static bool output_encode_step(struct output *output, struct span *in, enum encoder_need need,
			       bool *done, struct error *err)
{
	struct encoder *encoder = output->encoder;
	uint8_t room[ENCODE_ROOM];
	struct patch out = { room, sizeof(room) };

	if (encoder->ops->step(encoder, in, &out, need, done, err))
		return output_write_file(output, span_of(room, sizeof(room) - out.len), err);
	error_wrap(err, "%s", output_label(output));
	output->failed = true;
	return false;
}

bool output_encode_bytes(struct output *output, struct span bytes, enum encoder_need need,
			 struct error *err)
{
	bool done = false, good = true;

	if (!output->encoder)
		output->encoder = output->encode(err);
	if (!output->encoder) {
		error_wrap(err, "%s", output_label(output));
		output->failed = true;
		return false;
	}
	while (good && !done)
		good = output_encode_step(output, &bytes, need, &done, err);
	if (need != ENCODER_END)
		return good;
	output->encoder->ops->close(output->encoder);
	output->encoder = NULL;
	return good;
}
