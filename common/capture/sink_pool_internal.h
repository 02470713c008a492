/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of capture/sink_pool*.c share. */
#ifndef VTAP_CAPTURE_SINK_POOL_INTERNAL_H
#define VTAP_CAPTURE_SINK_POOL_INTERNAL_H

#include "base/arena.h"
#include "base/hash_table.h"
#include "capture/block_spool.h"
#include "capture/left_out.h"
#include "capture/names.h"
#include "capture/sink_pool.h"
#include "host/huge_pages.h"

/* Which files have been given which names. */
struct sink_pool_names {
	struct hash_table by_file; /* struct sink_pool_given by its key */
	struct arena arena;
	struct sink_pool_given *free; /* those of files that ended */
};

/*
 * Lists of files, the newest first: those with a descriptor, by when they were written to; those
 * with packets since the last flush; and, one list a size, those with a buffer, by when it grew.
 */
enum list { DESCRIPTORS, DIRTY, BUFFERS, LISTS };
/* Kinds of blocks beside packets: those that block_spool_lasts() is true for, and all others. */
enum beside { BESIDE_OTHERS, BESIDE_SECRETS, BESIDES };
enum { SIZES = 160 }; /* kinds of buffers by size: four from a power of two to the next */

/* The first members, up to listed, are needed for every packet and fit one line of the cache. */
struct sink_pool_file {
	struct sink *sink;
	struct output *output; /* of the sink */
	const struct section *section;
	uint64_t at;	  /* position in block_spool: blocks before it were put */
	size_t memory;	  /* bytes of its buffer that sink_pool.used counts */
	uint64_t written; /* output->written when it was last looked at */
	bool listed[LISTS];
	struct link {
		struct sink_pool_file *newer, *older;
	} link[LISTS];
	char *name;		       /* of the sink */
	uint64_t after;		       /* position before which only secrets are put */
	uint64_t beside;	       /* bytes of blocks that were put, but for names */
	uint64_t secrets;	       /* of these, bytes of secrets */
	bool full;		       /* it gets no more of them */
	uint64_t names;		       /* blocks of names that came before it began */
	struct sink_pool_given *given; /* the addresses of its packets that have names */
};

struct sink_pool {
	struct sink_pool_config config;
	const char
		*format; /* of all files, as sink_file_format() says it; NULL if not chosen yet */
	bool foreign;	 /* it is wiretap's: files are pcapng and converted at the end */
	bool blockless;	 /* it is not pcapng: no blocks but packets */
	struct block_spool block_spool;
	struct names names;
	struct sink_pool_names given;
	uint64_t names_lost; /* blocks of names up to which those are counted that came too late */
	uint64_t pending;    /* a file whose `at` is lower may have blocks or names to put */
	const struct section *section; /* the latest, and where its blocks begin */
	uint64_t section_start, section_number;
	struct ends {
		struct sink_pool_file *newest, *oldest;
		unsigned count;
	} list[BUFFERS], buffers[SIZES];
	unsigned largest;		   /* no list of buffers above this index has any */
	size_t used;			   /* bytes of all buffers that are counted */
	unsigned open;			   /* files */
	struct huge_pages huge_pages;	   /* for the buffers of many files */
	uint64_t wrote;			   /* bytes written since the last call of config.wrote() */
	struct arena arena;		   /* of files */
	struct sink_pool_file *free;	   /* those that ended; a list by link[0].older */
	uint64_t blocks;		   /* beside packets, sections and interfaces */
	uint64_t input_len;		   /* bytes, as sink_pool_expect() says */
	uint64_t taken;			   /* bytes of all packets and blocks so far */
	uint64_t beside[BESIDES];	   /* bytes of blocks that all files have got so far */
	struct left_out left_out[BESIDES]; /* by numbers that count one kind of blocks */
	struct sink_pool_counters counters;
};

/* Says where the bytes are after a write has failed; of a FIFO or a device nobody can say. Always
 * returns false. */
bool sink_pool_kept_in_tmp(const struct sink_pool_file *file, struct error *err);

/* Chooses the format of all files, if it is not chosen yet. Returns false and sets err if that
 * fails. */
bool sink_pool_choose_format(struct sink_pool *pool, struct error *err);

/* Writes what the file has in its buffer, and frees the buffer and the descriptor. Returns false
 * and sets err if that fails. */
bool sink_pool_evict(struct sink_pool *pool, struct sink_pool_file *file, struct error *err);

/* Puts a block, behind the description of the interface `to`, which may be NULL. Returns false and
 * sets err if that fails. */
bool sink_pool_put_block(const struct sink_pool *pool, struct sink_pool_file *file,
			 const struct interface *to, const struct block *block, struct error *err);

/* Puts the blocks that came before the next packet, which is on the interface `to` in section
 * `next`; or before the end, where `to` is NULL. Returns false and sets err if that fails. */
bool sink_pool_put_blocks(struct sink_pool *pool, struct sink_pool_file *file,
			  const struct section *next, const struct interface *to,
			  struct error *err);

/* Puts the names of a packet's addresses that the file does not have yet. Returns false and sets
 * err if that fails. */
bool sink_pool_put_names(struct sink_pool *pool, struct sink_pool_file *file,
			 const struct packet *packet, struct error *err);

/*
 * Puts the names that came behind the packets that have their addresses, before the file is closed:
 * if there can be any, the file is read once more to find those addresses. Returns false and sets
 * err if that fails.
 */
bool sink_pool_put_late_names(struct sink_pool *pool, struct sink_pool_file *file,
			      struct error *err);

/* Forgets which names a file was given. */
void sink_pool_forget_names(struct sink_pool *pool, struct sink_pool_file *file);

#endif
