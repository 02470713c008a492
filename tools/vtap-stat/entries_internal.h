/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of the table, for entries.c. */
#ifndef VTAP_STAT_ENTRIES_INTERNAL_H
#define VTAP_STAT_ENTRIES_INTERNAL_H

#include "entries.h"

/* Puts an entry that is in a list, and counted, into the chain of its hash. */
void entries_chain(struct entries *entries, struct entry *entry);

/* Takes an entry out of its chain. It is still in its list. */
void entries_unchain(struct entries *entries, const struct entry *entry);

#endif
