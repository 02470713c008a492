/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage of vtap-split: writes each packet to the file of its key (key.h), and takes care of the
 * names, the beginning and the end of these files. It keeps every packet that it is given, so the
 * pipeline needs no sink.
 */
#ifndef VTAP_SPLIT_SPLIT_H
#define VTAP_SPLIT_SPLIT_H

#include "cli/cli.h"
#include "cli/stats.h"
#include "filter/choice.h"
#include "key/key.h"
#include "labels.h"
#include "pipeline/pipeline.h"
#include "template.h"

struct split_config {
	struct cli_common common;  /* the first member, as cli/cli.h demands */
	const char *by;		   /* --by */
	uint64_t size;		   /* -C, bytes of a file; 0: no limit */
	int64_t interval_ns;	   /* -G; 0: files do not end by time */
	uint64_t keep;		   /* -W, files of a key; 0: all */
	uint64_t min_free;	   /* --min-free, bytes; 0: files are not removed for room */
	const char *min_free_text; /* as it was given */
	int64_t window_ns;	   /* --window; 0: packets are not sorted */
	const char *command;	   /* -z, or NULL */
	uint64_t jobs;		   /* commands of -z that may run at once, at least 1 */
	uint64_t max_open;	   /* descriptors for output files, at least 1 */
	uint64_t memory;	   /* bytes of the buffers of all output files together */
	const char *manifest;	   /* --manifest, or NULL */
	bool portable;		   /* --portable-names */
	bool overwrite;		   /* --overwrite */
	struct choice *choice;	   /* set by split_run(); NULL if all packets are written */
	const char *names;	   /* --names, or NULL */
	bool no_table;		   /* of a dry run: --stats takes standard output */
	/* split_check() makes these of the members above. */
	struct key_spec spec;
	struct name_template name;
	struct labels labels; /* of --names */
};

struct split;

/*
 * Fills config->spec, config->name and config->labels, and sets -w if it was not given. Returns
 * false and sets err if an option is wrong, if options contradict each other, or if the file of
 * --names is wrong or cannot be read. split_config_free() is to be called in any case.
 */
bool split_check(struct split_config *config, struct error *err);

/* Frees what split_check() has filled. */
void split_config_free(struct split_config *config);

/*
 * Makes a stage without opening anything. config has passed split_check(), is borrowed and must
 * outlive the stage. Returns NULL and sets err without memory. The caller frees the stage with
 * split_free().
 */
struct split *split_new(const struct split_config *config, struct error *err);

/*
 * Opens what a sandbox would forbid: the spool file for blocks, the manifest, and the process that
 * runs the commands of -z. To be called once, before the first packet. Returns false and sets err
 * if that fails.
 */
bool split_open(struct split *split, struct error *err);

/*
 * Sets the format of the input, before the first packet. Files are written in it if neither -F nor
 * the ending of their name says another one. input_len: what source_size() says of the input, in
 * bytes. is_file_job: all inputs are regular files, so that they can be read again, and a name that
 * is taken need not be evaded.
 */
void split_begin(struct split *split, const char *format, uint64_t input_len, bool is_file_job);

/*
 * Are the functions `put` and `block` of struct stage (pipeline/stage.h); self is a struct split.
 * split_put() never fills *out. If split_block() fails, the next split_put() reports it.
 */
enum verdict split_put(void *self, const struct packet *in, struct packet *out, struct error *err);
void split_block(void *self, const struct block *block);

/*
 * Writes buffered packets, so that readers of the files see them while the input is idle. Is a
 * struct source_hook (capture/source.h); self is a struct split. Returns false if a write failed;
 * the next split_put() or split_finish() reports the error. Does nothing and returns true if an
 * error waits to be reported already.
 */
bool split_flush(void *self);

/* Removes files of -W whose command of -z has ended, and those that --min-free asks for, though no
 * packet comes. Returns false as split_flush() does. */
bool split_rotate(struct split *split);

/* Returns true if an error waits that the next split_put() or split_finish() reports. */
bool split_has_failed(const struct split *split);

/*
 * Ends all files: if complete is true under their final names, otherwise as NAME.tmp. Waits for the
 * commands of -z. Ends the remaining files even after one has failed. Returns false and sets err
 * for the first failure, and also if files could not get their names or a command failed.
 */
bool split_finish(struct split *split, bool complete, struct error *err);

/* Returns true if a packet was left out since its file has another link type. */
bool split_has_refused(const struct split *split);

/* Returns how many files split_finish() has left as .tmp because they were not complete. */
uint64_t split_unfinished(const struct split *split);

/* The rows for struct stats, the last of which has no name, and its table of keys, whose argument
 * is a struct split. */
extern const struct stats_row split_rows[];
extern const struct stats_sources split_sources;

/*
 * Sets rows, counters and sources in *stats. They point into the stage, hold until split_free() and
 * go on counting.
 */
void split_stats(struct split *split, struct stats *stats);

/* Sets the sums over all files: packets and bytes in them, and what the format of those that were
 * ended lost. Brings the counters that hang on the time up to date. */
void split_totals(struct split *split, struct stats *stats);

/* Frees the stage; waits for the commands of -z if split_finish() was not called. */
void split_free(struct split *split);

#endif
