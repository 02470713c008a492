/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes to a file or pipe, block by block; a regular file has its final name only when it is
 * complete. */
#ifndef VTAP_OUTPUT_H
#define VTAP_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct output {
	int fd;
	const char *name; /* as the user gave it */
	char *tmp;	  /* NAME.tmp; NULL when written directly (pipe, device, standard output) */
	uint8_t *buffer;
	size_t used, size;
};

/*
 * Opens "-" (standard output; refused when it is a terminal), a FIFO or device directly, or
 * NAME.tmp for a regular file: created with O_NOFOLLOW, never through a symlink. name must outlive
 * the output. Pipes are enlarged to 1 MiB.
 */
bool output_open(struct output *output, const char *name, struct error *err);

/* Room for len bytes in the buffer (flushes first if need be); NULL and err when a write failed or
 * len exceeds OUTPUT_MAX_RECORD. */
uint8_t *output_room(struct output *output, size_t len, struct error *err);
/* Says that len bytes of the room are filled. */
static inline void output_filled(struct output *output, size_t len)
{
	output->used += len;
}

/* Appends bytes of any length. */
bool output_write(struct output *output, const void *bytes, size_t len, struct error *err);
bool output_flush(struct output *output, struct error *err);
/* Flushes, closes, renames when complete; frees. On failure err names the .tmp file that holds what
 * was written. */
bool output_close(struct output *output, bool complete, struct error *err);

#endif
