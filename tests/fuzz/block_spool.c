/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks come out of a block_spool as they went in, whichever are skipped. Input: sequence, a
 * record a block. */
#include "capture/block_spool.h"

#include "stage.h"

enum { BLOCKS = 64 };

static struct fuzz_stage fuzz;
static struct fuzz_packet records[BLOCKS];

static void check(struct block_spool *block_spool, uint64_t at, const struct fuzz_packet *record,
		  uint64_t *next)
{
	struct error err = { 0 };
	struct block block;
	uint64_t number;

	FUZZ_CHECK(at < block_spool->end &&
		   block_spool_peek(block_spool, at, &block, next, &number, &err));
	FUZZ_CHECK(block.kind == BLOCK_OTHER && block.type == record->len);
	FUZZ_CHECK(block.section == &fuzz.section && block.bytes.len == record->caplen);
	FUZZ_CHECK((block.interface != NULL) == (record->flags & 1));
	if (record->flags & 2)
		return;
	FUZZ_CHECK(block_spool_bytes(block_spool, at, &block, &err));
	FUZZ_CHECK(record->caplen == 0 ||
		   memcmp(block.bytes.data, record->data, record->caplen) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct block_spool block_spool;
	struct error err = { 0 };
	unsigned count = 0;
	uint64_t at = 0;

	fuzz_number(&input, 4);
	fuzz_stage_begin(&fuzz);
	block_spool_init(&block_spool);
	while (count < BLOCKS && fuzz_record(&input, &records[count])) {
		struct fuzz_packet *record = &records[count++];
		struct block block = {
			.kind = BLOCK_OTHER,
			.section = &fuzz.section,
			.interface = record->flags & 1 ? &fuzz.interface[0] : NULL,
			.type = record->len,
			.bytes = span_of(record->data, record->caplen),
		};

		FUZZ_CHECK(block_spool_add(&block_spool, &block, &err));
	}
	for (unsigned i = 0; i < count; i++)
		check(&block_spool, at, &records[i], &at);
	FUZZ_CHECK(at == block_spool.end);
	for (unsigned i = 0; i < count; i++)
		free(records[i].copy);
	block_spool_free(&block_spool);
	return 0;
}
