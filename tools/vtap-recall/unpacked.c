/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpacked.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/compression_unpack.h"

enum { BLOCK = 64 << 10 };

/* An object that is unpacked. */
struct unpacking {
	struct cache *cache;
	int to;			/* file in the cache */
	uint64_t room, written; /* bytes */
	bool packed;		/* object_sum_read() does not unpack it: gzip or lz4 */
	struct compression_unpack unpack;
	struct error why; /* why no more of it is unpacked */
};

static const char *const endings[] = { "object.gz", "object.lz4", "object.zst" };

bool unpacked_load(struct error *err)
{
	struct error ignored;

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		compression_load(compression_of_name(endings[i]), endings[i], &ignored);
	return object_sum_load(err);
}

static bool unpacked_write(void *arg, struct span bytes, struct error *err)
{
	struct unpacking *unpacking = arg;

	while (bytes.len > 0) {
		ssize_t n = TEMP_FAILURE_RETRY(write(unpacking->to, bytes.data, bytes.len));

		if (n < 0)
			return error_errno(err, "a file in %s", unpacking->cache->path);
		unpacking->written += (uint64_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

/* Of a gzip or lz4 come the stored bytes, which are read to the end in any case, for their sum. */
static bool unpacked_take(void *arg, struct span bytes, struct error *err)
{
	struct unpacking *unpacking = arg;

	if (!unpacking->packed)
		return unpacked_write(unpacking, bytes, err);
	if (unpacking->unpack.state == UNPACK_GOOD)
		compression_unpack_add(&unpacking->unpack, bytes, &unpacking->why);
	return true;
}

static bool unpacked_begin(struct unpacking *unpacking, const struct compression *compression,
			   struct error *err)
{
	unpacking->packed = compression != compression_of_name("object.zst");
	unpacking->to = cache_file(unpacking->cache, err);
	if (unpacking->to < 0)
		return false;
	return !unpacking->packed ||
	       (compression_load(compression, "object", err) &&
		compression_unpack_begin(&unpacking->unpack, compression, unpacking->room,
					 unpacked_write, unpacking, err));
}

/* What is inside a gzip or lz4 may be cut though the sum is right: the archive has got it so. */
static bool unpacked_end(struct unpacking *unpacking, enum object_sum_verdict *verdict)
{
	if (!unpacking->packed)
		return true;
	compression_unpack_end(&unpacking->unpack, &unpacking->why);
	if (unpacking->unpack.state == UNPACK_LARGE)
		*verdict = OBJECT_SUM_LARGE;
	return unpacking->unpack.state == UNPACK_GOOD || unpacking->unpack.state == UNPACK_DAMAGED;
}

static enum unpacked_verdict unpacked_judge(enum object_sum_verdict verdict)
{
	switch (verdict) {
	case OBJECT_SUM_STORED:
	case OBJECT_SUM_CONTENT:
		return UNPACKED_GOOD;
	case OBJECT_SUM_LARGE:
		return UNPACKED_LARGE;
	default:
		return UNPACKED_DAMAGED;
	}
}

/* Reads what is compressed. */
static enum unpacked_verdict unpacked_unpack(struct unpacked *unpacked, struct unpacking *unpacking,
					     int fd, const struct compression *compression,
					     const struct object_name *name, struct error *err)
{
	struct object_sum sum = { .limit = unpacking->room,
				  .take = unpacked_take,
				  .take_arg = unpacking };
	enum object_sum_verdict verdict = OBJECT_SUM_FAILED;

	if (unpacked_begin(unpacking, compression, err)) {
		verdict = object_sum_read(&sum, fd, name, err);
		if (!unpacked_end(unpacking, &verdict) && verdict != OBJECT_SUM_LARGE) {
			*err = unpacking->why;
			verdict = OBJECT_SUM_FAILED;
		}
	}
	unpacked->fd = unpacking->to;
	unpacked->held = unpacking->written;
	unpacking->cache->used += unpacking->written;
	return unpacked_judge(verdict);
}

/* The object is read in place, a second time for its packets. */
static enum unpacked_verdict unpacked_check(struct unpacked *unpacked, int fd, uint64_t fetched,
					    const struct object_name *name, struct error *err)
{
	struct object_sum sum = { 0 };

	unpacked->fd = fd;
	unpacked->held = fetched;
	return unpacked_judge(object_sum_read(&sum, fd, name, err));
}

enum unpacked_verdict unpacked_read(struct unpacked *unpacked, struct cache *cache, int fd,
				    uint64_t fetched, const struct object_name *name,
				    struct error *err)
{
	const struct compression *compression = compression_of_name(name->type);
	struct unpacking unpacking = { .cache = cache, .to = -1, .room = cache_room(cache) };
	enum unpacked_verdict verdict;

	*unpacked = (struct unpacked){ .fd = -1 };
	if (!compression) {
		verdict = unpacked_check(unpacked, fd, fetched, name, err);
	} else {
		verdict = unpacked_unpack(unpacked, &unpacking, fd, compression, name, err);
		if (verdict == UNPACKED_LARGE) {
			unpacked_free(unpacked, cache);
			return verdict;
		}
		close(fd);
		cache->used -= fetched;
	}
	if (unpacked->fd >= 0)
		lseek(unpacked->fd, 0, SEEK_SET);
	return verdict;
}

static bool unpacked_pass_over(void *arg, struct span bytes, struct error *err)
{
	(void)arg, (void)bytes, (void)err;
	return true;
}

uint64_t unpacked_count(int fd, const struct object_name *name, uint64_t limit)
{
	struct compression_unpack unpack = { 0 };
	uint8_t block[BLOCK];
	struct error err;
	ssize_t n = 0;

	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    !compression_unpack_begin(&unpack, compression_of_name(name->type), limit,
				      unpacked_pass_over, NULL, &err))
		return 0;
	do
		n = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block)));
	while (n > 0 && compression_unpack_add(&unpack, span_of(block, (size_t)n), &err));
	compression_unpack_end(&unpack, &err);
	return unpack.state == UNPACK_LARGE ? limit + 1 : unpack.len;
}

void unpacked_free(struct unpacked *unpacked, struct cache *cache)
{
	if (unpacked->fd >= 0)
		close(unpacked->fd);
	cache->used -= unpacked->held;
	*unpacked = (struct unpacked){ .fd = -1 };
}
