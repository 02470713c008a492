/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many captures at once on a bounded number of descriptors and a bounded amount of buffer: the
 * ones written to least recently give up their descriptors, the largest their buffers, and are
 * opened again to append. Blocks beside packets reach every output, in place, by a journal.
 */
#ifndef VTAP_OUTSET_H
#define VTAP_OUTSET_H

#include "error.h"
#include "packet.h"

/* Buffers of all outputs together, bytes. */
#define OUTSET_MEMORY ((size_t)40 << 20)

struct outset;
struct outset_file;

struct outset_config {
	const char *format;   /* as sink_config's, for every output */
	const char *fallback; /* likewise */
	bool one_section;     /* likewise: the packets come from merged inputs */
	unsigned max_open;    /* descriptors, at least 1 */
	size_t memory;	      /* buffers, bytes */
	size_t trusted;	      /* bytes of each name in front, as filename_vacant() has it */
};

/* What the sinks of closed outputs had to count (sink.h); a block that no output can carry counts
 * once. */
struct outset_counters {
	uint64_t simple_enhanced, time_cut, blocks_lost;
};

/* The strings in config must outlive the set. NULL: no memory. */
struct outset *outset_new(const struct outset_config *config, struct error *err);

/*
 * Opens now what else would be opened when the first block comes: the journal's file. To be called
 * by who may open it no more then; what fails is told when it is needed.
 */
void outset_prepare(struct outset *set);

/* Once the input's format is known: what config.fallback says. */
void outset_fall_back(struct outset *set, const char *format);
/* After all outputs were closed. */
void outset_free(struct outset *set);

/*
 * Opens an output; its directories are made. While it grows it is called NAME.tmp, or in formats
 * that wiretap writes NAME.pcapng.tmp, a pcapng that outset_close() converts. Where something is in
 * the way of NAME or NAME.tmp nothing is touched, and err->number is EEXIST, or ELOOP (filename.h).
 * section: of its first packet. after: 0 for the first output of a kind, which gets all blocks
 * of the section; for its successors the outset_mark() of their predecessor's end: they begin with
 * the section's names and secrets and get other blocks from there on.
 */
struct outset_file *outset_open(struct outset *set, const char *name, const struct section *section,
				uint64_t after, struct error *err);

bool outset_put(struct outset *set, struct outset_file *file, const struct packet *packet,
		struct error *err);

/* Takes a section or another block of the input; interfaces are described by their packets. */
bool outset_block(struct outset *set, const struct block *block, struct error *err);

/* Hands all buffers to the system. */
bool outset_flush(struct outset *set, struct error *err);

/* Where the blocks stand now. */
uint64_t outset_mark(const struct outset *set);

/*
 * Ends an output and frees it, also on failure. complete: it gets `name`, which may differ from the
 * one it was opened with; else it stays .tmp. So it does, and err->number is as above, where
 * something is in the way of `name`.
 */
bool outset_close(struct outset *set, struct outset_file *file, const char *name, bool complete,
		  struct error *err);

/*
 * What the next outset_put() of an output reads first, to be fetched into the cache early. Only for
 * outset_fetch(), which reads nothing: the output may have ended.
 */
struct outset_hint {
	const void *file, *sink, *output;
};

struct outset_hint outset_hint(const struct outset_file *file);

static inline void outset_fetch(const struct outset_hint *hint)
{
	__builtin_prefetch(hint->file);
	__builtin_prefetch(hint->sink);
	__builtin_prefetch(hint->output);
}

/* Bytes put into an output so far (of the pcapng where that is converted at the end). */
uint64_t outset_size(const struct outset_file *file);

struct outset_counters outset_counters(const struct outset *set);

#endif
