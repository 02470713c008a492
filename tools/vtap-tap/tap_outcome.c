/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_outcome.h"

static struct tap_outcome_entry *outcome_entry_at(struct tap_outcome_history *history,
						  unsigned index)
{
	return &history->entry[index % TAP_OUTCOME_PACKETS];
}

static enum tap_outcome outcome_of(const struct tap_outcome_entry *entry)
{
	static const enum tap_outcome order[] = { TAP_FAILED, TAP_RATE_LIMITED, TAP_OVERSIZE };

	if (entry->wanted & ~entry->lost)
		return TAP_SENT;
	for (unsigned i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (entry->causes >> order[i] & 1)
			return order[i];
	return TAP_UNSUPPORTED;
}

void tap_outcome_open(struct tap_outcome_history *history, uint64_t number, uint64_t wanted)
{
	struct tap_outcome_entry *entry = outcome_entry_at(history, history->next);

	entry->number = number;
	entry->wanted = wanted;
	entry->lost = 0;
	entry->causes = 0;
	entry->counted = false;
	history->open = true;
	history->frames = false;
}

static void outcome_mark_lost(struct tap_outcome_entry *entry, unsigned target,
			      enum tap_outcome cause)
{
	entry->lost |= UINT64_C(1) << target;
	entry->causes |= (uint16_t)(1U << cause);
}

void tap_outcome_lose(struct tap_outcome_history *history, unsigned target, enum tap_outcome cause)
{
	outcome_mark_lost(outcome_entry_at(history, history->next), target, cause);
}

void tap_outcome_close(struct tap_outcome_history *history, uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_outcome_entry *entry = outcome_entry_at(history, history->next);

	entry->outcome = (uint8_t)(history->unwritten ? TAP_UNWRITTEN : outcome_of(entry));
	entry->counted = true;
	outcome[entry->outcome]++;
	history->last = entry->outcome;
	history->open = history->unwritten = false;
	/* Nothing can be reported of a packet without frames: its entry is used again. */
	if (history->frames)
		history->next++;
}

/* Begins with the latest packet: failures are reported a few frames late. */
static struct tap_outcome_entry *outcome_find(struct tap_outcome_history *history, uint64_t number)
{
	for (unsigned i = history->open ? 0 : 1; i < TAP_OUTCOME_PACKETS; i++) {
		struct tap_outcome_entry *entry = outcome_entry_at(history, history->next - i);

		if (entry->number == number)
			return entry;
	}
	return NULL;
}

void tap_outcome_failed(struct tap_outcome_history *history, unsigned target, uint64_t number,
			uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_outcome_entry *entry = outcome_find(history, number);

	if (!entry)
		return;
	outcome_mark_lost(entry, target, TAP_FAILED);
	if (!entry->counted)
		return;
	outcome[entry->outcome]--;
	entry->outcome = (uint8_t)outcome_of(entry);
	outcome[entry->outcome]++;
}

void tap_outcome_unwritten(struct tap_outcome_history *history, uint64_t outcome[TAP_OUTCOMES])
{
	if (!history->final)
		return;
	if (history->open) {
		history->unwritten = true;
		return;
	}
	outcome[history->last]--;
	outcome[TAP_UNWRITTEN]++;
	history->last = TAP_UNWRITTEN;
}
