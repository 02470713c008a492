/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a file or a pipe block by block. A regular file is written as NAME.tmp and gets its name
 * when it is complete, unless it is to be watched while it grows. An output can be suspended, so
 * that thousands of them share few descriptors.
 */
#ifndef VTAP_IO_OUTPUT_H
#define VTAP_IO_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/loan.h"
#include "io/encoder.h"
#include "io/output_path.h"

/* How to treat a regular file, or a link to one, that already has the name of an output. */
enum output_manner {
	OUTPUT_REPLACE, /* the complete file replaces it; an old NAME.tmp that nobody writes any
			   more gets another name when opening (io/abandoned.h), and else
			   output_open() fails with EEXIST */
	OUTPUT_RENEW,	/* the complete file replaces it; an old NAME.tmp is removed when opening,
			   as it is nothing that anybody misses */
	OUTPUT_KEEP,	/* it stays, whatever it is: output_close() fails with EEXIST. With an
			   old NAME.tmp as OUTPUT_REPLACE */
	OUTPUT_WATCH,	/* it is emptied and written itself, to be watched; a link is an error */
};

/*
 * The bytes of an output stand in three places, in this order: in the file (written), in the buffer
 * (used), and in the block of a loan (the run: borrowed bytes that stand side by side).
 */
struct output {
	/* What each record needs comes first, in one cache line. */
	uint8_t *buffer;
	size_t used, size;	  /* bytes of the buffer */
	size_t end;		  /* bytes up to which output_room() gives room at once */
	uint64_t written;	  /* bytes handed to the system, or to the encoder */
	uint8_t *run;		  /* borrowed bytes */
	uint8_t *run_end;	  /* behind the last byte of the run; NULL as `run` is */
	struct loan *loan;	  /* loan of the run; NULL if there is no run */
	size_t most;		  /* output_limit(): bytes to which the buffer grows; 0: 256 KiB */
	int fd;			  /* -1 while suspended */
	const char *name;	  /* as the user gave it */
	char *tmp;		  /* NAME.tmp; NULL if the output is written directly */
	struct output_path_id id; /* of the file called NAME.tmp */
	bool keep;		  /* OUTPUT_KEEP */
	bool old;		  /* output_text(): the file may have bytes from before */
	bool lost;		  /* NAME.tmp is another file now: nothing is written any more, and
				     output_close() says so */
	bool failed; /* a write failed: later bytes would leave a hole, so the file is never
			complete */
	int late;    /* errno of a write that failed while no caller could receive it, else 0;
			output_room(), _write(), _flush() and _close() report it */
	/* Makes an encoder for each member of a compressed file; NULL if bytes are written as they
	 * are */
	struct encoder *(*encode)(struct error *err);
	bool sync;		 /* output_sync() has asked for it */
	struct encoder *encoder; /* of the member that is written; NULL between members */
	bool unflushed;		 /* the encoder has taken bytes since it was flushed */
};

/*
 * Opens an output: standard output for "-"; NAME.tmp for a regular file, or a link to one, which
 * the complete file replaces; a FIFO, a character device or an open descriptor (io/fd_name.h)
 * directly, as io/output_path.h says. Enlarges a pipe to 1 MiB. name must outlive the output.
 * Returns false and sets err if that fails, or if name is a terminal or a directory; nothing is
 * left to close then.
 */
bool output_open(struct output *output, const char *name, enum output_manner manner,
		 struct error *err);

/*
 * From now on the file is compressed by encoders that `encode` makes. Nothing may be written yet.
 * Each time that the descriptor is closed a member of the compressed file ends, and the next write
 * begins a further one; decompressed they are one file.
 */
void output_compress(struct output *output, struct encoder *(*encode)(struct error *err));

/*
 * If sync is true, output_close() with `complete` has a regular file on the disk before the file
 * gets its name, and the name before it returns (io/sync.h). A file of OUTPUT_WATCH has its name
 * already: capture/sink_file.h sees to its folder. Of pipes, devices and descriptors that were open
 * nothing is asked.
 */
void output_sync(struct output *output, bool sync);

/*
 * Opens an output for text. It is written directly, as with OUTPUT_WATCH, but it may be a terminal,
 * and a file is not emptied before output_empty(). name must outlive the output. Returns false and
 * sets err if the file cannot be opened.
 */
