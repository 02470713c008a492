/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_ledger.h"

static struct tap_ledger_entry *at(struct tap_ledger *ledger, unsigned index)
{
	return &ledger->entry[index % TAP_LEDGER_PACKETS];
}

static enum tap_outcome outcome_of(const struct tap_ledger_entry *entry)
{
	static const enum tap_outcome order[] = { TAP_FAILED, TAP_RATE_LIMITED, TAP_OVERSIZE };

	if (entry->wanted & ~entry->lost)
		return TAP_SENT;
	for (unsigned i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (entry->causes >> order[i] & 1)
			return order[i];
	return TAP_UNSUPPORTED;
}

void tap_ledger_open(struct tap_ledger *ledger, uint64_t number, uint64_t wanted)
{
	struct tap_ledger_entry *entry = at(ledger, ledger->next);

	entry->number = number;
	entry->wanted = wanted;
	entry->lost = 0;
	entry->causes = 0;
	entry->counted = false;
	ledger->open = true;
	ledger->frames = false;
}

static void lose(struct tap_ledger_entry *entry, unsigned target, enum tap_outcome cause)
{
	entry->lost |= UINT64_C(1) << target;
	entry->causes |= (uint8_t)(1U << cause);
}

void tap_ledger_lose(struct tap_ledger *ledger, unsigned target, enum tap_outcome cause)
{
	lose(at(ledger, ledger->next), target, cause);
}

void tap_ledger_close(struct tap_ledger *ledger, uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_ledger_entry *entry = at(ledger, ledger->next);

	entry->outcome = (uint8_t)outcome_of(entry);
	entry->counted = true;
	outcome[entry->outcome]++;
	ledger->open = false;
	/* Without a frame nobody can report on it: the place is free again. */
	if (ledger->frames)
		ledger->next++;
}

/* Latest first: what fails did so a few frames ago. */
static struct tap_ledger_entry *find(struct tap_ledger *ledger, uint64_t number)
{
	for (unsigned i = ledger->open ? 0 : 1; i < TAP_LEDGER_PACKETS; i++) {
		struct tap_ledger_entry *entry = at(ledger, ledger->next - i);

		if (entry->number == number)
			return entry;
	}
	return NULL;
}

void tap_ledger_failed(struct tap_ledger *ledger, unsigned target, uint64_t number,
		       uint64_t outcome[TAP_OUTCOMES])
{
	struct tap_ledger_entry *entry = find(ledger, number);

	if (!entry)
		return;
	lose(entry, target, TAP_FAILED);
	if (!entry->counted)
		return;
	outcome[entry->outcome]--;
	entry->outcome = (uint8_t)outcome_of(entry);
	outcome[entry->outcome]++;
}
