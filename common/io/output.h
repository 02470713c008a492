/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to a file or pipe, block by block. A regular file has its final name only when complete,
 * unless it is to be watched.
 */
#ifndef VTAP_IO_OUTPUT_H
#define VTAP_IO_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/loan.h"

/* What becomes of a regular file, or a link to one, that has the name of an output. */
enum output_manner {
	OUTPUT_REPLACE, /* it is replaced by the complete one; an old NAME.tmp goes at once */
	OUTPUT_KEEP,	/* both stay: errno is EEXIST */
	OUTPUT_WATCH,	/* no NAME.tmp: it is emptied, to be watched while it grows; a link is an
			   error */
};

struct output {
	int fd;		  /* -1: parked */
	const char *name; /* as the user gave it */
	char *tmp;	  /* NAME.tmp; NULL when written directly (pipe, device, standard output,
			     or watched) */
	bool keep;	  /* a file that has the name */
	bool failed;	  /* a write failed: what follows would leave a hole */
	int late;	  /* errno of a failure that nobody was told of yet; 0: none */
	uint8_t *buffer;
	size_t used, size;
	size_t end;	   /* how far the buffer may be filled without a further look */
	struct loan *loan; /* of the run; NULL without one */
	uint8_t *run;	   /* borrowed bytes: they follow those of the buffer */
	size_t run_len;
	uint64_t written; /* bytes handed to the system */
};

/*
 * Opens "-" (standard output; refused when it is a terminal), a FIFO or device
 * directly, or NAME.tmp for a regular file, never through a symlink. name must
 * outlive the output. Pipes are enlarged to 1 MiB.
 */
bool output_open(struct output *output, const char *name, enum output_manner manner,
		 struct error *err);

/* For text: as OUTPUT_WATCH, but standard output and others may be terminals, and names links. */
bool output_text(struct output *output, const char *name, struct error *err);

/* What messages call it. */
const char *output_label(const struct output *output);

uint8_t *output_room_slow(struct output *output, size_t len, struct error *err);

/* Room for len bytes, after a flush if need be; NULL and err when that failed. */
static inline uint8_t *output_room(struct output *output, size_t len, struct error *err)
{
	if (output->used + len <= output->end)
		return output->buffer + output->used;
	return output_room_slow(output, len, err);
}

/* Says that len bytes of the room are filled. */
static inline void output_filled(struct output *output, size_t len)
{
	output->used += len;
}

uint8_t *output_borrow_slow(struct output *output, struct loan *loan, struct span bytes);

/*
 * Appends bytes that are lent without copying them: they are written before the loan ends. Returns
 * them, writable until the next call for this output; NULL: they cannot be borrowed, copy them.
 */
static inline uint8_t *output_borrow(struct output *output, struct loan *loan, struct span bytes)
{
	uint8_t *end = output->run + output->run_len;

	if (bytes.data != end || output->loan != loan)
		return output_borrow_slow(output, loan, bytes);
	output->run_len += bytes.len;
	return end;
}

/* Bytes taken so far, written or not. */
static inline uint64_t output_taken(const struct output *output)
{
	return output->written + output->used + output->run_len;
}

/* Appends bytes of any length. */
bool output_write(struct output *output, const void *bytes, size_t len, struct error *err);

/* Hands all that it holds to the system. */
bool output_flush(struct output *output, struct error *err);

/* Flushes, closes the descriptor, frees the buffer; the next write appends. Only with tmp. */
bool output_evict(struct output *output, struct error *err);

/* Closes the descriptor and keeps the buffer; the next write opens the file again. Only with tmp.
 */
bool output_suspend(struct output *output, struct error *err);

/*
 * Flushes, closes, renames when complete; frees. On failure err names the .tmp
 * file that holds what was written.
 */
bool output_close(struct output *output, bool complete, struct error *err);

#endif
