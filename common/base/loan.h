/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block of bytes that its owner, a source, lends to an output: the output can then write a record
 * from where it stands instead of copying it. The output notes in struct loan that it has borrowed
 * bytes, and the source calls loan_settle() before it moves, overwrites or frees them. The struct
 * is the source's; a pointer to it travels with the packet, through sources that wrap another one.
 */
#ifndef VTAP_BASE_LOAN_H
#define VTAP_BASE_LOAN_H

#include "base/span.h"

struct loan {
	uint8_t *memory;    /* the block of the source, which moves it only while nothing is lent */
	size_t size;	    /* bytes of the block */
	const uint8_t *end; /* behind the last byte of the block that was read */
	void (*settle)(void *holder); /* writes or copies what is borrowed; NULL if none are */
	void *holder;		      /* argument of settle: the output that borrowed */
};

/* Ends the loan: afterwards the bytes are the source's alone. Does nothing if nothing is lent. */
static inline void loan_settle(struct loan *loan)
{
	void (*settle)(void *holder) = loan->settle;

	loan->settle = NULL;
	if (settle)
		settle(loan->holder);
}

/*
 * Returns a writable pointer to bytes of the block, or NULL if the bytes are elsewhere: then a copy
 * was made on the way, and they cannot be borrowed.
 */
static inline uint8_t *loan_find(const struct loan *loan, struct span bytes)
{
	uintptr_t at = (uintptr_t)bytes.data, from = (uintptr_t)loan->memory;

	if (at < from || at - from > loan->size || bytes.len > loan->size - (at - from))
		return NULL;
	return loan->memory + (at - from);
}

#endif