bool output_text(struct output *output, const char *name, struct error *err);

/* Empties the file of output_text(), into which nothing was written yet; a descriptor that was open
 * (io/fd_name.h) is left as it is. Returns false and sets err if that fails. */
bool output_empty(struct output *output, struct error *err);

/* Returns the name of the output in messages. It lives as long as the name. */
const char *output_label(const struct output *output);

/* The part of output_room() for a buffer that is too small or behind which bytes are borrowed. */
uint8_t *output_room_slow(struct output *output, size_t len, struct error *err);

/*
 * Returns room for len bytes in the buffer, which is flushed or grows if need be; the caller fills
 * it and calls output_filled() before any other call for this output. Returns NULL and sets err if
 * a write failed or there is no memory. A len above 256 KiB makes the buffer that large:
 * use output_write() for bytes that stand somewhere already.
 */
static inline uint8_t *output_room(struct output *output, size_t len, struct error *err)
{
	if (output->used + len <= output->end)
		return output->buffer + output->used;
	return output_room_slow(output, len, err);
}

/* Appends the first len bytes of the room, which the caller has filled. */
static inline void output_filled(struct output *output, size_t len)
{
	output->used += len;
}

/* The part of output_borrow() for bytes that do not continue the run. */
uint8_t *output_borrow_slow(struct output *output, struct loan *loan, struct span bytes);

/*
 * Appends bytes of a loan without copying them; they are written before the loan ends. Returns
 * them, writable until the next call for this output, or NULL if they cannot be borrowed: then the
 * caller copies them. loan may be NULL. If a write fails here, or when the loan ends, the next
 * output_room(), output_write(), output_flush() or output_close() reports it.
 */
static inline uint8_t *output_borrow(struct output *output, struct loan *loan, struct span bytes)
{
	uint8_t *end = output->run_end;

	if (bytes.data != end || output->loan != loan)
		return output_borrow_slow(output, loan, bytes);
	output->run_end += bytes.len;
	return end;
}

/* Returns the number of bytes appended so far, written or not. */
static inline uint64_t output_taken(const struct output *output)
{
	return output->written + output->used + (size_t)(output->run_end - output->run);
}

/*
 * Appends a copy of len bytes, any number. Returns false and sets err if a write failed or there is
 * no memory.
 */
bool output_write(struct output *output, const void *bytes, size_t len, struct error *err);

/*
 * Hands all bytes to the system. Returns false and sets err if that fails; those that were not
 * written are lost then.
 */
bool output_flush(struct output *output, struct error *err);

/*
 * From now on the buffer is written when it has `most` bytes, instead of growing further; 0 stands
 * for 256 KiB, which is also the most. A buffer that is larger already stays as it is, and a longer
 * record makes it as long.
 */
static inline void output_limit(struct output *output, size_t most)
{
	output->most = most;
}

/* Writes what is in the buffer and frees it; the descriptor stays open. Returns false and sets err
 * if that fails; bytes that could not be written are lost then. */
bool output_release(struct output *output, struct error *err);

/*
 * Flushes, closes the descriptor and frees the buffer; the next write opens the file again and
 * appends. Only for outputs with tmp. Returns false and sets err if that fails; bytes that could
 * not be written are lost then.
 */
bool output_evict(struct output *output, struct error *err);

/*
 * Closes the descriptor, but keeps the buffer; the next write opens the file again and appends.
 * Only for outputs with tmp. Returns false and sets err if that fails.
 */
bool output_suspend(struct output *output, struct error *err);

/*
 * Flushes, closes and frees the output, in any case. If complete is true, the file gets its final
 * name; if it is false, the file stays NAME.tmp. If somebody has put another file in the place of
 * NAME.tmp, that one does not get the name, and err->number is ESTALE. Returns false and sets err
 * if that fails; err then names the .tmp file that holds what was written. After a write has failed
 * (output->failed), err must be the one that this write has set: its text is kept. An err that is
 * only zeroed then names the file, but not the failure; one that is not initialised must not be
 * given.
 */
bool output_close(struct output *output, bool complete, struct error *err);

#endif
