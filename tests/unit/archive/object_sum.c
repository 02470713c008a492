/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects and their names: whole, damaged, of another one, and larger than is wanted. */
#include "archive/object_sum.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/compression_zstd_frame.h"
#include "lib/tap.h"

enum { PLAIN = 500000 };

static uint8_t plain[PLAIN];
static char place[] = "/tmp/vtap-sum-XXXXXX", path[64], packed_path[64];
static char plain_sum[SHA256_TEXT], packed_sum[SHA256_TEXT], sum_of_abc[SHA256_TEXT];
static struct object_sum sum;
static struct error err;
static size_t taken, most;
static bool taken_well;

static void sum_file(const char *file, char text[SHA256_TEXT])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint8_t hash[SHA256_LEN];
	uint64_t len;

	text[0] = '\0';
	if (sha256_file(fd, hash, &len, &err))
		sha256_write(hash, text);
	close(fd);
}

static void put(const char *file, const void *bytes, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (write(fd, bytes, len) != (ssize_t)len)
		perror(file);
	close(fd);
}

/* Makes the capture and its frame. */
static bool pack(void)
{
	struct compression_zstd_frame frame;
	int from, to = open(packed_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good;

	put(path, plain, PLAIN);
	from = open(path, O_RDONLY | O_CLOEXEC);
	good = compression_zstd_frame(from, to, 3, &frame, &err);
	close(from);
	close(to);
	return good;
}

static bool take(void *arg, struct span bytes, struct error *why)
{
	(void)arg;
	if (taken + bytes.len > most)
		return error_set(why, "nobody wants it");
	taken_well = taken_well && memcmp(bytes.data, plain + taken, bytes.len) == 0;
	taken += bytes.len;
	return true;
}

static enum object_sum_verdict read_object(const char *file, const char *type, const char *digits,
					   uint64_t limit)
{
	struct object_name name = { .packets = 1 };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	enum object_sum_verdict verdict;

	snprintf(name.type, sizeof(name.type), "%s", type);
	snprintf(name.sha256, sizeof(name.sha256), "%.16s", digits);
	sum = (struct object_sum){ .limit = limit, .take = take };
	taken = 0;
	taken_well = true;
	err.text[0] = '\0';
	verdict = object_sum_read(&sum, fd, &name, &err);
	close(fd);
	return verdict;
}

static void good_objects(void)
{
	ok(read_object(path, "pcap", plain_sum, 0) == OBJECT_SUM_STORED && sum.stored == PLAIN &&
		   sum.content == PLAIN && taken == PLAIN && taken_well,
	   "an object that is not packed");
	is_str(sum.stored_text, plain_sum, "... its hash");
	is_str(sum.content_text, "", "... and no other");
	ok(read_object(packed_path, "pcap.zst", plain_sum, PLAIN) == OBJECT_SUM_CONTENT &&
		   sum.content == PLAIN && taken == PLAIN && taken_well,
	   "an object that vtap-archive has packed");
	is_str(sum.stored_text, packed_sum, "... its hash");
	is_str(sum.content_text, plain_sum, "... and that of its content");
	ok(read_object(packed_path, "pcap.zst", packed_sum, PLAIN) == OBJECT_SUM_STORED &&
		   taken == PLAIN,
	   "an object that was packed before");
	ok(read_object(packed_path, "pcap.gz", packed_sum, 0) == OBJECT_SUM_STORED,
	   "only a .zst is unpacked");
	put(path, "", 0);
	sum_file(path, plain_sum);
	ok(read_object(path, "pcap.zst", plain_sum, 0) == OBJECT_SUM_STORED && sum.content == 0,
	   "an empty file");
}

static void damaged_objects(void)
{
	static uint8_t bytes[PLAIN * 2];
	FILE *from = fopen(packed_path, "r");
	size_t len = fread(bytes, 1, sizeof(bytes), from);

	fclose(from);
	bytes[len / 2] ^= 4;
	put(path, bytes, len);
	ok(read_object(path, "pcap.zst", plain_sum, PLAIN) == OBJECT_SUM_DIFFERS &&
		   strstr(err.text, "zstd data are damaged"),
	   "a bit that flips: %s", err.text);
	ok(!sum.content_text[0] && sum.stored == len, "... all is read, its content has no hash");
	sum_file(path, packed_sum);
	ok(read_object(path, "pcap.zst", packed_sum, PLAIN) == OBJECT_SUM_STORED,
	   "it may have been archived like that");
	bytes[len / 2] ^= 4;
	put(path, bytes, len - 1);
	ok(read_object(path, "pcap.zst", plain_sum, PLAIN) == OBJECT_SUM_DIFFERS &&
		   strstr(err.text, "too early") && taken_well && taken > PLAIN / 2,
	   "a frame that was cut: %s", err.text);
	ok(read_object(packed_path, "pcap.zst", sum_of_abc, PLAIN) == OBJECT_SUM_DIFFERS &&
		   strstr(err.text, "its SHA-256 is not ba7816bf8f01cfea... as its name says"),
	   "the object of another name: %s", err.text);
	ok(taken == PLAIN, "... comes all the same");
	ok(read_object(path, "pcap", sum_of_abc, PLAIN) == OBJECT_SUM_DIFFERS, "... not packed");
}

static void others(void)
{
	ok(read_object(packed_path, "pcap.zst", plain_sum, PLAIN - 1) == OBJECT_SUM_LARGE &&
		   strstr(err.text, "more than 499999 bytes") && taken == PLAIN - 1,
	   "a bomb: %s", err.text);
	most = 1000;
	ok(read_object(packed_path, "pcap.zst", plain_sum, PLAIN) == OBJECT_SUM_FAILED &&
		   strcmp(err.text, "nobody wants it") == 0,
	   "whoever takes it fails");
	ok(read_object(packed_path, "pcap", plain_sum, PLAIN) == OBJECT_SUM_FAILED &&
		   strcmp(err.text, "nobody wants it") == 0,
	   "... not packed");
	ok(read_object("/", "pcap", plain_sum, PLAIN) == OBJECT_SUM_FAILED && err.text[0] &&
		   !sum.stored_text[0],
	   "what cannot be read: %s", err.text);
	ok(read_object("/", "pcap.zst", plain_sum, PLAIN) == OBJECT_SUM_FAILED, "... packed");
}

int main(void)
{
	uint32_t state = 1;

	if (!mkdtemp(place))
		return 1;
	snprintf(path, sizeof(path), "%s/x.pcap", place);
	snprintf(packed_path, sizeof(packed_path), "%s/x.pcap.zst", place);
	for (size_t i = 0; i < PLAIN; i++) {
		state = state * 1664525 + 1013904223;
		plain[i] = (uint8_t)('a' + (state >> 24) % 26);
	}
	most = PLAIN;
	ok(object_sum_load(&err), "libraries");
	put(path, "abc", 3);
	sum_file(path, sum_of_abc);
	ok(pack(), "an object");
	sum_file(path, plain_sum);
	sum_file(packed_path, packed_sum);
	good_objects();
	ok(pack(), "another one");
	sum_file(path, plain_sum);
	damaged_objects();
	others();
	unlink(path);
	unlink(packed_path);
	rmdir(place);
	return tap_done();
}
