/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps blocks for many outputs, each of which reads them when it gets its next packet. The blocks
 * are in a temporary file without a name, so that memory stays constant. Positions are bytes of
 * that file.
 */
#ifndef VTAP_CAPTURE_BLOCK_SPOOL_H
#define VTAP_CAPTURE_BLOCK_SPOOL_H

#include "base/error.h"
#include "packet/packet.h"

struct block_spool {
	int fd;		      /* -1 until the first block */
	struct error failure; /* of block_spool_prepare(); without text if there was none */
	uint64_t end;	      /* position where the next block will stand */
	uint64_t count;	      /* blocks */
	uint8_t *buffer;      /* bytes of the block read last */
	size_t size;	      /* of the buffer */
	uint8_t window[4096]; /* bytes that were read last, which never change in the file */
	uint64_t window_at;   /* their position */
	size_t window_len;
	uint64_t *lasting; /* positions of names and secrets, in order */
	size_t lasting_count, lasting_room;
};

/* Makes an empty spool; opens nothing. */
void block_spool_init(struct block_spool *block_spool);

/*
 * Opens the temporary file now, for a process that may open no more files later. If that fails,
 * block_spool_add() reports it.
 */
void block_spool_prepare(struct block_spool *block_spool);

/* Closes the file and frees the memory. */
void block_spool_free(struct block_spool *block_spool);

/* Appends a block of kind BLOCK_OTHER, of which only the bytes are copied: its section and
 * interface must outlive the spool. Returns false and sets err if the file cannot be opened or
 * written, or if there is no memory. */
bool block_spool_add(struct block_spool *block_spool, const struct block *block, struct error *err);

/* Returns true for types of blocks that outputs need that begin later: names and secrets. */
bool block_spool_lasts(uint32_t type);

/* Returns the position of the first block of names or secrets that begins at `at` or behind it, or
 * block_spool->end if there is none. */
uint64_t block_spool_lasting(const struct block_spool *block_spool, uint64_t at);

/* Returns how many blocks of names or secrets begin before `at`. */
uint64_t block_spool_lasting_before(const struct block_spool *block_spool, uint64_t at);

/*
 * Reads what describes the block at position `at`, which must be below block_spool->end: fills
 * *block but for bytes.data, sets *next to the position of the following block, and *number to how
 * many blocks stand in front. Section and interface are the pointers that were added. Returns false
 * and sets err if reading fails.
 */
bool block_spool_peek(struct block_spool *block_spool, uint64_t at, struct block *block,
		      uint64_t *next, uint64_t *number, struct error *err);

/*
 * Reads the bytes of a block that block_spool_peek() has filled, and sets block->bytes.data to
 * them; they are valid until the next call. Returns false and sets err if reading fails.
 */
bool block_spool_bytes(struct block_spool *block_spool, uint64_t at, struct block *block,
		       struct error *err);

#endif
