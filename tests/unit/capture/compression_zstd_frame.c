/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames against zstd(1), and back: whole, damaged, cut, and of more bytes than are wanted. */
#include "capture/compression_zstd_frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/compression_unpack.h"
#include "lib/tap.h"

enum { PLAIN = 3000000, ROOM = 2 * PLAIN };

static uint8_t plain[PLAIN], packed[ROOM], unpacked[ROOM];
static size_t packed_len, unpacked_len;
static char folder[] = "/tmp/vtap-frame-XXXXXX", name[64], frame_name[64];
static struct error err;

static size_t slurp(const char *file, uint8_t *to)
{
	FILE *from = fopen(file, "r");
	size_t len = from ? fread(to, 1, ROOM, from) : 0;

	if (from)
		fclose(from);
	return len;
}

/* Packs the first len bytes into the frame's file. */
static bool pack(size_t len, int level, struct compression_zstd_frame *frame)
{
	int from = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int to = open(frame_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = ftruncate(from, 0) == 0 && write(from, plain, len) == (ssize_t)len &&
		    compression_zstd_frame(from, to, level, frame, &err);

	close(from);
	close(to);
	packed_len = slurp(frame_name, packed);
	return good;
}

static bool take(void *arg, struct span bytes, struct error *why)
{
	size_t *most = arg;

	if (unpacked_len + bytes.len > *most)
		return error_set(why, "full");
	span_copy(bytes, 0, unpacked + unpacked_len, bytes.len);
	unpacked_len += bytes.len;
	return true;
}

/* Unpacks what was packed, in pieces of a size. */
static enum compression_unpack_state unpack(size_t len, size_t piece, uint64_t limit, size_t most)
{
	struct span in = span_of(packed, len);
	struct compression_unpack it;

	unpacked_len = 0;
	err.text[0] = '\0';
	if (!compression_unpack_begin(&it, compression_of_name("x.zst"), limit, take, &most, &err))
		return UNPACK_FAILED;
	while (in.len > 0 && compression_unpack_add(&it, span_first(in, piece), &err))
		in = span_from(in, piece);
	ok(compression_unpack_end(&it, &err) == (it.state == UNPACK_GOOD) &&
		   (it.state == UNPACK_GOOD) == !err.text[0] && it.len >= unpacked_len &&
		   it.len <= limit &&
		   (it.state == UNPACK_DAMAGED || memcmp(unpacked, plain, unpacked_len) == 0),
	   "unpacked: %s", err.text);
	return it.state;
}

/* Bytes that zstd(1) unpacks, or 0 if it complains. */
static bool is_unpacked_by_zstd(size_t len)
{
	char command[256];
	FILE *from;

	snprintf(command, sizeof(command), "zstd -dc %s 2>/dev/null", frame_name);
	from = popen(command, "r");
	unpacked_len = from ? fread(unpacked, 1, ROOM, from) : 0;
	return from && pclose(from) == 0 && unpacked_len == len &&
	       memcmp(unpacked, plain, len) == 0;
}

/* What zstd -lv says of the frame: a line that holds a text. */
static bool zstd_says(const char *text)
{
	char command[256], line[256];
	bool says = false;
	FILE *from;

	snprintf(command, sizeof(command), "zstd -lv %s 2>&1", frame_name);
	from = popen(command, "r");
	while (from && fgets(line, sizeof(line), from))
		says = says || strstr(line, text);
	if (from)
		pclose(from);
	return says;
}

static void good_frames(void)
{
	static const size_t lens[] = { 0, 1, 100, 65536, 65537, PLAIN };
	static const int levels[] = { 1, COMPRESSION_ZSTD_LEVEL, 9 };
	struct compression_zstd_frame frame;
	uint8_t hash[SHA256_LEN];
	uint64_t len;
	int fd;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		ok(pack(lens[i], levels[i % 3], &frame), "a frame of %zu bytes", lens[i]);
		ok(frame.bytes == lens[i] && frame.stored == packed_len, "... is counted");
		fd = open(name, O_RDONLY | O_CLOEXEC);
		ok(sha256_file(fd, hash, &len, &err) &&
			   memcmp(hash, frame.sha256, sizeof(hash)) == 0,
		   "... and summed");
		close(fd);
		ok(is_unpacked_by_zstd(lens[i]), "... zstd unpacks it");
		ok(zstd_says("Frames: 1") || zstd_says("Number of Frames: 1"), "... one frame");
		ok(zstd_says("XXH64"), "... with a checksum");
		snprintf((char *)unpacked, 64, "(%zu B)", lens[i]);
		ok(zstd_says((const char *)unpacked), "... and its size");
		ok(unpack(packed_len, 70001, lens[i], ROOM) == UNPACK_GOOD &&
			   unpacked_len == lens[i],
		   "... so do we");
	}
	ok(unpack(packed_len, 1, PLAIN, ROOM) == UNPACK_GOOD && unpacked_len == PLAIN,
	   "byte by byte");
}

