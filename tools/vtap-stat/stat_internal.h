/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the stage, for the files that make it up. */
#ifndef VTAP_STAT_STAT_INTERNAL_H
#define VTAP_STAT_STAT_INTERNAL_H

#include "entries.h"
#include "key/key_cache.h"
#include "key/key_text.h"
#include "stat.h"
#include "stat_ahead.h"
#include "stat_look.h"
#include "stat_missing.h"
#include "stat_numbers.h"

struct stat_counters {
	uint64_t outcome[STAT_OUTCOMES];	  /* packets */
	uint64_t filtered, out_of_time;		  /* left out by -f, --since and --until */
	uint64_t uncounted;			  /* a failure kept them from being counted */
	uint64_t cut, hidden_cut, oversize, late; /* packets */
	uint64_t keys, forgotten;		  /* keys and flows */
	uint64_t gaps_evicted, pool_full;
	uint64_t names_full; /* times that the pool had no room for a text or a bar; not a row */
};

/* Holes of other flows that were decided while a packet was counted, to be counted behind it. */
enum { STAT_OWED = 4 };
struct stat_owed {
	uint32_t owner; /* entry of a flow */
	struct tcp_counts counts;
};

struct stat_stage {
	const struct stat_config *config;
	struct stat_sink sink;
	struct stat_counters counters;
	bool begun; /* the times below are set */
	int64_t first_ns, latest_ns;
	int64_t interval; /* -G: number of the open one since 1970 */
	uint32_t idle_ticks, closed_ticks;
	struct entries entries;
	struct tcp_room room;
	struct stat_owed owed[STAT_OWED];
	unsigned owed_count;
	struct encap_select select;
	struct encap_table table;
	struct key_cache cache;
	struct stat_ahead ahead;
	struct stat_missing missing;
	struct stat_numbers numbers;
	struct error block_error; /* of a block; empty text if there is none */
	struct peel peel;	  /* the tunnels of the present packet */
	bool filtered_tunnel;	  /* -f left out a packet in a tunnel */
	struct key key[KEY_CHOICES];
	struct key_text text;			/* parts of one key */
	char packed[KEY_PARTS * KEY_PART_SIZE]; /* the same, one behind the other */
};

#endif
