/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_outcome.h"

static struct tap_outcome_entry *at(struct tap_outcomes *outcomes, unsigned index)
{
	return &outcomes->entry[index % TAP_OUTCOME_PACKETS];
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

void tap_outcome_open(struct tap_outcomes *outcomes, uint64_t number, uint64_t wanted)
{
	struct tap_outcome_entry *entry = at(outcomes, outcomes->next);

	entry->number = number;
	entry->wanted = wanted;
	entry->lost = 0;
	entry->causes = 0;
	entry->counted = false;
	outcomes->open = true;
	outcomes->frames = false;
}

static void lose(struct tap_outcome_entry *entry, unsigned target, enum tap_outcome cause)
{
	entry->lost |= UINT64_C(1) << target;
	entry->causes |= (uint8_t)(1U << cause);
}

void tap_outcome_lose(struct tap_outcomes *outcomes, unsigned target, enum tap_outcome cause)
{
	lose(at(outcomes, outcomes->next), target, cause);
}

void tap_outcome_close(struct tap_outcomes *outcomes, uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_outcome_entry *entry = at(outcomes, outcomes->next);

	entry->outcome = (uint8_t)outcome_of(entry);
	entry->counted = true;
	outcome[entry->outcome]++;
	outcomes->open = false;
	/* Without a frame nobody can report on it: the place is free again. */
	if (outcomes->frames)
		outcomes->next++;
}

/* Latest first: what fails did so a few frames ago. */
static struct tap_outcome_entry *find(struct tap_outcomes *outcomes, uint64_t number)
{
	for (unsigned i = outcomes->open ? 0 : 1; i < TAP_OUTCOME_PACKETS; i++) {
		struct tap_outcome_entry *entry = at(outcomes, outcomes->next - i);

		if (entry->number == number)
			return entry;
	}
	return NULL;
}

void tap_outcome_failed(struct tap_outcomes *outcomes, unsigned target, uint64_t number,
			uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_outcome_entry *entry = find(outcomes, number);

	if (!entry)
		return;
	lose(entry, target, TAP_FAILED);
	if (!entry->counted)
		return;
	outcome[entry->outcome]--;
	entry->outcome = (uint8_t)outcome_of(entry);
	outcome[entry->outcome]++;
}
