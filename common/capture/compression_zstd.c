/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 8878: frames that follow each other, by libzstd. */
#include <stdlib.h>
#include <zstd.h>

#include "capture/compression_internal.h"
#include "host/dynload.h"

/* clang-format off */
#define ZSTD_FUNCTIONS(row) \
	row(ZSTD_CCtx_setParameter) row(ZSTD_CCtx_setPledgedSrcSize) \
	row(ZSTD_compressStream2) row(ZSTD_createCCtx) \
	row(ZSTD_createDStream) row(ZSTD_decompressStream) row(ZSTD_freeCCtx) \
	row(ZSTD_freeDStream) row(ZSTD_getErrorName) row(ZSTD_initDStream) row(ZSTD_isError)
/* clang-format on */

static struct {
	ZSTD_FUNCTIONS(DYNLOAD_POINTER)
} zstd;

enum { ZSTD_FRAME_START = 5 }; /* bytes that tell how long the header of a frame is */

struct zstd_decoder {
	struct decoder decoder;
	ZSTD_DStream *stream;
	size_t wanted; /* bytes up to the end of the next block */
};

const struct dynload_library compression_zstd_library = { "libzstd", ZSTD_SONAME,
							  "ZSTD_versionString" };

bool compression_zstd_load(struct error *err)
{
	static const char *const names[] = { ZSTD_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;

	if (!loaded)
		loaded = dynload_load(ZSTD_SONAME, names, sizeof(names) / sizeof(*names), &zstd,
				      err);
	return loaded;
}

/* libzstd refuses a window above 128 MiB, so that a small file cannot ask for any memory. */
static bool zstd_refused(size_t result, struct error *err)
{
	return error_set(err, "the zstd data are damaged: %s", zstd.ZSTD_getErrorName(result));
}

static bool zstd_step_block(struct decoder *decoder, struct span *in, struct patch *out,
			    struct error *err)
{
	struct zstd_decoder *it = (struct zstd_decoder *)decoder;
	struct span part = compression_portion(*in, it->wanted);
	ZSTD_inBuffer from = { part.data, part.len, 0 };
	ZSTD_outBuffer to = { out->data, out->len, 0 };
	size_t wanted = zstd.ZSTD_decompressStream(it->stream, &to, &from);

	if (zstd.ZSTD_isError(wanted))
		return zstd_refused(wanted, err);
	if (from.pos > 0 || to.pos > 0)
		it->decoder.between = wanted == 0;
	it->wanted = wanted > 0 ? wanted : ZSTD_FRAME_START;
	*in = span_from(*in, from.pos);
	*out = patch_from(*out, to.pos);
	return true;
}

static bool zstd_step(struct decoder *decoder, struct span *in, struct patch *out,
		      struct error *err)
{
	return compression_step(zstd_step_block, decoder, in, out, err);
}

static void zstd_close(struct decoder *decoder)
{
	struct zstd_decoder *it = (struct zstd_decoder *)decoder;

	zstd.ZSTD_freeDStream(it->stream);
	free(it);
}

struct decoder *compression_zstd_decoder(struct error *err)
{
	static const struct decoder_ops ops = { .step = zstd_step, .close = zstd_close };
	struct zstd_decoder *it = calloc(1, sizeof(*it));

	if (it)
		it->stream = zstd.ZSTD_createDStream();
	if (it && it->stream && !zstd.ZSTD_isError(zstd.ZSTD_initDStream(it->stream))) {
		it->decoder = (struct decoder){ .ops = &ops, .between = true };
		it->wanted = ZSTD_FRAME_START;
		return &it->decoder;
	}
	if (it)
		zstd.ZSTD_freeDStream(it->stream);
	free(it);
	error_set(err, "zstd: not enough memory");
	return NULL;
}

struct zstd_encoder {
	struct encoder encoder;
	ZSTD_CCtx *context;
};

struct zstd_setting {
	ZSTD_cParameter parameter;
	int value;
};

static bool zstd_encode(struct encoder *encoder, struct span *in, struct patch *out,
			enum encoder_need need, bool *done, struct error *err)
{
	static const ZSTD_EndDirective end[] = { [ENCODER_MORE] = ZSTD_e_continue,
						 [ENCODER_FLUSH] = ZSTD_e_flush,
						 [ENCODER_END] = ZSTD_e_end };
	ZSTD_inBuffer from = { in->data, in->len, 0 };
	ZSTD_outBuffer to = { out->data, out->len, 0 };
	size_t left = zstd.ZSTD_compressStream2(((struct zstd_encoder *)encoder)->context, &to,
						&from, end[need]);

	*in = span_from(*in, from.pos);
	*out = patch_from(*out, to.pos);
	*done = need == ENCODER_MORE ? in->len == 0 : left == 0;
	return !zstd.ZSTD_isError(left) || error_set(err, "zstd: %s", zstd.ZSTD_getErrorName(left));
}

static void zstd_encoder_close(struct encoder *encoder)
{
	struct zstd_encoder *it = (struct zstd_encoder *)encoder;

	zstd.ZSTD_freeCCtx(it->context);
	free(it);
}

/* Returns NULL and sets err if libzstd has no memory, or refuses a parameter. */
static struct encoder *zstd_encoder_new(const struct zstd_setting *settings, size_t count,
					unsigned long long size, struct error *err)
{
	static const struct encoder_ops ops = { .step = zstd_encode, .close = zstd_encoder_close };
	struct zstd_encoder *it = calloc(1, sizeof(*it));
	bool good = it && (it->context = zstd.ZSTD_createCCtx());

	for (size_t i = 0; good && i < count; i++)
		good = !zstd.ZSTD_isError(zstd.ZSTD_CCtx_setParameter(
			it->context, settings[i].parameter, settings[i].value));
	good = good && !zstd.ZSTD_isError(zstd.ZSTD_CCtx_setPledgedSrcSize(it->context, size));
	if (good) {
		it->encoder.ops = &ops;
		return &it->encoder;
	}
	if (it)
		zstd_encoder_close(&it->encoder);
	error_set(err, "zstd: not enough memory");
	return NULL;
}

/*
 * There may be hundreds of them. A window of 256 KiB, all of an output's buffer, keeps each at a
 * megabyte; a larger one gains 6% for three times as much.
 */
struct encoder *compression_zstd_encoder(struct error *err)
{
	static const struct zstd_setting settings[] = {
		{ ZSTD_c_compressionLevel, 1 },
		{ ZSTD_c_windowLog, 18 },
		{ ZSTD_c_checksumFlag, 1 },
	};

	return zstd_encoder_new(settings, sizeof(settings) / sizeof(*settings),
				ZSTD_CONTENTSIZE_UNKNOWN, err);
}

struct encoder *compression_zstd_frame_encoder(int level, uint64_t size, struct error *err)
{
	const struct zstd_setting settings[] = {
		{ ZSTD_c_compressionLevel, level },
		{ ZSTD_c_checksumFlag, 1 },
	};

	return zstd_encoder_new(settings, sizeof(settings) / sizeof(*settings), size, err);
}
