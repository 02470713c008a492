/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 1952: members that follow each other, each with a header and a checksum, by zlib. */
#define ZLIB_CONST /* its input is const */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/compression_internal.h"
#include "host/dynload.h"

/* clang-format off */
#define ZLIB_FUNCTIONS(row) \
	row(deflate) row(deflateEnd) row(deflateInit2_) \
	row(inflate) row(inflateEnd) row(inflateInit2_) row(inflateReset)
/* clang-format on */

static struct {
	ZLIB_FUNCTIONS(DYNLOAD_POINTER)
} zlib;

enum { GZIP_WINDOW = 16 + MAX_WBITS }; /* 16: with the header and checksum of gzip */

struct gzip_decoder {
	struct decoder decoder;
	z_stream stream;
	bool padded; /* behind the last member stand zeros, as tapes add them */
};

const struct dynload_library compression_gzip_library = { "zlib", ZLIB_SONAME, "zlibVersion" };

bool compression_gzip_load(struct error *err)
{
	static const char *const names[] = { ZLIB_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;

	if (!loaded)
		loaded = dynload_load(ZLIB_SONAME, names, sizeof(names) / sizeof(*names), &zlib,
				      err);
	return loaded;
}

/* gzip -d takes zeros behind a member for the padding of a tape, too. */
static bool gzip_skip_padding(struct gzip_decoder *gzip, struct span *in, struct error *err)
{
	uint8_t byte = 0;

	while (span_u8(*in, 0, &byte) && byte == 0) {
		gzip->padded = true;
		*in = span_from(*in, 1);
	}
	return !gzip->padded || in->len == 0 ||
	       error_set(err, "bytes behind the end of the gzip data");
}

static bool gzip_inflate(struct gzip_decoder *gzip, struct span *in, struct patch *out,
			 struct error *err)
{
	z_stream *stream = &gzip->stream;
	int result;

	stream->next_in = in->data;
	stream->avail_in = (uInt)in->len;
	stream->next_out = out->data;
	stream->avail_out = (uInt)out->len;
	result = zlib.inflate(stream, Z_SYNC_FLUSH);
	*in = span_from(*in, in->len - stream->avail_in);
	*out = patch_from(*out, out->len - stream->avail_out);
	gzip->decoder.between = result == Z_STREAM_END;
	if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
		return true;
	return error_set(err, "the gzip data are damaged: %s",
			 stream->msg ? stream->msg : "no memory");
}

static bool gzip_step(struct decoder *decoder, struct span *in, struct patch *out,
		      struct error *err)
{
	struct gzip_decoder *gzip = (struct gzip_decoder *)decoder;

	if (decoder->between && gzip->stream.total_in > 0) {
		if (!gzip_skip_padding(gzip, in, err))
			return false;
		if (in->len == 0)
			return true;
		zlib.inflateReset(&gzip->stream);
	}
	return in->len == 0 && decoder->between ? true : gzip_inflate(gzip, in, out, err);
}

static void gzip_close(struct decoder *decoder)
{
	struct gzip_decoder *gzip = (struct gzip_decoder *)decoder;

	zlib.inflateEnd(&gzip->stream);
	free(gzip);
}

struct decoder *compression_gzip_decoder(struct error *err)
{
	static const struct decoder_ops ops = { .step = gzip_step, .close = gzip_close };
	struct gzip_decoder *gzip = calloc(1, sizeof(*gzip));

	if (gzip && zlib.inflateInit2_(&gzip->stream, GZIP_WINDOW, ZLIB_VERSION,
				       (int)sizeof(gzip->stream)) == Z_OK) {
		gzip->decoder = (struct decoder){ .ops = &ops, .between = true };
		return &gzip->decoder;
	}
	free(gzip);
	error_set(err, "gzip: not enough memory");
	return NULL;
}

struct gzip_encoder {
	struct encoder encoder;
	z_stream stream;
};

static bool gzip_encode(struct encoder *encoder, struct span *in, struct patch *out,
			enum encoder_need need, bool *done, struct error *err)
{
	static const int flush[] = { [ENCODER_MORE] = Z_NO_FLUSH,
				     [ENCODER_FLUSH] = Z_SYNC_FLUSH,
				     [ENCODER_END] = Z_FINISH };
	z_stream *stream = &((struct gzip_encoder *)encoder)->stream;
	int result;

	stream->next_in = in->data;
	stream->avail_in = in->len < UINT_MAX ? (uInt)in->len : UINT_MAX;
	stream->next_out = out->data;
	stream->avail_out = (uInt)out->len;
	result = zlib.deflate(stream, flush[need]);
	*in = span_from(*in, (size_t)(stream->next_in - in->data));
	*out = patch_from(*out, out->len - stream->avail_out);
	*done = need == ENCODER_END ? result == Z_STREAM_END : in->len == 0 && out->len > 0;
	return result != Z_STREAM_ERROR || error_set(err, "gzip: the state is damaged");
}

static void gzip_encoder_close(struct encoder *encoder)
{
	struct gzip_encoder *gzip = (struct gzip_encoder *)encoder;

	zlib.deflateEnd(&gzip->stream);
	free(gzip);
}

/* The lowest level is twice as fast as gzip's own choice, and a capture that has to be smaller is
 * better written as .zst. */
struct encoder *compression_gzip_encoder(struct error *err)
{
	static const struct encoder_ops ops = { .step = gzip_encode, .close = gzip_encoder_close };
	enum { MEMORY_LEVEL = 8 }; /* zlib's default */
	struct gzip_encoder *gzip = calloc(1, sizeof(*gzip));

	if (gzip && zlib.deflateInit2_(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW,
				       MEMORY_LEVEL, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
				       (int)sizeof(gzip->stream)) == Z_OK) {
		gzip->encoder.ops = &ops;
		return &gzip->encoder;
	}
	free(gzip);
	error_set(err, "gzip: not enough memory");
	return NULL;
}
