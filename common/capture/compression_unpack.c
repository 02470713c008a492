/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/compression_unpack.h"

enum { UNPACK_ROOM = 64 << 10 }; /* bytes that are unpacked at a time */

bool compression_unpack_begin(struct compression_unpack *unpack,
			      const struct compression *compression, uint64_t limit,
			      bool (*take)(void *arg, struct span bytes, struct error *err),
			      void *arg, struct error *err)
{
	*unpack = (struct compression_unpack){ .limit = limit, .take = take, .arg = arg };
	unpack->decoder = compression->open(err);
	return unpack->decoder != NULL;
}

static bool unpack_stop(struct compression_unpack *unpack, enum compression_unpack_state state)
{
	unpack->state = state;
	return false;
}

/* Hands on what was unpacked, at most what is left of the limit. */
static bool unpack_take(struct compression_unpack *unpack, struct span bytes, struct error *err)
{
	uint64_t left = unpack->limit - unpack->len;
	struct span within = bytes.len > left ? span_first(bytes, (size_t)left) : bytes;

	unpack->len += within.len;
	if (within.len > 0 && !unpack->take(unpack->arg, within, err))
		return unpack_stop(unpack, UNPACK_FAILED);
	if (within.len == bytes.len)
		return true;
	error_set(err, "it unpacks to more than %llu bytes", (unsigned long long)unpack->limit);
	return unpack_stop(unpack, UNPACK_LARGE);
}

/* A decoder that fills all its room may hold more: it is asked until some room is left. */
bool compression_unpack_add(struct compression_unpack *unpack, struct span bytes, struct error *err)
{
	struct decoder *decoder = unpack->decoder;
	uint8_t room[UNPACK_ROOM];
	struct patch out;

	do {
		bool good;

		out = (struct patch){ room, sizeof(room) };
		good = decoder->ops->step(decoder, &bytes, &out, err);
		if (!unpack_take(unpack, span_of(room, sizeof(room) - out.len), err))
			return false;
		if (!good)
			return unpack_stop(unpack, UNPACK_DAMAGED);
	} while (bytes.len > 0 || out.len == 0);
	return true;
}

bool compression_unpack_end(struct compression_unpack *unpack, struct error *err)
{
	bool ended = unpack->decoder->between;

	unpack->decoder->ops->close(unpack->decoder);
	unpack->decoder = NULL;
	if (unpack->state != UNPACK_GOOD)
		return false;
	if (ended)
		return true;
	error_set(err, "the compressed data end too early: the file was cut");
	return unpack_stop(unpack, UNPACK_DAMAGED);
}
