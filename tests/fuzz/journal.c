/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks come out of a journal as they went in, whichever are skipped. Input: sequence, a record a
 * block. */
#include "journal.h"

#include "stage.h"

enum { BLOCKS = 64 };

static struct fuzz_stage fuzz;
static struct fuzz_packet records[BLOCKS];

static void check(struct journal *journal, uint64_t at, const struct fuzz_packet *record,
		  uint64_t *next)
{
	struct error err = { 0 };
	struct block block;

	FUZZ_CHECK(at < journal->end && journal_peek(journal, at, &block, next, &err));
	FUZZ_CHECK(block.kind == BLOCK_OTHER && block.type == record->len);
	FUZZ_CHECK(block.section == &fuzz.section && block.bytes.len == record->caplen);
	FUZZ_CHECK((block.interface != NULL) == (record->flags & 1));
	if (record->flags & 2)
		return;
	FUZZ_CHECK(journal_bytes(journal, at, &block, &err));
	FUZZ_CHECK(record->caplen == 0 ||
		   memcmp(block.bytes.data, record->data, record->caplen) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct journal journal;
	struct error err = { 0 };
	unsigned count = 0;
	uint64_t at = 0;

	fuzz_number(&input, 4);
	fuzz_stage_begin(&fuzz);
	journal_init(&journal);
	while (count < BLOCKS && fuzz_record(&input, &records[count])) {
		struct fuzz_packet *record = &records[count++];
		struct block block = {
			.kind = BLOCK_OTHER,
			.section = &fuzz.section,
			.interface = record->flags & 1 ? &fuzz.interface[0] : NULL,
			.type = record->len,
			.bytes = span_of(record->data, record->caplen),
		};

		FUZZ_CHECK(journal_add(&journal, &block, &err));
	}
	for (unsigned i = 0; i < count; i++)
		check(&journal, at, &records[i], &at);
	FUZZ_CHECK(at == journal.end);
	for (unsigned i = 0; i < count; i++)
		free(records[i].copy);
	journal_free(&journal);
	return 0;
}
