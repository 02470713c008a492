/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/sequence.h"

#include "lib/tap.h"

struct numbers {
	const char *name;
	unsigned bits;
	uint32_t number[8]; /* ends with 0xFFFFFFFE */
	uint64_t missing, reordered, duplicates, restarts;
};

static const struct numbers numbers[] = {
	{ "in order", 32, { 7, 8, 9, 0xFFFFFFFE }, 0, 0, 0, 0 },
	{ "a gap", 32, { 7, 10, 11, 0xFFFFFFFE }, 2, 0, 0, 0 },
	{ "a gap that was none", 32, { 7, 10, 8, 11, 0xFFFFFFFE }, 1, 1, 0, 0 },
	{ "always one number", 32, { 7, 7, 7, 7, 0xFFFFFFFE }, 0, 0, 0, 0 },
	{ "always 0 of 16 bits", 16, { 0, 0, 0, 0xFFFFFFFE }, 0, 0, 0, 0 },
	{ "the first twice", 32, { 7, 7, 8, 0xFFFFFFFE }, 0, 0, 1, 0 },
	{ "each twice", 32, { 7, 7, 8, 8, 9, 9, 0xFFFFFFFE }, 0, 0, 3, 0 },
	{ "the first three times, late", 32, { 7, 7, 7, 5, 0xFFFFFFFE }, 0, 1, 2, 0 },
	{ "another number, always", 32, { 7, 7, 0x90000000, 0x90000000, 0xFFFFFFFE }, 0, 0, 0, 1 },
	{ "twice", 32, { 7, 8, 8, 7, 9, 0xFFFFFFFE }, 0, 0, 2, 0 },
	{ "late and twice", 32, { 7, 9, 8, 8, 0xFFFFFFFE }, 0, 1, 1, 0 },
	{ "older than the first, twice", 32, { 7, 9, 5, 5, 0xFFFFFFFE }, 1, 1, 1, 0 },
	{ "anew from 0", 32, { 5000, 5001, 0, 1, 0xFFFFFFFE }, 0, 0, 0, 1 },
	{ "1000 back", 32, { 5000, 4001, 5001, 0xFFFFFFFE }, 0, 1, 0, 0 },
	{ "1001 back", 32, { 5000, 4000, 4001, 0xFFFFFFFE }, 0, 0, 0, 1 },
	{ "a wrap of 32 bits", 32, { 0xFFFFFFFD, 0, 0xFFFFFFFF, 1, 0xFFFFFFFE }, 1, 1, 0, 0 },
	{ "a wrap of 16 bits", 16, { 0xFFFE, 0, 0xFFFF, 1, 0xFFFFFFFE }, 0, 1, 0, 0 },
	{ "far ahead", 32, { 5, 100005, 100006, 0xFFFFFFFE }, 99999, 0, 0, 0 },
	{ "too far ahead", 32, { 5, 0x90000000, 0x90000001, 0xFFFFFFFE }, 0, 0, 0, 1 },
};

static void sequences(void)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const struct numbers *want = &numbers[i];
		struct sequence sequence = { 0 };
		struct loss loss = { 0 };
		uint64_t count = 0;

		for (; want->number[count] != 0xFFFFFFFE; count++)
			sequence_see(&sequence, &loss, want->number[count], want->bits);
		ok(loss.received == count && loss.missing == want->missing &&
			   loss.reordered == want->reordered &&
			   loss.duplicates == want->duplicates && loss.restarts == want->restarts,
		   "sequence numbers: %s", want->name);
	}
}

int main(void)
{
	sequences();
	return tap_done();
}
