/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file or a pipe block by block, and shows the bytes where they stand in the block. They
 * stay there until the next input_fill(), or as long as an output has borrowed them (base/loan.h).
 * What is compressed is read through a decoder.
 */
#ifndef VTAP_IO_INPUT_H
#define VTAP_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/loan.h"
#include "io/decoder.h"

/* Bytes of the block of input_open(): 256 KiB stay in the second-level cache; more were no faster.
 */
enum { INPUT_BLOCK = 256 << 10 };

enum { INPUT_MAX_RECORD = 256 << 20 }; /* bytes; readers refuse a longer record as damaged */

/* A function that an input calls before a read that would block, to flush outputs in time. */
struct input_hook {
	bool (*before_wait)(void *arg); /* returns false to end the input; may be NULL */
	void *arg;
};

/* Why input_fill() failed with err set. */
enum input_fault {
	INPUT_UNREADABLE, /* read(2) failed, or there is no memory */
	INPUT_CUT,	  /* compressed data end too early */
	INPUT_DAMAGED,	  /* compressed data contradict themselves */
};

struct input_packed; /* compressed bytes that were read and not yet decoded */

struct input {
	int fd;
	struct input_packed *packed; /* NULL if the block has the bytes of the file */
	uint8_t *block;
	size_t size;		/* bytes of the block */
	struct loan loan;	/* of the block to an output */
	size_t start, end;	/* bytes in the block that were read and not yet consumed */
	uint64_t offset;	/* of block[start] in the file as it is decoded, bytes */
	uint64_t file_len;	/* bytes of a regular file from where reading began; else 0 */
	bool ended;		/* read(2) said end of file */
	bool regular;		/* a regular file never blocks */
	enum input_fault fault; /* of the last failure */
	bool interrupted;	/* ended because before_wait or a signal asked for it */
	struct input_hook hook; /* set after input_open() */
};

/*
 * Begins to read from fd, and enlarges a pipe to 1 MiB. Returns false and sets err if there is no
 * memory or fstat(2) fails. fd belongs to the input in any case: the caller calls input_close()
 * after a failure, too.
 */
bool input_open(struct input *input, int fd, struct error *err);

/* Does what input_open() does, with a block of `size` bytes at first, at least 1: for a process
 * that reads a thousand files at once. */
bool input_open_block(struct input *input, int fd, size_t size, struct error *err);

/* Closes fd and frees the block, and the decoder if there is one. */
void input_close(struct input *input);

/*
 * From now on the input is what the decoder makes of the bytes from input_data() on. Nothing may be
 * lent or consumed. The decoder belongs to the input in any case. Returns false and sets err if
 * there is no memory; input_close() is still to be called.
 */
bool input_decode(struct input *input, struct decoder *decoder, struct error *err);

/*
 * Reads until at least len bytes are available; the block grows if a record needs it. len: at most
 * INPUT_MAX_RECORD plus the length of a record's header. Returns false if the file ends before, or
 * was made to end (input->interrupted); err->text is empty then. Also returns false, and sets err,
 * if the file cannot be read or there is no memory.
 */
bool input_fill(struct input *input, size_t len, struct error *err);

/* Returns how many bytes can be read at input_data(). */
static inline size_t input_available(const struct input *input)
{
	return input->end - input->start;
}

/*
 * Does what input_fill() does, without a call if the bytes are there; err->text is not touched
 * then.
 */
static inline bool input_require(struct input *input, size_t len, struct error *err)
{
	return input_available(input) >= len || input_fill(input, len, err);
}

/* Returns the first byte that is not consumed. The pointer is valid until the next input_fill(). */
static inline const uint8_t *input_data(const struct input *input)
{
	return input->block + input->start;
}

/*
 * Returns the start of the block: from there up to input_data() stand consumed bytes, which may be
 * overwritten (`front` of struct packet). Returns NULL while a part of the block is lent.
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

/* Adds the bytes of the file that were consumed, or decoded if they are compressed, to *done, and
 * the bytes that a regular file has to *total. */
void input_progress(const struct input *input, uint64_t *done, uint64_t *total);

#endif
