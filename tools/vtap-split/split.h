/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of vtap-split: one file per key. It keeps what it is given: the pipeline writes
 * nothing. */
#ifndef VTAP_SPLIT_SPLIT_H
#define VTAP_SPLIT_SPLIT_H

#include "base/arena.h"
#include "base/hash_table.h"
#include "capture/sink_pool.h"
#include "cli/cli.h"
#include "cli/stats.h"
#include "jobs.h"
#include "key_cache.h"
#include "manifest.h"
#include "pipeline/pipeline.h"
#include "template.h"

struct split_config {
	struct cli_common common;
	const char *by;
	uint64_t size;	     /* -C, bytes; 0: no limit */
	int64_t interval_ns; /* -G; 0: none */
	int64_t window_ns;   /* --window */
	const char *command; /* -z */
	uint64_t jobs, max_open;
	const char *manifest;
	bool portable;
	/* Made of the above by split_check(). */
	struct key_spec spec;
	struct name_template name;
};

struct split_counters {
	uint64_t written, none, refused;	     /* outcomes */
	uint64_t copies, late, keys, files, unnamed; /* details */
	uint64_t packets, bytes, commands, failed;   /* put into files; -z */
};

extern const struct stats_row split_rows[];

/* The file that a key is being written to. */
struct split_file {
	struct sink_pool_file *out; /* NULL: there is none */
	uint64_t packets, bytes, serial;
	int64_t first_ns, last_ns;
	char *name; /* while it grows */
};

/* What one key has and had; what every packet needs stands in one line of the cache. */
struct split_key {
	struct split_file file;
	struct sink_pool_hint hint; /* of file.out, or of an earlier output */
	bool none;		    /* the key of packets that have none */
	bool refused;		 /* the name of its next file is taken; until the interval ends */
	uint32_t len;		 /* of text: parts, each with a NUL behind it */
	struct split_key *next;	 /* in the order of their first packets */
	uint64_t packets, bytes; /* of the files that ended */
	uint64_t files;		 /* begun */
	uint64_t n;		 /* the number of the last one, as {n} */
	uint64_t mark;		 /* where the blocks stood when its last file ended */
	struct split_key *next_listed;
	bool listed; /* since files_end_all() */
	char text[];
};

struct split {
	const struct split_config *config;
	struct sink_pool *sink_pool;
	struct hash_table by_bytes, by_text; /* keys */
	struct arena arena;		     /* the keys, and what by_bytes has as keys */
	struct split_key *first, **last;
	struct split_key *listed, **last_listed; /* those with a file, or that were to have one */
	struct jobs jobs;
	struct manifest manifest;
	struct split_counters counters;
	int64_t slot;	   /* -G: which interval it is */
	int64_t newest_ns; /* the latest time seen */
	bool begun;
	uint64_t serial;
	uint64_t told;		  /* that a name is taken */
	struct error block_error; /* of a block or of an idle flush; text is empty without one */
	struct encap_select select;
	struct encap_table table;
	struct key_cache cache;
	struct peel peel;
	struct key key[KEY_CHOICES];
	struct key_text text;
};

/* Fills spec and name, and finds what contradicts itself. */
bool split_check(struct split_config *config, struct error *err);

/*
 * Starts what is to be started, and opens what is to be opened, before the first packet. Frees
 * nothing on failure: split_free() does.
 */
bool split_init(struct split *split, const struct split_config *config, struct error *err);

/* Before the first packet: the format of the input is that of files without -F and an ending. */
void split_begin(struct split *split, const char *format);

/* A stage's functions (pipeline/pipeline.h); self is the split. */
enum verdict split_put(void *self, const struct packet *in, struct packet *out, struct error *err);
void split_block(void *self, const struct block *block);
/* A source's hook (capture/source.h). */
bool split_flush(void *self);

/*
 * Ends all files. complete: under their final names, else as .tmp. False and err for the first that
 * failed; the rest is ended all the same. Waits for the commands of -z.
 */
bool split_finish(struct split *split, bool complete, struct error *err);

/* `sources` of cli/stats.h: one object a key. */
void split_sources(struct json *json, void *self);
void split_sources_text(FILE *to, void *self);

void split_free(struct split *split);

#endif
