/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides about names of files that are taken. Only captures that were there before the run are
 * replaced, and only with --overwrite. A file job leaves out what has no name, since it can be
 * repeated. Packets from a pipe or an interface cannot, so their file gets another name: the next
 * free `-2`, `-3` in front of its ending.
 */
#ifndef VTAP_SPLIT_FILE_NAMES_H
#define VTAP_SPLIT_FILE_NAMES_H

#include "base/hash_table.h"
#include "capture/sink_pool.h"
#include "io/file_set.h"
#include "template.h"

struct file_names {
	const struct name_template *name; /* of -w */
	bool overwrite;			  /* --overwrite */
	bool quiet;			  /* nothing is told */
	bool is_file_job;
	struct hash_table open; /* names of files that are open; two keys may come to one name */
	struct hash_table done; /* with --overwrite: names that files of this run have got */
	struct file_set inputs; /* with --overwrite: what this run reads */
};

/* Makes an empty set of names. The template is borrowed. */
void file_names_init(struct file_names *names, const struct name_template *name, bool overwrite,
		     bool quiet);

/* Notes which files the run reads: with --overwrite they are not replaced. Returns false and sets
 * err if there is no memory. */
bool file_names_read(struct file_names *names, const char *const *inputs, unsigned count,
		     struct error *err);

/* Frees the names that files have got; those of open files were closed before. */
void file_names_free(struct file_names *names);

/* Returns true if file_names_open() would open a file `name`. Otherwise sets err, to be told at
 * once: with the remedy, and with the errno of sink_pool_open() as err->number. */
bool file_names_may_begin(const struct file_names *names, struct sink_pool *pool, const char *name,
			  struct error *err);

/*
 * Opens a file called `name`, or, if that is taken and names may be evaded, by one with a number,
 * which is told. section and after are those of sink_pool_open(). Sets *own to the name that the
 * file has, for file_names_close(). Returns NULL and sets err as sink_pool_open() does.
 */
struct sink_pool_file *file_names_open(struct file_names *names, struct sink_pool *pool,
				       const char *name, const struct section *section,
				       uint64_t after, char **own, struct error *err);

/* Returns true if a capture that has this name may be replaced: this run neither wrote nor reads
 * it. */
bool file_names_may_replace(const struct file_names *names, const char *name);

/* Puts a number into the name that a file is about to get, if that is taken by now and names may be
 * evaded; this is told. */
void file_names_choose_last(const struct file_names *names, struct sink_pool *pool,
			    char name[TEMPLATE_NAME_SIZE]);

/* Remembers the name that a file has got, so that this run does not replace it. Returns false and
 * sets err if there is no memory. */
bool file_names_remember(struct file_names *names, const char *name, struct error *err);

/* Forgets a name of file_names_remember(): the file was removed. */
void file_names_forget(struct file_names *names, const char *name);

/* Forgets and frees the name of an open file, which file_names_open() has set. */
void file_names_close(struct file_names *names, char *own);

/* Returns what helps against names that are taken. */
const char *file_names_advice(const struct file_names *names);

#endif