/* Of the frame of all bytes. */
static void damaged_frames(void)
{
	unsigned missed = 0;

	for (size_t at = 4; at < packed_len; at += packed_len / 50) {
		packed[at] ^= 1;
		missed += unpack(packed_len, 65536, ROOM, ROOM) != UNPACK_DAMAGED;
		packed[at] ^= 1;
	}
	packed[packed_len - 1] ^= 1;
	missed += unpack(packed_len, 65536, ROOM, ROOM) != UNPACK_DAMAGED;
	ok(strstr(err.text, "checksum"), "the checksum is told: %s", err.text);
	packed[packed_len - 1] ^= 1;
	is_u64(missed, 0, "each bit that flips is found");
	ok(unpack(packed_len - 1, 65536, ROOM, ROOM) == UNPACK_DAMAGED &&
		   strstr(err.text, "too early"),
	   "a frame that was cut");
	ok(unpack(packed_len, 65536, ROOM, 100000) == UNPACK_FAILED &&
		   strcmp(err.text, "full") == 0,
	   "who takes it may fail");
	packed[packed_len] = 'x';
	ok(unpack(packed_len + 1, 65536, ROOM, ROOM) == UNPACK_DAMAGED, "bytes behind the frame");
}

static void bombs(void)
{
	struct compression_zstd_frame frame;

	ok(unpack(packed_len, 65536, PLAIN - 1, ROOM) == UNPACK_LARGE && unpacked_len == PLAIN - 1,
	   "a byte more than is wanted");
	ok(unpack(packed_len, 65536, 0, ROOM) == UNPACK_LARGE && unpacked_len == 0, "all is");
	memset(plain, 0, sizeof(plain));
	ok(pack(PLAIN, 3, &frame) && packed_len < 1000, "%zu bytes that become 3 MB", packed_len);
	ok(unpack(packed_len, 65536, 100000, ROOM) == UNPACK_LARGE && unpacked_len == 100000,
	   "... are stopped");
}

static void refused_frames(void)
{
	struct compression_zstd_frame frame;
	int from = open(name, O_RDONLY | O_CLOEXEC), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int growing = open("/proc/self/status", O_RDONLY | O_CLOEXEC), ends[2];

	ok(!compression_zstd_frame(from, full, 3, &frame, &err) && err.number == ENOSPC,
	   "a full disk: %s", err.text);
	ok(!compression_zstd_frame(growing, full, 3, &frame, &err) && strstr(err.text, "changed"),
	   "a file that is longer than it was: %s", err.text);
	ok(!compression_zstd_frame(-1, full, 3, &frame, &err) && err.number == EBADF, "no file");
	ok(pipe2(ends, O_CLOEXEC) == 0 && !compression_zstd_frame(ends[0], full, 3, &frame, &err),
	   "a pipe: %s", err.text);
	close(ends[0]);
	close(ends[1]);
	close(from);
	close(full);
	close(growing);
}

int main(void)
{
	uint32_t state = 1;

	if (!mkdtemp(folder))
		return 1;
	snprintf(name, sizeof(name), "%s/plain", folder);
	snprintf(frame_name, sizeof(frame_name), "%s/plain.zst", folder);
	for (size_t i = 0; i < PLAIN; i++) {
		state = state * 1664525 + 1013904223;
		plain[i] = (uint8_t)('a' + (state >> 24) % (i % 5000 < 2500 ? 26 : 3));
	}
	ok(compression_zstd_frame_load(&err) &&
		   compression_load(compression_of_name("x.zst"), "x.zst", &err),
	   "libraries");
	good_frames();
	damaged_frames();
	bombs();
	refused_frames();
	unlink(name);
	unlink(frame_name);
	rmdir(folder);
	return tap_done();
}
