/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LZ4 frames that follow each other (doc/lz4_Frame_format.md of lz4), by liblz4. */
#include <lz4frame.h>
#include <stdlib.h>

#include "capture/compression_internal.h"
#include "host/dynload.h"

/* clang-format off */
#define LZ4_FUNCTIONS(row) \
	row(LZ4F_createDecompressionContext) row(LZ4F_decompress) \
	row(LZ4F_freeDecompressionContext) row(LZ4F_getErrorName) row(LZ4F_isError)
/* clang-format on */

static struct {
	LZ4_FUNCTIONS(DYNLOAD_POINTER)
} lz4;

enum { LZ4_FRAME_START = 7 }; /* bytes of the shortest header of a frame */

struct lz4_decoder {
	struct decoder decoder;
	LZ4F_dctx *context;
	size_t wanted; /* bytes up to the end of the next block */
};

const struct dynload_library compression_lz4_library = { "liblz4", LZ4_SONAME,
							 "LZ4_versionString" };

bool compression_lz4_load(struct error *err)
{
	static const char *const names[] = { LZ4_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;

	if (!loaded)
		loaded = dynload_load(LZ4_SONAME, names, sizeof(names) / sizeof(*names), &lz4, err);
	return loaded;
}

static bool lz4_step_block(struct decoder *decoder, struct span *in, struct patch *out,
			   struct error *err)
{
	struct lz4_decoder *it = (struct lz4_decoder *)decoder;
	struct span part = compression_portion(*in, it->wanted);
	size_t taken = part.len, filled = out->len;
	size_t wanted =
		lz4.LZ4F_decompress(it->context, out->data, &filled, part.data, &taken, NULL);

	if (lz4.LZ4F_isError(wanted))
		return error_set(err, "the lz4 data are damaged: %s",
				 lz4.LZ4F_getErrorName(wanted));
	if (taken > 0 || filled > 0)
		it->decoder.between = wanted == 0;
	it->wanted = wanted > 0 ? wanted : LZ4_FRAME_START;
	*in = span_from(*in, taken);
	*out = patch_from(*out, filled);
	return true;
}

static bool lz4_step(struct decoder *decoder, struct span *in, struct patch *out, struct error *err)
{
	return compression_step(lz4_step_block, decoder, in, out, err);
}

static void lz4_close(struct decoder *decoder)
{
	struct lz4_decoder *it = (struct lz4_decoder *)decoder;

	lz4.LZ4F_freeDecompressionContext(it->context);
	free(it);
}

struct decoder *compression_lz4_decoder(struct error *err)
{
	static const struct decoder_ops ops = { .step = lz4_step, .close = lz4_close };
	struct lz4_decoder *it = calloc(1, sizeof(*it));

	if (it &&
	    !lz4.LZ4F_isError(lz4.LZ4F_createDecompressionContext(&it->context, LZ4F_VERSION))) {
		it->decoder = (struct decoder){ .ops = &ops, .between = true };
		it->wanted = LZ4_FRAME_START;
		return &it->decoder;
	}
	free(it);
	error_set(err, "lz4: not enough memory");
	return NULL;
}
