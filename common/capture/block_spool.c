/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/block_spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/tempfile.h"
#include "packet/option.h"

/* Stands in front of each block. The process that wrote it reads it, so pointers stay valid. */
struct entry {
	const struct section *section;
	const struct interface *interface;
	uint32_t type;
	uint64_t len;
	uint64_t number;
};

void block_spool_init(struct block_spool *block_spool)
{
	*block_spool = (struct block_spool){ .fd = -1 };
}

void block_spool_free(struct block_spool *block_spool)
{
	if (block_spool->fd >= 0)
		close(block_spool->fd);
	free(block_spool->buffer);
	free(block_spool->lasting);
	block_spool_init(block_spool);
}

void block_spool_prepare(struct block_spool *block_spool)
{
	block_spool->fd = tempfile_open(&block_spool->failure);
}

static bool block_spool_append(struct block_spool *block_spool, const void *bytes, size_t len,
			       struct error *err)
{
	while (len > 0) {
		ssize_t n = pwrite(block_spool->fd, bytes, len, (off_t)block_spool->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "temporary file");
		block_spool->end += (uint64_t)n;
		bytes = (const uint8_t *)bytes + n;
		len -= (size_t)n;
	}
	return true;
}

/* Notes the position of a block that outputs need that begin later. */
static bool block_spool_note_lasting(struct block_spool *block_spool, uint32_t type, uint64_t at,
				     struct error *err)
{
	size_t room = block_spool->lasting_room ? 2 * block_spool->lasting_room : 16;
	uint64_t *grown;

	if (!block_spool_lasts(type))
		return true;
	if (block_spool->lasting_count == block_spool->lasting_room) {
		grown = realloc(block_spool->lasting, room * sizeof(*grown));
		if (!grown)
			return error_errno(err, "a block");
		block_spool->lasting = grown;
		block_spool->lasting_room = room;
	}
	block_spool->lasting[block_spool->lasting_count++] = at;
	return true;
}

bool block_spool_lasts(uint32_t type)
{
	return type == PCAPNG_NAMES || type == PCAPNG_SECRETS;
}

uint64_t block_spool_lasting_before(const struct block_spool *block_spool, uint64_t at)
{
	size_t low = 0, high = block_spool->lasting_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (block_spool->lasting[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t block_spool_lasting(const struct block_spool *block_spool, uint64_t at)
{
	uint64_t before = block_spool_lasting_before(block_spool, at);

	return before < block_spool->lasting_count ? block_spool->lasting[before]
						   : block_spool->end;
}

bool block_spool_add(struct block_spool *block_spool, const struct block *block, struct error *err)
{
	struct entry entry = { .section = block->section,
			       .interface = block->interface,
			       .type = block->type,
			       .len = block->bytes.len,
			       .number = block_spool->count };
	const uint64_t at = block_spool->end;

	if (block_spool->fd < 0 && block_spool->failure.text[0]) {
		*err = block_spool->failure;
		return false;
	}
	if (block_spool->fd < 0)
		block_spool->fd = tempfile_open(err);
	if (block_spool->fd < 0)
		return false;
	block_spool->count++;
	return block_spool_append(block_spool, &entry, sizeof(entry), err) &&
	       block_spool_append(block_spool, block->bytes.data, block->bytes.len, err) &&
	       block_spool_note_lasting(block_spool, block->type, at, err);
}

static bool block_spool_read_file(const struct block_spool *block_spool, void *to, size_t len,
				  uint64_t at, struct error *err)
{
	while (len > 0) {
		ssize_t n = pread(block_spool->fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "temporary file");
		if (n == 0)
			return error_set(err, "temporary file: cut off by somebody else");
		at += (uint64_t)n;
		to = (uint8_t *)to + n;
		len -= (size_t)n;
	}
	return true;
}

/* Blocks are read one after the other, and most are small: one call of the system is for many. */
static bool block_spool_read(struct block_spool *block_spool, void *to, size_t len, uint64_t at,
			     struct error *err)
{
	uint64_t rest = block_spool->end - at;
	size_t ahead =
		rest < sizeof(block_spool->window) ? (size_t)rest : sizeof(block_spool->window);
	struct span window;

	if (len > ahead)
		return block_spool_read_file(block_spool, to, len, at, err);
	window = span_of(block_spool->window, block_spool->window_len);
	if (at >= block_spool->window_at &&
	    span_copy(window, (size_t)(at - block_spool->window_at), to, len))
		return true;
	block_spool->window_len = 0;
	if (!block_spool_read_file(block_spool, block_spool->window, ahead, at, err))
		return false;
	block_spool->window_at = at;
	block_spool->window_len = ahead;
	return span_copy(span_of(block_spool->window, ahead), 0, to, len);
}

bool block_spool_peek(struct block_spool *block_spool, uint64_t at, struct block *block,
		      uint64_t *next, uint64_t *number, struct error *err)
{
	struct entry entry;

	if (!block_spool_read(block_spool, &entry, sizeof(entry), at, err))
		return false;
	*block = (struct block){ .kind = BLOCK_OTHER,
				 .section = entry.section,
				 .interface = entry.interface,
				 .type = entry.type,
				 .bytes = span_of(NULL, entry.len) };
	*next = at + sizeof(entry) + entry.len;
	*number = entry.number;
	return true;
}

bool block_spool_bytes(struct block_spool *block_spool, uint64_t at, struct block *block,
		       struct error *err)
{
	size_t len = block->bytes.len;

	if (block_spool->size < len) {
		uint8_t *buffer = realloc(block_spool->buffer, len);

		if (!buffer)
			return error_errno(err, "a block of %zu bytes", len);
		block_spool->buffer = buffer;
		block_spool->size = len;
	}
	block->bytes.data = block_spool->buffer;
	return block_spool_read(block_spool, block_spool->buffer, len, at + sizeof(struct entry),
				err);
}
