/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from a file or pipe, block by block; a view into the block stays valid until the next call,
 * and longer for who borrowed it (base/loan.h).
 */
#ifndef VTAP_IO_INPUT_H
#define VTAP_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/loan.h"

enum { INPUT_MAX_RECORD = 256 << 20 }; /* no record of a capture is longer, bytes */

/* What an input calls before a read that would block: the time to flush what waits for it. */
struct input_hook {
	bool (*before_wait)(void *arg); /* returns false if the input is to end; may be NULL */
	void *arg;
};

struct input {
	int fd;
	uint8_t *block;
	size_t size;		/* of the block */
	struct loan loan;	/* of the block */
	size_t start, end;	/* what is read and not yet taken */
	uint64_t offset;	/* in the file of block[start] */
	bool ended;		/* read(2) said end of file */
	bool regular;		/* a regular file never blocks */
	bool interrupted;	/* ended because before_wait or a signal said so */
	struct input_hook hook; /* set after input_open() */
};

/* Takes over fd. Pipes are enlarged to 1 MiB. */
bool input_open(struct input *input, int fd, struct error *err);
void input_close(struct input *input);

/*
 * Reads until at least len bytes (at most INPUT_MAX_RECORD plus headers) stand at input_data(),
 * growing the block when a record needs it. False when the file ends before (err->text is then
 * empty) or the read fails (err is set).
 */
bool input_fill(struct input *input, size_t len, struct error *err);

static inline size_t input_available(const struct input *input)
{
	return input->end - input->start;
}

static inline bool input_require(struct input *input, size_t len, struct error *err)
{
	return input_available(input) >= len || input_fill(input, len, err);
}

static inline const uint8_t *input_data(const struct input *input)
{
	return input->block + input->start;
}

/* For packet.front: the start of the block; NULL while a part of it is lent. */
static inline uint8_t *input_front(const struct input *input)
{
	return input->loan.settle ? NULL : input->block;
}

static inline void input_consume(struct input *input, size_t len)
{
	input->start += len;
	input->offset += len;
}

#endif
