/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/compression.h"

#include <errno.h>
#include <string.h>

#include "capture/compression_internal.h"

/* Formats without functions are known by their mark or ending, so that the user can be told what to
 * type. */
static const struct compression formats[] = {
	{ "gzip", "\x1f\x8b\x08", 3, compression_gzip_load, compression_gzip_decoder, ".gz",
	  compression_gzip_encoder },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, compression_zstd_load, compression_zstd_decoder, ".zst",
	  compression_zstd_encoder },
	{ "lz4", "\x04\x22\x4d\x18", 4, compression_lz4_load, compression_lz4_decoder, ".lz4",
	  NULL },
	{ "xz", "\xfd\x37\x7a\x58\x5a\x00", 6, NULL, NULL, ".xz", NULL },
	{ "bzip2", "BZh", 3, NULL, NULL, ".bz2", NULL },
	{ "compress", "\x1f\x9d", 2, NULL, NULL, ".Z", NULL },
	{ "brotli", "", 0, NULL, NULL, ".br", NULL }, /* has no mark */
};

const struct compression *compression_find(struct span head)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct span front = span_first(head, formats[i].mark_len);

		if (front.len > 0 && front.len == formats[i].mark_len &&
		    memcmp(front.data, formats[i].mark, front.len) == 0)
			return &formats[i];
	}
	return NULL;
}

const struct compression *compression_of_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		size_t ending = strlen(formats[i].ending);

		if (len > ending && strcmp(name + len - ending, formats[i].ending) == 0)
			return &formats[i];
	}
	return NULL;
}

static bool loaded;

bool compression_loaded(void)
{
	return loaded;
}

/* What can be typed in place of reading the file. */
static bool compression_say_how(const struct compression *compression, const char *name,
				struct error *err)
{
	const char *program = compression->name, *tool = program_invocation_short_name;

	if (strcmp(name, "-") == 0)
		return error_set(
			err,
			"compressed by %s, which vtap does not read: put %s -dc in front of %s",
			program, program, tool);
	return error_set(err, "compressed by %s, which vtap does not read: type %s -dc '%s' | %s",
			 program, program, name, tool);
}

bool compression_load(const struct compression *compression, const char *name, struct error *err)
{
	if (!compression->load)
		return compression_say_how(compression, name, err);
	if (!compression->load(err))
		return error_wrap(err, "compressed by %s", compression->name);
	loaded = true;
	return true;
}
