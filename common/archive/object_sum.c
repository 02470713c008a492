/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/object_sum.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "capture/compression_unpack.h"

enum { OBJECT_BLOCK = 64 << 10 }; /* bytes that are read at a time */

/* An object that is being read. */
struct reading {
	struct object_sum *sum;
	struct sha256 stored, content;
	struct compression_unpack unpack;
	bool packed;	       /* it is a .zst */
	struct error unpacked; /* why no more of it is unpacked */
};

static const struct compression *object_sum_zstd(void)
{
	return compression_of_name("object.zst");
}

bool object_sum_load(struct error *err)
{
	return sha256_load(err) && compression_load(object_sum_zstd(), "object", err);
}

static bool object_sum_take(struct object_sum *sum, struct span bytes, struct error *err)
{
	sum->content += bytes.len;
	return !sum->take || sum->take(sum->take_arg, bytes, err);
}

static bool object_sum_take_unpacked(void *arg, struct span bytes, struct error *err)
{
	struct reading *reading = arg;

	sha256_update(&reading->content, bytes);
	return object_sum_take(reading->sum, bytes, err);
}

/* Returns false if the rest of the object is of no interest. A .zst that is damaged is read on, for
 * it may have been archived like that. */
static bool object_sum_add(struct reading *reading, struct span bytes, struct error *err)
{
	struct compression_unpack *unpack = &reading->unpack;

	sha256_update(&reading->stored, bytes);
	if (!reading->packed)
		return object_sum_take(reading->sum, bytes, err);
	if (unpack->state != UNPACK_GOOD ||
	    compression_unpack_add(unpack, bytes, &reading->unpacked) ||
	    unpack->state == UNPACK_DAMAGED)
		return true;
	*err = reading->unpacked;
	return false;
}

/* Returns false and sets err if the object was not read to its end. */
static bool object_sum_read_all(struct reading *reading, int fd, struct error *err)
{
	uint8_t block[OBJECT_BLOCK];
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block)))) > 0) {
		reading->sum->stored += (uint64_t)n;
		if (!object_sum_add(reading, span_of(block, (size_t)n), err))
			return false;
	}
	return n == 0 || error_errno(err, "cannot be read");
}

static bool object_sum_begin(struct reading *reading, struct error *err)
{
	if (!sha256_init(&reading->stored, err))
		return false;
	if (!reading->packed)
		return true;
	if (sha256_init(&reading->content, err) &&
	    compression_load(object_sum_zstd(), "object", err) &&
	    compression_unpack_begin(&reading->unpack, object_sum_zstd(), reading->sum->limit,
				     object_sum_take_unpacked, reading, err))
		return true;
	sha256_free(&reading->stored);
	sha256_free(&reading->content);
	return false;
}

static bool object_sum_write(struct sha256 *sha256, char text[SHA256_TEXT], struct error *err)
{
	uint8_t hash[SHA256_LEN];

	if (!sha256_final(sha256, hash, err))
		return false;
	sha256_write(hash, text);
	return true;
}

static bool object_sum_fits(const char *text, const struct object_name *name)
{
	return strncmp(text, name->sha256, OBJECT_NAME_DIGITS) == 0;
}

static enum object_sum_verdict object_sum_judge(struct reading *reading,
						const struct object_name *name, bool whole,
						struct error *err)
{
	struct object_sum *sum = reading->sum;

	if (!object_sum_write(&reading->stored, sum->stored_text, err) ||
	    (whole && !object_sum_write(&reading->content, sum->content_text, err)))
		return OBJECT_SUM_FAILED;
	if (object_sum_fits(sum->stored_text, name))
		return OBJECT_SUM_STORED;
	if (whole && object_sum_fits(sum->content_text, name))
		return OBJECT_SUM_CONTENT;
	error_set(err, "its SHA-256 is not %s... as its name says, but %s", name->sha256,
		  whole ? sum->content_text : sum->stored_text);
	if (reading->packed && !whole)
		*err = reading->unpacked;
	return OBJECT_SUM_DIFFERS;
}

enum object_sum_verdict object_sum_read(struct object_sum *sum, int fd,
					const struct object_name *name, struct error *err)
{
	enum object_sum_verdict verdict = OBJECT_SUM_FAILED;
	struct reading reading = { .sum = sum,
				   .packed = compression_of_name(name->type) == object_sum_zstd() };
	bool read, whole = false;

	sum->stored = sum->content = 0;
	sum->stored_text[0] = sum->content_text[0] = '\0';
	if (!object_sum_begin(&reading, err))
		return OBJECT_SUM_FAILED;
	read = object_sum_read_all(&reading, fd, err);
	if (reading.packed)
		whole = compression_unpack_end(&reading.unpack, &reading.unpacked);
	if (read)
		verdict = object_sum_judge(&reading, name, whole, err);
	else if (reading.unpack.state == UNPACK_LARGE)
		verdict = OBJECT_SUM_LARGE;
	sha256_free(&reading.stored);
	sha256_free(&reading.content);
	return verdict;
}
