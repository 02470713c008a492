/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoders against what gzip, zstd and lz4 write: in pieces of any size, cut anywhere, damaged
 * anywhere. */
#include "capture/compression.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/tap.h"

enum { PLAIN = 300000, ROOM = 1 << 20 };

static uint8_t plain[PLAIN], packed[ROOM], decoded[ROOM];
static size_t packed_len, member_len;

/* Text that compresses by some, so that every format has several blocks of it. */
static void fill_plain(const char *file)
{
	FILE *to = fopen(file, "w");
	uint32_t state = 1;

	for (size_t i = 0; i < PLAIN; i++) {
		state = state * 1664525 + 1013904223;
		plain[i] = (uint8_t)('a' + (state >> 24) % (i % 5000 < 2500 ? 26 : 3));
	}
	assert(to && fwrite(plain, 1, PLAIN, to) == PLAIN && fclose(to) == 0);
}

/* Two members, the second of which is empty. */
static bool pack(const char *program, const char *file)
{
	char command[256];
	FILE *from;

	snprintf(command, sizeof(command), "%s -qc <%s; %s -qc </dev/null | tee %s.member", program,
		 file, program, file);
	from = popen(command, "r");
	packed_len = from ? fread(packed, 1, ROOM, from) : 0;
	if (!from || pclose(from) != 0 || packed_len == 0)
		return false;
	snprintf(command, sizeof(command), "%s.member", file);
	from = fopen(command, "r");
	assert(from && fseek(from, 0, SEEK_END) == 0);
	member_len = packed_len - (size_t)ftell(from);
	fclose(from);
	remove(command);
	return true;
}

struct result {
	size_t len;   /* bytes decoded */
	bool good;    /* no step failed */
	bool between; /* at the end */
	size_t steps;
};

/* Decodes as an input does: what the decoder holds first, then more bytes. */
static struct result decode(const struct compression *compression, struct span from, size_t portion,
			    size_t room)
{
	struct error err = { 0 };
	struct decoder *decoder = compression->open(&err);
	struct result result = { .good = true };

	assert(decoder);
	for (struct span in = span_first(from, 0);;) {
		size_t size = ROOM - result.len < room ? ROOM - result.len : room;
		struct patch out = { decoded + result.len, size };
		size_t had = in.len;

		result.steps++;
		result.good = decoder->ops->step(decoder, &in, &out, &err);
		result.len += size - out.len;
		if (!result.good || (had > 0 && in.len == had && out.len == size))
			break;
		if (in.len > 0 || out.len < size)
			continue;
		if (from.len == 0)
			break;
		in = span_first(from, portion < from.len ? portion : from.len);
		from = span_from(from, in.len);
	}
	result.between = decoder->between;
	decoder->ops->close(decoder);
	return result;
}

static bool is_prefix(const struct result *result)
{
	return result->len <= PLAIN && memcmp(decoded, plain, result->len) == 0;
}

static void test_pieces(const struct compression *compression)
{
	static const size_t sizes[] = { 1, 7, 1000, 65536, ROOM };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct result in = decode(compression, span_of(packed, packed_len), sizes[i], ROOM);
		bool good = in.good && in.between && in.len == PLAIN && is_prefix(&in);
		struct result out =
			decode(compression, span_of(packed, packed_len), ROOM, sizes[i]);

		ok(good, "%s: pieces of %zu bytes in", compression->name, sizes[i]);
		ok(out.good && out.between && out.len == PLAIN && is_prefix(&out),
		   "%s: pieces of %zu bytes out", compression->name, sizes[i]);
	}
}

static void test_cut(const struct compression *compression)
{
	unsigned wrong = 0;

	for (size_t len = 0; len <= packed_len;
	     len += len < 300 || len + 300 > member_len ? 1 : 997) {
		struct result result = decode(compression, span_of(packed, len), 4096, 65536);
		bool whole = len == 0 || len == member_len || len == packed_len;

		wrong += !result.good || !is_prefix(&result) || result.between != whole;
		wrong += len >= member_len && result.len != PLAIN;
	}
	is_u64(wrong, 0, "cut anywhere: what is in front comes, and the end is known");
}

/* A checksum finds it, at the latest; and what came before that block was good. lz4 makes one block
 * of all this. */
