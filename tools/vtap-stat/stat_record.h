/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a struct record of an entry. */
#ifndef VTAP_STAT_STAT_RECORD_H
#define VTAP_STAT_STAT_RECORD_H

#include "stat_internal.h"

/* A record and what it points to, beside the entry and its key. */
struct stat_record {
	struct record record;
	struct record_flow flow;
	char key[KEY_TEXT_LIMIT + 1];
};

/* Fills *made from an entry. It holds until the entry, its key or *made changes. Uses stat->text.
 */
void stat_record_make(struct stat_record *made, struct stat_stage *stat, const struct entry *entry,
		      enum record_end why);

#endif
