/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file or a pipe block by block, and shows the bytes where they stand in the block. They
 * stay there until the next input_fill(), or as long as an output has borrowed them (base/loan.h).
 */
#ifndef VTAP_IO_INPUT_H
#define VTAP_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/loan.h"

enum { INPUT_MAX_RECORD = 256 << 20 }; /* bytes; readers refuse a longer record as damaged */

/* What an input calls before a read that would block: then is the time to flush outputs. */
struct input_hook {
	bool (*before_wait)(void *arg); /* false makes the input end; may be NULL */
	void *arg;
};

struct input {
	int fd;
	uint8_t *block;
	size_t size;		/* bytes of the block */
	struct loan loan;	/* of the block to an output */
	size_t start, end;	/* bytes in the block that were read and not yet consumed */
	uint64_t offset;	/* of block[start] in the file, bytes */
	bool ended;		/* read(2) said end of file */
	bool regular;		/* a regular file never blocks */
	bool interrupted;	/* ended because before_wait or a signal said so */
	struct input_hook hook; /* set after input_open() */
};

/*
 * Begins to read from fd, and enlarges a pipe to 1 MiB. Returns false and sets err if there is no
 * memory. fd belongs to the input in any case.
 */
bool input_open(struct input *input, int fd, struct error *err);

/* Closes fd and frees the block. */
void input_close(struct input *input);

/*
 * Reads until at least len bytes are available; the block grows if a record needs it. len: at most
 * INPUT_MAX_RECORD and the length of headers. Returns false if the file ends before (err->text is
 * empty then), or if it cannot be read (err is set).
 */
bool input_fill(struct input *input, size_t len, struct error *err);

/* Returns how many bytes can be read at input_data(). */
static inline size_t input_available(const struct input *input)
{
	return input->end - input->start;
}

/* input_fill() that costs no call if the bytes are there. */
static inline bool input_require(struct input *input, size_t len, struct error *err)
{
	return input_available(input) >= len || input_fill(input, len, err);
}

/* Returns the first byte that is not consumed. */
static inline const uint8_t *input_data(const struct input *input)
{
	return input->block + input->start;
}

/*
 * Returns the start of the block, for packet.front: bytes in front of the first one are free.
 * Returns NULL while a part of the block is lent.
 */
static inline uint8_t *input_front(const struct input *input)
{
	return input->loan.settle ? NULL : input->block;
}

/* Skips len bytes, which must be available. */
static inline void input_consume(struct input *input, size_t len)
{
	input->start += len;
	input->offset += len;
}

#endif
