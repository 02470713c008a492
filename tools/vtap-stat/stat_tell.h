/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts that come into entries, and records that come out of them. Each function that returns bool
 * returns false, and sets err, if the sink of the stage failed.
 */
#ifndef VTAP_STAT_STAT_TELL_H
#define VTAP_STAT_STAT_TELL_H

#include "stat_internal.h"

/* Returns the extension of an entry. If none is free, the entry that has one and was silent longest
 * is told, and forgotten unless it is a key. Returns NULL and sets err if that failed. */
struct entry_extension *stat_tell_extend(struct stat_stage *stat, struct entry *entry,
					 struct error *err);

/* Moves the counts of an entry itself into its extension, before they grow beyond their size. */
bool stat_tell_carry(struct stat_stage *stat, struct entry *entry, struct error *err);

/* Removes entries until there is room for a new one. Pointers to the entries of the present packet
 * stay good, as they were touched last. */
bool stat_tell_make_room(struct stat_stage *stat, struct error *err);

/* Tells a flow, or a key without flows, and removes it. */
bool stat_tell_forget(struct stat_stage *stat, struct entry *entry, enum record_end why,
		      struct error *err);

/* Adds what a flow has decided to the counts of its record: its own, or those of its key. */
bool stat_tell_add_tcp(struct stat_stage *stat, struct entry *flow, const struct tcp_counts *counts,
		       struct error *err);

/* Ends the flows that were silent for too long. */
bool stat_tell_expire(struct stat_stage *stat, struct error *err);

/* Tells all that was counted since entries_set_mark(), and begins at 0. */
bool stat_tell_interval(struct stat_stage *stat, struct error *err);

/* Ends all flows and tells all that was counted. */
bool stat_tell_all(struct stat_stage *stat, struct error *err);

#endif
