/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source's block, lent: a sink that writes a record as it stands need not copy it. It says so
 * here, and the source tells it before the bytes go. So packets may pass through any source that
 * wraps another one.
 */
#ifndef VTAP_BASE_LOAN_H
#define VTAP_BASE_LOAN_H

#include "base/span.h"

struct loan {
	uint8_t *memory; /* the source's, who may move it when nothing is lent */
	size_t size;
	void (*settle)(void *holder); /* of who holds a part of it; NULL: nothing is lent */
	void *holder;
};

/* Takes back what is lent. The source calls it before it moves, overwrites or frees the memory. */
static inline void loan_settle(struct loan *loan)
{
	void (*settle)(void *holder) = loan->settle;

	loan->settle = NULL;
	if (settle)
		settle(loan->holder);
}

/* The same bytes, writable; NULL when they stand elsewhere: a copy was made on the way. */
static inline uint8_t *loan_find(const struct loan *loan, struct span bytes)
{
	uintptr_t at = (uintptr_t)bytes.data, from = (uintptr_t)loan->memory;

	if (at < from || at - from > loan->size || bytes.len > loan->size - (at - from))
		return NULL;
	return loan->memory + (at - from);
}

#endif
