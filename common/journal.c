/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "pcapng_format.h"
#include "tempfile.h"

/* In front of each block. Read by the process that wrote it, so pointers are good. */
struct entry {
	const struct section *section;
	const struct interface *interface;
	uint32_t type;
	uint64_t len;
};

void journal_init(struct journal *journal)
{
	*journal = (struct journal){ .fd = -1 };
}

void journal_free(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->buffer);
	free(journal->lasting);
	journal_init(journal);
}

void journal_prepare(struct journal *journal)
{
	journal->fd = tempfile_open(&journal->failure);
}

static bool append(struct journal *journal, const void *bytes, size_t len, struct error *err)
{
	while (len > 0) {
		ssize_t n = pwrite(journal->fd, bytes, len, (off_t)journal->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "temporary file");
		journal->end += (uint64_t)n;
		bytes = (const uint8_t *)bytes + n;
		len -= (size_t)n;
	}
	return true;
}

/* Notes where a block stands that files to come want. */
static bool note(struct journal *journal, uint32_t type, uint64_t at, struct error *err)
{
	size_t room = journal->lasting_room ? 2 * journal->lasting_room : 16;
	uint64_t *grown;

	if (!journal_lasts(type))
		return true;
	if (journal->lasting_count == journal->lasting_room) {
		grown = realloc(journal->lasting, room * sizeof(*grown));
		if (!grown)
			return error_errno(err, "a block");
		journal->lasting = grown;
		journal->lasting_room = room;
	}
	journal->lasting[journal->lasting_count++] = at;
	return true;
}

bool journal_lasts(uint32_t type)
{
	return type == PCAPNG_NAMES || type == PCAPNG_SECRETS;
}

uint64_t journal_lasting(const struct journal *journal, uint64_t at)
{
	size_t low = 0, high = journal->lasting_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (journal->lasting[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < journal->lasting_count ? journal->lasting[low] : journal->end;
}

bool journal_add(struct journal *journal, const struct block *block, struct error *err)
{
	struct entry entry = { .section = block->section,
			       .interface = block->interface,
			       .type = block->type,
			       .len = block->bytes.len };
	const uint64_t at = journal->end;

	if (journal->fd < 0 && journal->failure.text[0]) {
		*err = journal->failure;
		return false;
	}
	if (journal->fd < 0)
		journal->fd = tempfile_open(err);
	if (journal->fd < 0)
		return false;
	return append(journal, &entry, sizeof(entry), err) &&
	       append(journal, block->bytes.data, block->bytes.len, err) &&
	       note(journal, block->type, at, err);
}

static bool read_at(struct journal *journal, void *to, size_t len, uint64_t at, struct error *err)
{
	while (len > 0) {
		ssize_t n = pread(journal->fd, to, len, (off_t)at);

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

bool journal_peek(struct journal *journal, uint64_t at, struct block *block, uint64_t *next,
		  struct error *err)
{
	struct entry entry;

	if (!read_at(journal, &entry, sizeof(entry), at, err))
		return false;
	*block = (struct block){ .kind = BLOCK_OTHER,
				 .section = entry.section,
				 .interface = entry.interface,
				 .type = entry.type,
				 .bytes = span_of(NULL, entry.len) };
	*next = at + sizeof(entry) + entry.len;
	return true;
}

bool journal_bytes(struct journal *journal, uint64_t at, struct block *block, struct error *err)
{
	size_t len = block->bytes.len;

	if (journal->size < len) {
		uint8_t *buffer = realloc(journal->buffer, len);

		if (!buffer)
			return error_errno(err, "a block of %zu bytes", len);
		journal->buffer = buffer;
		journal->size = len;
	}
	block->bytes.data = journal->buffer;
	return read_at(journal, journal->buffer, len, at + sizeof(struct entry), err);
}
