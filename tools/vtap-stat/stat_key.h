/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the entries of keys. */
#ifndef VTAP_STAT_STAT_KEY_H
#define VTAP_STAT_STAT_KEY_H

#include "stat_internal.h"

/*
 * Returns the entry of a key from key_make(), which it adds if there is none, and touches it.
 * Returns NULL and sets err if the sink failed.
 */
struct entry *stat_key_find(struct stat_stage *stat, const struct key *key, struct error *err);

/*
 * Peels a packet into stat->peel, and sets *outer_end as key_cache_peel_get() does. Returns the
 * entry of its only key if that needs no search, or NULL.
 */
struct entry *stat_key_peel(struct stat_stage *stat, const struct packet *packet,
			    uint32_t *outer_end);

/* Finds the entries of all keys of a packet. known: what stat_key_peel() returned for it. Returns
 * how many, or 0 with err set if the sink failed. */
unsigned stat_key_find_all(struct stat_stage *stat, const struct packet *packet,
			   struct entry *known, struct entry *found[KEY_CHOICES],
			   struct error *err);

#endif
