/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks on their way to many outputs, each of which takes them when it gets to it: an unlinked
 * temporary file that grows, so memory stays constant. Positions are bytes.
 */
#ifndef VTAP_JOURNAL_H
#define VTAP_JOURNAL_H

#include "error.h"
#include "packet.h"

struct journal {
	int fd;		      /* -1 until the first block */
	struct error failure; /* of journal_prepare(); no text: none */
	uint64_t end;
	uint8_t *buffer; /* of the block read last */
	size_t size;
	uint64_t *lasting; /* where names and secrets stand */
	size_t lasting_count, lasting_room;
};

void journal_init(struct journal *journal);
/* Opens its file before the first block comes; journal_add() tells when that failed. */
void journal_prepare(struct journal *journal);
void journal_free(struct journal *journal);

/* Appends a BLOCK_OTHER. */
bool journal_add(struct journal *journal, const struct block *block, struct error *err);

/* Whether blocks of that type are wanted by files that begin later: names and secrets. */
bool journal_lasts(uint32_t type);
/* Where the first of them stands, at `at` or behind it; journal->end when there is none. */
uint64_t journal_lasting(const struct journal *journal, uint64_t at);

/*
 * What stands at `at`, which is less than journal->end; *next is where the following block stands.
 * In two steps, since most readers skip most blocks: journal_peek() fills all but bytes.data,
 * journal_bytes() then reads the bytes; they hold until its next call.
 */
bool journal_peek(struct journal *journal, uint64_t at, struct block *block, uint64_t *next,
		  struct error *err);
bool journal_bytes(struct journal *journal, uint64_t at, struct block *block, struct error *err);

#endif
