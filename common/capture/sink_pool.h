/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many captures at once on a bounded number of descriptors and a bounded amount of buffer: the
 * ones written to least recently give up their descriptors, the largest their buffers, and are
 * opened again to append. Blocks beside packets reach every output, in place, by a block_spool.
 */
#ifndef VTAP_CAPTURE_SINK_POOL_H
#define VTAP_CAPTURE_SINK_POOL_H

#include "base/error.h"
#include "capture/sink.h"
#include "packet/packet.h"

/* Buffers of all outputs together, bytes. */
#define SINK_POOL_MEMORY ((size_t)40 << 20)

struct sink_pool;
struct sink_pool_file;

struct sink_pool_config {
	const char *format;   /* as sink_config's, for every output */
	const char *fallback; /* likewise */
	bool one_section;     /* likewise: the packets come from merged inputs */
	unsigned max_open;    /* descriptors, at least 1 */
	size_t memory;	      /* buffers, bytes */
	size_t trusted;	      /* bytes of each name in front, as filename_is_free() has it */
};

/* What the sinks of closed outputs had to count (capture/sink.h); a block that no output can carry
 * counts once. */
struct sink_pool_counters {
	uint64_t simple_enhanced, timestamps_clamped, blocks_dropped;
};

/* Adds the counters of a sink that is about to be closed. */
static inline void sink_pool_count(struct sink_pool_counters *counters, const struct sink *sink)
{
	counters->simple_enhanced += sink->simple_enhanced;
	counters->timestamps_clamped += sink->timestamps_clamped;
	counters->blocks_dropped += sink->blocks_dropped;
}

/* The strings in config must outlive the set. NULL: no memory. */
struct sink_pool *sink_pool_new(const struct sink_pool_config *config, struct error *err);

/*
 * Opens now what else would be opened when the first block comes: the block_spool's file. To be
 * called by who may open it no more then; what fails is told when it is needed.
 */
void sink_pool_prepare(struct sink_pool *set);

/* Once the input's format is known: what config.fallback says. */
void sink_pool_fall_back(struct sink_pool *set, const char *format);
/* After all outputs were closed. */
void sink_pool_free(struct sink_pool *set);

/*
 * Opens an output; its directories are made. While it grows it is called NAME.tmp, or in formats
 * that wiretap writes NAME.pcapng.tmp, a pcapng that sink_pool_close() converts. Where something is
 * in the way of NAME or NAME.tmp nothing is touched, and err->number is EEXIST, or ELOOP
 * (io/filename.h). section: of its first packet. after: 0 for the first output of a kind, which
 * gets all blocks of the section; for its successors the sink_pool_mark() of their predecessor's
 * end: they begin with the section's names and secrets and get other blocks from there on.
 */
struct sink_pool_file *sink_pool_open(struct sink_pool *set, const char *name,
				      const struct section *section, uint64_t after,
				      struct error *err);

bool sink_pool_put(struct sink_pool *set, struct sink_pool_file *file, const struct packet *packet,
		   struct error *err);

/* Takes a section or another block of the input; interfaces are described by their packets. */
bool sink_pool_block(struct sink_pool *set, const struct block *block, struct error *err);

/* Hands all buffers to the system. */
bool sink_pool_flush(struct sink_pool *set, struct error *err);

/* Where the blocks stand now. */
uint64_t sink_pool_mark(const struct sink_pool *set);

/*
 * Ends an output and frees it, also on failure. complete: it gets `name`, which may differ from the
 * one it was opened with; else it stays .tmp. So it does, and err->number is as above, where
 * something is in the way of `name`.
 */
bool sink_pool_close(struct sink_pool *set, struct sink_pool_file *file, const char *name,
		     bool complete, struct error *err);

/*
 * What the next sink_pool_put() of an output reads first, to be fetched into the cache early. Only
 * for sink_pool_fetch(), which reads nothing: the output may have ended.
 */
struct sink_pool_hint {
	const void *file, *sink, *output;
};

struct sink_pool_hint sink_pool_hint(const struct sink_pool_file *file);

static inline void sink_pool_fetch(const struct sink_pool_hint *hint)
{
	__builtin_prefetch(hint->file);
	__builtin_prefetch(hint->sink);
	__builtin_prefetch(hint->output);
}

/* Bytes put into an output so far (of the pcapng where that is converted at the end). */
uint64_t sink_pool_size(const struct sink_pool_file *file);

struct sink_pool_counters sink_pool_counters(const struct sink_pool *set);

#endif
