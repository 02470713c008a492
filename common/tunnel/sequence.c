/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/sequence.h"

#include <string.h>

static bool sequence_is_seen(const struct sequence *sequence, uint32_t number)
{
	return sequence->seen[number % SEQUENCE_WINDOW / 64] >> number % 64 & 1;
}

static void sequence_mark(struct sequence *sequence, uint32_t number, bool seen)
{
	uint64_t bit = UINT64_C(1) << number % 64;
	uint64_t *word = &sequence->seen[number % SEQUENCE_WINDOW / 64];

	*word = seen ? *word | bit : *word & ~bit;
}

static void sequence_start(struct sequence *sequence, uint32_t number, uint32_t mask)
{
	memset(sequence->seen, 0, sizeof(sequence->seen));
	sequence_mark(sequence, number, true);
	sequence->next = (number + 1) & mask;
	sequence->covered = 1;
	sequence->moved = false;
	sequence->repeats = 0;
}

/* Some senders write one number into every packet: as long as no other comes, a number that comes
 * again tells nothing. Afterwards it was a duplicate. */
static void sequence_move(struct sequence *sequence, struct loss *loss)
{
	if (!sequence->moved)
		loss->duplicates += sequence->repeats;
	sequence->moved = true;
}

static void sequence_advance(struct sequence *sequence, uint32_t number, uint32_t gap,
			     uint32_t mask)
{
	uint32_t forget = gap < SEQUENCE_WINDOW ? gap : SEQUENCE_WINDOW;

	for (uint32_t i = 1; i <= forget; i++)
		sequence_mark(sequence, number - i, false);
	sequence_mark(sequence, number, true);
	sequence->next = (number + 1) & mask;
	sequence->covered += forget + 1;
	if (sequence->covered > SEQUENCE_WINDOW)
		sequence->covered = SEQUENCE_WINDOW;
}

/* A number from before the first one that was seen was never counted as missing. */
static void sequence_count_late(struct sequence *sequence, struct loss *loss, uint32_t number,
				uint32_t behind)
{
	if (sequence_is_seen(sequence, number)) {
		loss->duplicates++;
		return;
	}
	loss->reordered++;
	sequence_mark(sequence, number, true);
	loss->missing -= behind <= sequence->covered;
}

void sequence_see(struct sequence *sequence, struct loss *loss, uint32_t number, unsigned bits)
{
	uint32_t mask = bits >= 32 ? UINT32_MAX : (UINT32_C(1) << bits) - 1;
	uint32_t ahead = (number - sequence->next) & mask;
	uint32_t behind = (sequence->next - number) & mask;

	loss->received++;
	if (sequence_is_next(sequence, number)) {
		sequence_advance(sequence, number, 0, mask);
	} else if (sequence->covered == 0) {
		sequence_start(sequence, number, mask);
	} else if (behind == 1 && !sequence->moved) {
		sequence->repeats++;
	} else if (behind > 0 && behind <= SEQUENCE_LATE_MAX) {
		sequence_move(sequence, loss);
		sequence_count_late(sequence, loss, number, behind);
	} else if (ahead > mask >> 2) {
		/* So many packets are not lost at once: the sender began anew. */
		loss->restarts++;
		sequence_start(sequence, number, mask);
	} else {
		sequence_move(sequence, loss);
		loss->missing += ahead;
		sequence_advance(sequence, number, ahead, mask);
	}
}

uint32_t sequence_pending(const struct sequence *sequence)
{
	uint32_t pending = 0;

	for (uint32_t i = 1; i <= sequence->covered; i++)
		pending += !sequence_is_seen(sequence, sequence->next - i);
	return pending;
}
