/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many capture files at once, with a limit on descriptors and on memory for buffers. The file that
 * was written to least recently gives up its descriptor, the one with the largest buffer its
 * buffer; both are opened again to append. Blocks that are no packets reach every file, in their
 * place between its packets (capture/block_spool.h), but names only the files whose packets have
 * their addresses (capture/names.h). So that many blocks and many files do not multiply, there are
 * limits for what a file gets (SINK_POOL_BESIDE) and for what all files get (SINK_POOL_RUN); what
 * is beyond them is left out and counted.
 */
#ifndef VTAP_CAPTURE_SINK_POOL_H
#define VTAP_CAPTURE_SINK_POOL_H

#include "base/error.h"
#include "capture/names.h"
#include "capture/sink.h"
#include "packet/packet.h"

/* Bytes for the buffers of all files together, where nobody says how many. */
#define SINK_POOL_MEMORY ((size_t)64 << 20)

/* Bytes of secrets, statistics, custom and unknown blocks that one file gets at most. */
#define SINK_POOL_BESIDE ((uint64_t)1 << 20)

enum { SINK_POOL_WROTE = 1 << 20 }; /* bytes between two calls of struct sink_pool_config.wrote */

/*
 * What all files get together, in bytes: of secrets SINK_POOL_RUN and SINK_POOL_TIMES the size of
 * the input, and of the others as much. Blocks beyond that are left out, but for the first
 * SINK_POOL_SECRETS bytes of secrets in a file, the keys of some nine TLS sessions: nobody can
 * decrypt its packets without them, and it is a constant for each file.
 */
#define SINK_POOL_RUN	  ((uint64_t)1 << 20)
#define SINK_POOL_TIMES	  ((uint64_t)8)
#define SINK_POOL_SECRETS ((uint64_t)8 << 10)

enum { SINK_POOL_ADDRESSES = 64 }; /* addresses of a packet that are looked at */

struct sink_pool;
struct sink_pool_file;

/* The first three members choose the format of all files as those of struct sink_config do. */
struct sink_pool_config {
	const char *name; /* stands for the names of all files: its ending may decide */
	const char *format;
	const char *fallback;
	bool one_section;  /* as in struct sink_config, for every file */
	bool sync;	   /* as in struct sink_config, and for every folder that is made */
	unsigned max_open; /* descriptors, at least 1 */
	size_t memory;	   /* bytes of buffers; beyond that the largest are written and freed */
	size_t trusted;	   /* bytes at the front of each name, as in filename_is_free() */
	/*
	 * Writes the addresses in a packet's headers to `to`, and returns how many. A file then
	 * gets the names of these alone. If it is NULL, each file gets all names, as other blocks.
	 */
	unsigned (*addresses)(void *arg, const struct packet *packet,
			      struct names_address to[SINK_POOL_ADDRESSES]);
	void *addresses_arg;
	/*
	 * Called whenever a further SINK_POOL_WROTE bytes went to files, while it is safe to remove
	 * files that were closed. Returns false and sets err to have the present call fail. May be
	 * NULL.
	 */
	bool (*wrote)(void *arg, struct error *err);
	void *wrote_arg;
};

/*
 * Sums of the counters of struct sink over all files that were closed. A block that the format
 * cannot hold counts once, not once a file.
 */
struct sink_pool_counters {
	uint64_t simple_enhanced, timestamps_clamped, fcs_removed, blocks_dropped;
	uint64_t blocks_left_out; /* of blocks_dropped: a file would have had too many */
	uint64_t
		refused; /* packets that were left out when files were converted (sink_refused()) */
};

/* Adds the counters of a sink that is about to be closed. */
static inline void sink_pool_count(struct sink_pool_counters *counters, const struct sink *sink)
{
	counters->simple_enhanced += sink->simple_enhanced;
	counters->timestamps_clamped += sink->timestamps_clamped;
	counters->fcs_removed += sink->fcs_removed;
	counters->blocks_dropped += sink->blocks_dropped;
}

/*
 * Makes a pool without files. The strings in config must outlive it. Returns NULL and sets err if
 * there is no memory.
 */
struct sink_pool *sink_pool_new(const struct sink_pool_config *config, struct error *err);

/*
 * Opens the spool file for blocks before the sandbox forbids it; else the first block does. If it
 * fails, the first sink_pool_block() reports it.
 */
void sink_pool_prepare(struct sink_pool *pool);

/* Sets config.fallback to a format, once that of the input is known; it must outlive the pool. Call
 * it before the first sink_pool_open() and the first sink_pool_block(). */
