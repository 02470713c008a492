/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/compression_zstd_frame.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/compression_internal.h"

enum { FRAME_BLOCK = 64 << 10 }; /* bytes that are read, and written, at a time */

/* A frame that is being written. */
struct writing {
	struct encoder *encoder;
	struct sha256 sha256;
	struct compression_zstd_frame *frame;
	int from, to;
};

bool compression_zstd_frame_load(struct error *err)
{
	return compression_zstd_load(err) && sha256_load(err);
}

static bool frame_write(struct writing *writing, struct span bytes, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = TEMP_FAILURE_RETRY(write(writing->to, bytes.data, bytes.len));

		if (n < 0)
			return error_errno(err, "cannot be written");
		bytes = span_from(bytes, (size_t)n);
		writing->frame->stored += (uint64_t)n;
	}
	return true;
}

static bool frame_encode(struct writing *writing, struct span bytes, enum encoder_need need,
			 struct error *err)
{
	struct encoder *encoder = writing->encoder;
	uint8_t room[FRAME_BLOCK];
	bool done = false;

	while (!done) {
		struct patch out = { room, sizeof(room) };

		if (!encoder->ops->step(encoder, &bytes, &out, need, &done, err) ||
		    !frame_write(writing, span_of(room, sizeof(room) - out.len), err))
			return false;
	}
	return true;
}

/* libzstd refuses a size other than that of the begin only at the end, and without saying which. */
static bool frame_copy(struct writing *writing, uint64_t size, struct error *err)
{
	struct compression_zstd_frame *frame = writing->frame;
	uint8_t block[FRAME_BLOCK];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(
			pread(writing->from, block, sizeof(block), (off_t)frame->bytes))) > 0) {
		struct span bytes = span_of(block, (size_t)n);

		frame->bytes += (uint64_t)n;
		if (frame->bytes > size)
			break;
		sha256_update(&writing->sha256, bytes);
		if (!frame_encode(writing, bytes, ENCODER_MORE, err))
			return false;
	}
	if (n < 0)
		return error_errno(err, "cannot be read");
	if (frame->bytes != size)
		return error_set(err, "it changed while it was read");
	return frame_encode(writing, span_of(NULL, 0), ENCODER_END, err);
}

static bool frame_begin(struct writing *writing, int level, uint64_t size, struct error *err)
{
	if (!compression_zstd_load(err) || !sha256_init(&writing->sha256, err))
		return false;
	writing->encoder = compression_zstd_frame_encoder(level, size, err);
	if (writing->encoder)
		return true;
	sha256_free(&writing->sha256);
	return false;
}

bool compression_zstd_frame(int from, int to, int level, struct compression_zstd_frame *frame,
			    struct error *err)
{
	struct writing writing = { .frame = frame, .from = from, .to = to };
	struct stat st;
	bool good;

	*frame = (struct compression_zstd_frame){ .bytes = 0 };
	if (fstat(from, &st) < 0)
		return error_errno(err, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return error_set(err, "this is no regular file");
	if (!frame_begin(&writing, level, (uint64_t)st.st_size, err))
		return false;
	good = frame_copy(&writing, (uint64_t)st.st_size, err);
	writing.encoder->ops->close(writing.encoder);
	if (good)
		return sha256_final(&writing.sha256, frame->sha256, err);
	sha256_free(&writing.sha256);
	return false;
}