static void test_damaged(const struct compression *compression)
{
	bool one_block = strcmp(compression->name, "lz4") == 0;
	unsigned missed = 0, early = 0;

	for (size_t at = 20; at + 8 < member_len; at += 1009) {
		struct result result;

		packed[at] ^= 0x55;
		result = decode(compression, span_of(packed, packed_len), 4096, 65536);
		packed[at] ^= 0x55;
		missed += result.good && result.between;
		early += at > member_len * 3 / 4 && result.len < PLAIN / 3 && !one_block;
	}
	is_u64(missed, 0, "damaged anywhere: found");
	is_u64(early, 0, "... and what was in front comes");
}

static void test_peek(const struct compression *compression)
{
	uint8_t head[COMPRESSION_HEAD];
	size_t len = compression_peek(compression, span_of(packed, packed_len), head);

	ok(len == sizeof(head) && memcmp(head, plain, len) == 0, "a look inside");
	is_u64(compression_peek(compression, span_of(packed, 20), head), 0,
	       "... needs more than a few bytes");
	packed[2] ^= 0xff;
	packed[5] ^= 0xff;
	is_u64(compression_peek(compression, span_of(packed, packed_len), head), 0,
	       "... sees nothing in damaged data");
	packed[2] ^= 0xff;
	packed[5] ^= 0xff;
}

/* Encodes in pieces, and after each of them what was encoded so far can be decoded. */
static bool encode_pieces(const struct compression *compression, size_t portion, size_t room)
{
	struct error err = { 0 };
	struct encoder *encoder = compression->encode(&err);
	bool good = encoder != NULL;

	packed_len = 0;
	for (size_t at = 0; good && at <= PLAIN; at += portion) {
		size_t len = PLAIN - at < portion ? PLAIN - at : portion;
		struct span in = span_of(plain + at, len);
		enum encoder_need need = at + portion > PLAIN ? ENCODER_END : ENCODER_FLUSH;
		struct result result;

		for (bool done = false; good && !done;) {
			struct patch out = { packed + packed_len, room };

			good = encoder->ops->step(encoder, &in, &out, need, &done, &err);
			packed_len += room - out.len;
		}
		result = decode(compression, span_of(packed, packed_len), ROOM, ROOM);
		good = good && result.good && result.len == at + len && is_prefix(&result) &&
		       result.between == (need == ENCODER_END);
	}
	encoder->ops->close(encoder);
	return good;
}

static void test_encode(const struct compression *compression)
{
	ok(encode_pieces(compression, 70000, 32768), "%s: written in pieces", compression->name);
	ok(encode_pieces(compression, 90000, 40), "... with little room");
	ok(encode_pieces(compression, PLAIN + 1, 65536), "... at once");
}

static void test_format(const char *program, const char *file)
{
	const struct compression *compression;
	struct error err = { 0 };

	if (!pack(program, file)) {
		ok(true, "%s # SKIP is not installed", program);
		return;
	}
	compression = compression_find(span_of(packed, packed_len));
	ok(compression && strcmp(compression->name, program) == 0, "%s is known", program);
	ok(compression_load(compression, "x", &err) && compression_loaded(), "... and loaded");
	test_pieces(compression);
	test_cut(compression);
	test_damaged(compression);
	test_peek(compression);
	if (compression->encode)
		test_encode(compression);
}

static void test_others(void)
{
	static const uint8_t xz[] = "\xfd\x37\x7a\x58\x5a\x00\x00";
	const struct compression *compression = compression_find(span_of(xz, sizeof(xz)));
	struct error err = { 0 };

	ok(!compression_find(span_of(xz, 5)) && !compression_find(span_of("plain", 5)),
	   "what is not compressed");
	ok(compression && !compression_load(compression, "a b.xz", &err) &&
		   strstr(err.text, "xz -dc 'a b.xz' | "),
	   "xz: what to type");
	ok(!compression_load(compression, "-", &err) && strstr(err.text, "xz -dc in front of "),
	   "... for standard input");
}

static void test_names(void)
{
	const struct compression *gzip = compression_of_name("x.pcap.gz");

	ok(gzip && gzip->encode && strcmp(gzip->name, "gzip") == 0, "the ending .gz");
	ok(compression_of_name("{key}.zst") && compression_of_name("x.br") &&
		   !compression_of_name("x.br")->encode,
	   "others, of which some are not written");
	ok(!compression_of_name("x.gz.pcap") && !compression_of_name(".gz") &&
		   !compression_of_name("gz") && !compression_of_name("-"),
	   "what is none");
}

int main(void)
{
	char file[] = "/tmp/vtap-compression-XXXXXX";
	int fd = mkstemp(file);

	assert(fd >= 0);
	fill_plain(file);
	test_others();
	test_names();
	test_format("gzip", file);
	test_format("zstd", file);
	test_format("lz4", file);
	remove(file);
	return tap_done();
}
