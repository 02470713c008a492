/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that never came, in the records of the keys that they would have counted for. */
#ifndef VTAP_STAT_STAT_LOST_H
#define VTAP_STAT_STAT_LOST_H

#include "entries.h"
#include "stat.h"

void stat_lost_init(struct stat_stage *stat);

/*
 * Takes note of the numbers in the tunnels of a packet, which stat->peel has. key is the first that
 * the packet counts for. Returns false and sets err as stat_put() does.
 */
bool stat_lost_see(struct stat_stage *stat, const struct packet *packet, struct entry *key,
		   struct error *err);

/* Takes note of a statistics block; other blocks change nothing. If it fails, stat->block_error
 * says so. */
void stat_lost_block(struct stat_stage *stat, const struct block *block);

/* Counts what is missing at the end of the input. Returns false and sets err as stat_put() does. */
bool stat_lost_finish(struct stat_stage *stat, struct error *err);

#endif
