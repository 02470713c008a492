/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removes finished files, the oldest first: those of a key beyond the newest N (-W), and those of
 * all keys while too little is free on the disk (--min-free). It only touches what this run made:
 * each file is known by device and inode, and so is what the command of -z has left of it under
 * NAME.gz and NAME.zst. A file is removed after its command has ended.
 */
#ifndef VTAP_SPLIT_SPLIT_ROTATION_H
#define VTAP_SPLIT_SPLIT_ROTATION_H

#include "base/hash_table.h"
#include "io/output_path.h"

struct split;
struct split_key;

enum { SPLIT_ROTATION_PACKED = 2 }; /* names that a compressor gives: NAME.gz, NAME.zst */

/* A file that was finished and not removed yet. */
struct finished {
	struct finished *older, *newer;		/* of all keys */
	struct finished *key_older, *key_newer; /* of those that count for -W */
	struct finished *next_due;
	struct split_key *key;
	bool surplus; /* -W: its key has enough newer ones */
	uint64_t job; /* number of the command of -z that has not ended; 0 if there is none */
	uint64_t packets;
	struct output_path_id id;
	/* What had the names when the file was finished, which is not ours; then what the command
	 * has left there. inode 0: nothing. */
	struct output_path_id packed[SPLIT_ROTATION_PACKED];
	char name[];
};

/* Finished files of a key that count for -W. All zero: none. */
struct split_rotation_series {
	struct finished *oldest, *newest;
	uint64_t count;
};

struct rotation {
	bool on;			  /* -W or --min-free was given */
	struct finished *oldest, *newest; /* of all files */
	struct finished *due;		  /* to be removed for -W: their commands have ended */
	struct hash_table by_job;	  /* struct finished by `job` */
	uint64_t told;			  /* removals that failed and were printed */
};

/* Makes a rotation without files, once the commands of -z can be run (jobs.h). */
void split_rotation_init(struct split *split);

/* Looks whether there is room for files, when their folder was made. Returns false and sets err,
 * with ENOSPC as err->number, if less than --min-free is free. */
bool split_rotation_begin(struct split *split, struct error *err);

/*
 * Runs the command of -z on a file that was finished as `name`, takes the file into the rotation,
 * and removes what has to go: see split_rotation_go_on().
 */
bool split_rotation_take(struct split *split, struct split_key *key, const char *name,
			 const struct output_path_id *id, struct error *err);

/*
 * Removes what has to go by now. If less than --min-free is free, and all files that could be
 * removed wait for the command of -z, it waits, too. Returns false and sets err if the manifest
 * cannot be written, or if less than --min-free is free and no file is left: then err->number is
 * ENOSPC. Is the function `wrote` of struct sink_pool_config; self is a struct split.
 */
bool split_rotation_go_on(void *self, struct error *err);

/* Removes what -W still has to remove when all commands of -z have ended, and prints how many files
 * were removed, unless -q or -v is given. Returns false and sets err if the manifest cannot be
 * written. */
bool split_rotation_finish(struct split *split, struct error *err);

/* Forgets all files. */
void split_rotation_free(struct split *split);

#endif