void sink_pool_fall_back(struct sink_pool *pool, const char *format);

/* Says how many bytes of input there will be, which allows for blocks in many files; until it is
 * called, and beyond this number, what came so far counts. */
void sink_pool_expect(struct sink_pool *pool, uint64_t input_len);

/* Frees the pool, of which all files are closed. pool may be NULL. */
void sink_pool_free(struct sink_pool *pool);

/*
 * Opens a file, and makes the directories that it is in. Until it is closed it is called NAME.tmp,
 * or, for a format of wiretap's, NAME.pcapng.tmp: a pcapng that sink_pool_close() converts.
 *
 * section: of the first packet. after: 0 for the first file of a series, which gets all blocks of
 * the section; for the next file of the series what sink_pool_mark() returned when its predecessor
 * ended: it gets the section's secrets from before, and all blocks behind.
 *
 * replace: a regular file that begins as a capture and has the final name is no obstacle; it stays
 * until sink_pool_close() puts the complete file in its place.
 *
 * Returns NULL and sets err if that fails. If NAME is taken, or NAME.tmp by what is not abandoned
 * (io/abandoned.h), nothing is touched, and err->number is EEXIST, or ELOOP for a directory
 * (io/filename.h).
 */
struct sink_pool_file *sink_pool_open(struct sink_pool *pool, const char *name,
				      const struct section *section, uint64_t after, bool replace,
				      struct error *err);

/* Returns true if a file could be given a name now, without doing anything; replace is that of
 * sink_pool_open(). Otherwise sets err as sink_pool_open() does. */
bool sink_pool_may_have(struct sink_pool *pool, const char *name, bool replace, struct error *err);

/* Returns true if a file could be begun under NAME.tmp, without doing anything. Otherwise sets err
 * as sink_pool_open() does. */
bool sink_pool_may_begin(struct sink_pool *pool, const char *name, struct error *err);

/*
 * Appends a packet to a file, behind the blocks that came before it. Returns false and sets err if
 * this file or one that had to make room cannot be written, or if the file cannot hold the packet's
 * link type (sink_refused()).
 */
bool sink_pool_put(struct sink_pool *pool, struct sink_pool_file *file, const struct packet *packet,
		   struct error *err);

/*
 * Takes a section or another block of the input for all files. Interfaces need not be given: a file
 * describes them with their packets. A block that the format cannot hold is only counted. Returns
 * false and sets err if the spool cannot be written, or if the format is wiretap's and wiretap is
 * not installed.
 */
bool sink_pool_block(struct sink_pool *pool, const struct block *block, struct error *err);

/* Hands all buffers to the system. Returns false and sets err if that fails. */
bool sink_pool_flush(struct sink_pool *pool, struct error *err);

/* Returns the position behind the last block, for the `after` of sink_pool_open(). */
uint64_t sink_pool_mark(const struct sink_pool *pool);

/*
 * Closes a file and frees it in any case. complete: it gets the name `name`, which may differ from
 * the one it was opened with; else it stays .tmp. replace: a capture that has the name makes room,
 * as in sink_pool_open(). Returns false and sets err if that fails. If `name` is taken, the file
 * stays .tmp and err->number is as for sink_pool_open(). If somebody has put another file in its
 * place, what was written is lost, and err->number is ESTALE. If it succeeds and complete is true,
 * it sets *made to the file that has got the name.
 */
bool sink_pool_close(struct sink_pool *pool, struct sink_pool_file *file, const char *name,
		     bool complete, bool replace, struct output_path_id *made, struct error *err);

/* Addresses of what the next sink_pool_put() to a file reads first. They are never followed. */
struct sink_pool_hint {
	const void *file, *sink, *output;
};

/* Returns the addresses for a file that is open. */
struct sink_pool_hint sink_pool_hint(const struct sink_pool_file *file);

/* Fetches what is at the addresses into the processor's cache, so that a later sink_pool_put() need
 * not wait for memory. It does no harm if the file was closed meanwhile. */
static inline void sink_pool_fetch(const struct sink_pool_hint *hint)
{
	__builtin_prefetch(hint->file);
	__builtin_prefetch(hint->sink);
	__builtin_prefetch(hint->output, 1);
}

/* Returns the bytes put into a file so far; of the pcapng if it is converted at the end. */
uint64_t sink_pool_size(const struct sink_pool_file *file);

/* Returns the counters of all files that were closed; those of open files are not in them yet. */
struct sink_pool_counters sink_pool_counters(const struct sink_pool *pool);

#endif
