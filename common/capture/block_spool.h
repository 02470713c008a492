/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks on their way to many outputs, each of which takes them when it gets to it: an unlinked
 * temporary file that grows, so memory stays constant. Positions are bytes.
 */
#ifndef VTAP_CAPTURE_BLOCK_SPOOL_H
#define VTAP_CAPTURE_BLOCK_SPOOL_H

#include "base/error.h"
#include "packet/packet.h"

struct block_spool {
	int fd;		      /* -1 until the first block */
	struct error failure; /* of block_spool_prepare(); no text: none */
	uint64_t end;
	uint8_t *buffer; /* of the block read last */
	size_t size;
	uint64_t *lasting; /* where names and secrets stand */
	size_t lasting_count, lasting_room;
};

void block_spool_init(struct block_spool *block_spool);
/* Opens its file before the first block comes; block_spool_add() tells when that failed. */
void block_spool_prepare(struct block_spool *block_spool);
void block_spool_free(struct block_spool *block_spool);

/* Appends a BLOCK_OTHER. */
bool block_spool_add(struct block_spool *block_spool, const struct block *block, struct error *err);

/* Whether blocks of that type are wanted by files that begin later: names and secrets. */
bool block_spool_lasts(uint32_t type);
/* Where the first of them stands, at `at` or behind it; block_spool->end when there is none. */
uint64_t block_spool_lasting(const struct block_spool *block_spool, uint64_t at);

/*
 * What stands at `at`, which is less than block_spool->end; *next is where the following block
 * stands. In two steps, since most readers skip most blocks: block_spool_peek() fills all but
 * bytes.data, block_spool_bytes() then reads the bytes; they hold until its next call.
 */
bool block_spool_peek(struct block_spool *block_spool, uint64_t at, struct block *block,
		      uint64_t *next, struct error *err);
bool block_spool_bytes(struct block_spool *block_spool, uint64_t at, struct block *block,
		       struct error *err);

#endif
