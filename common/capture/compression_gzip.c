/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 1952: members that follow each other, each with a header and a checksum, by zlib. */
#define ZLIB_CONST /* its input is const */
#include <stdlib.h>
#include <zlib.h>

#include "capture/compression_internal.h"
#include "host/dynload.h"

#define ZLIB_FUNCTIONS(row) row(inflate) row(inflateEnd) row(inflateInit2_) row(inflateReset)

static struct {
	ZLIB_FUNCTIONS(DYNLOAD_POINTER)
} zlib;

struct gzip_decoder {
	struct decoder decoder;
	z_stream stream;
	bool padded; /* behind the last member stand zeros, as tapes add them */
};

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
	enum { GZIP_WINDOW = 16 + MAX_WBITS };
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
