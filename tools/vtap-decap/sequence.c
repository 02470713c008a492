/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sequence.h"

#include <stdbool.h>
#include <string.h>

static bool is_seen(const struct sequence *sequence, uint32_t number)
{
	return sequence->seen[number % SEQUENCE_WINDOW / 64] >> number % 64 & 1;
}

static void mark(struct sequence *sequence, uint32_t number, bool seen)
{
	uint64_t bit = UINT64_C(1) << number % 64;
	uint64_t *word = &sequence->seen[number % SEQUENCE_WINDOW / 64];

	*word = seen ? *word | bit : *word & ~bit;
}

static void start(struct sequence *sequence, uint32_t number, uint32_t mask)
{
	memset(sequence->seen, 0, sizeof(sequence->seen));
	mark(sequence, number, true);
	sequence->next = (number + 1) & mask;
	sequence->covered = 1;
}

static void advance(struct sequence *sequence, uint32_t number, uint32_t gap, uint32_t mask)
{
	uint32_t forget = gap < SEQUENCE_WINDOW ? gap : SEQUENCE_WINDOW;

	for (uint32_t i = 1; i <= forget; i++)
		mark(sequence, number - i, false);
	mark(sequence, number, true);
	sequence->next = (number + 1) & mask;
	sequence->covered += forget + 1;
	if (sequence->covered > SEQUENCE_WINDOW)
		sequence->covered = SEQUENCE_WINDOW;
}

/* What is from before the first number was never counted as missing. */
static void late(struct sequence *sequence, struct loss *loss, uint32_t number, uint32_t behind)
{
	if (is_seen(sequence, number)) {
		loss->duplicates++;
		return;
	}
	loss->reordered++;
	mark(sequence, number, true);
	loss->missing -= behind <= sequence->covered;
}

void sequence_see(struct sequence *sequence, struct loss *loss, uint32_t number, unsigned bits)
{
	uint32_t mask = bits >= 32 ? UINT32_MAX : (UINT32_C(1) << bits) - 1;
	uint32_t ahead = (number - sequence->next) & mask;
	uint32_t behind = (sequence->next - number) & mask;

	loss->received++;
	if (sequence->covered == 0) {
		start(sequence, number, mask);
	} else if (behind > 0 && behind <= SEQUENCE_LATE_MAX) {
		late(sequence, loss, number, behind);
	} else if (ahead > mask >> 2) {
		/* So many are not lost at once: the count began anew. */
		loss->restarts++;
		start(sequence, number, mask);
	} else {
		loss->missing += ahead;
		advance(sequence, number, ahead, mask);
	}
}
