/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd_name.h"
#include "io/interrupt.h"
#include "io/output_internal.h"
#include "io/output_path.h"
#include "io/sync.h"

enum { OUTPUT_BLOCK = 256 << 10 }; /* bytes to which buffers grow */
enum { OUTPUT_PAGE = 4096 };	   /* bytes of a page of the page cache, or a part of one */
/* Bytes of a run; to copy a shorter one is cheaper than a write of its own. */
enum { OUTPUT_RUN = 16 << 10 };

const char *output_label(const struct output *output)
{
	return output_is_stdout(output) ? "standard output" : output->name;
}

static size_t output_most(const struct output *output)
{
	return output->most > 0 && output->most < OUTPUT_BLOCK ? output->most : OUTPUT_BLOCK;
}

bool output_grow(struct output *output, size_t need, struct error *err)
{
	size_t size = output->size ? output->size : OUTPUT_FIRST, most = output_most(output);
	uint8_t *buffer;

	while (size < need)
		size *= 2;
	if (size > most && size > output->size && need <= most)
		size = most;
	if (size == output->size)
		return true;
	buffer = realloc(output->buffer, size);
	if (!buffer)
		return error_errno(err, "%s", output_label(output));
	output->buffer = buffer;
	output->size = size;
	return true;
}

/* A file whose name another one has got is lost, which output_close() says: others are not. */
static bool output_reopen(struct output *output, struct error *err)
{
	struct error cause = { 0 };

	output->fd = output_path_again(output->tmp, &output->id, &cause);
	output->lost = output->fd < 0 && cause.number == ESTALE;
	if (output->fd < 0 && !output->lost)
		*err = cause;
	return output->fd >= 0 || output->lost;
}

/* Linux closes the descriptor even if it says EINTR; a second close(2) could hit a new one. */
static bool output_close_fd(int fd)
{
	return close(fd) == 0 || errno == EINTR;
}

/* A process that shares this end of the pipe may have set O_NONBLOCK: wait until it is writable. */
static bool output_may_retry(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	if (errno == EINTR)
		return true;
	return errno == EAGAIN && (poll(&wait, 1, -1) >= 0 || errno == EINTR);
}

/* A regular file never waits. */
static ssize_t output_write_some(const struct output *output, struct span bytes)
{
	return output->tmp ? write(output->fd, bytes.data, bytes.len)
			   : interrupt_write(output->fd, bytes.data, bytes.len);
}

bool output_write_file(struct output *output, struct span bytes, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = output->lost ? (ssize_t)bytes.len : output_write_some(output, bytes);

		if (n < 0 && output_may_retry(output->fd))
			continue;
		if (n < 0) {
			output->failed = true;
			return error_errno(err, "%s", output_label(output));
		}
		bytes = span_from(bytes, (size_t)n);
		output->written += output->encode ? 0 : (uint64_t)n;
	}
	return true;
}

static bool output_write_all(struct output *output, const uint8_t *bytes, size_t len,
			     struct error *err)
{
	if (len > 0 && output->fd < 0 && !output->lost && !output_reopen(output, err)) {
		output->failed = true;
		return false;
	}
	if (!output->encode || len == 0)
		return output_write_file(output, span_of(bytes, len), err);
	output->written += len;
	output->unflushed = true;
	return output_encode_bytes(output, span_of(bytes, len), ENCODER_MORE, err);
}

/* Ends the member that is written, as the descriptor is about to be closed. */
static bool output_end_member(struct output *output, struct error *err)
{
	output->unflushed = false;
	return !output->encoder || output_encode_bytes(output, span_of("", 0), ENCODER_END, err);
}

/* Reports an error that no caller could receive when it happened. */
static bool output_report_late(struct output *output, struct error *err)
{
	errno = output->late;
	return output->late == 0 || error_errno(err, "%s", output_label(output));
}

static size_t output_run_len(const struct output *output)
{
	return (size_t)(output->run_end - output->run);
}

/* Ends the run and its loan, and returns the bytes, which the caller writes or copies. */
static struct span output_take_run(struct output *output)
{
	struct span run = span_of(output->run, output_run_len(output));

	if (output->loan)
		output->loan->settle = NULL;
	output->loan = NULL;
	output->run = NULL;
	output->run_end = NULL;
	output->end = output->late ? 0 : output->size;
	return run;
}

/* After a failed write the buffer is empty: a second try could write some bytes twice. */
static bool output_write_out(struct output *output, struct error *err)
{
	size_t used = output->used;
	struct span run = output_take_run(output);

	output->used = 0;
	return output_report_late(output, err) &&
	       output_write_all(output, output->buffer, used, err) &&
	       output_write_all(output, run.data, run.len, err);
}

bool output_flush(struct output *output, struct error *err)
{
	if (!output_write_out(output, err))
		return false;
	if (!output->unflushed)
		return true;
	output->unflushed = false;
	return output_encode_bytes(output, span_of("", 0), ENCODER_FLUSH, err);
}

void output_compress(struct output *output, struct encoder *(*encode)(struct error *err))
{
	output->encode = encode;
}

void output_sync(struct output *output, bool sync)
{
	struct stat st;

	output->sync = sync && !output_is_stdout(output) && fd_name_lookup(output->name) < 0 &&
		       fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * Writes the buffer up to the end of a page of the file, and keeps the rest: a page that is written
 * in two pieces costs the system nearly as much as two pages.
 */
static bool output_write_pages(struct output *output, struct error *err)
{
	size_t rest = (output->written + output->used) % OUTPUT_PAGE, used = output->used;

	if (rest >= used || output->run || output->encode)
		return output_write_out(output, err);
	output->used = used - rest;
	if (!output_write_out(output, err))
		return false;
	memmove(output->buffer, output->buffer + used - rest, rest);
	output->used = rest;
	return true;
}

/* Makes room for len more bytes in the buffer; flushes it first if it would exceed its limit. */
static bool output_make_room(struct output *output, size_t len, struct error *err)
{
	size_t need = output->used + len;

	if (need > output->size && need > output_most(output) && !output_write_pages(output, err))
		return false;
	if (!output_grow(output, output->used + len, err))
		return false;
	output->end = output->size;
	return true;
}

/* Copies a short run to the buffer; writes the buffer and a long run. */
static bool output_end_run(struct output *output, struct error *err)
{
	struct span run;

	if (output_run_len(output) >= OUTPUT_RUN)
		return output_write_out(output, err);
	run = output_take_run(output);
	if (!output_report_late(output, err))
		return false;
	if (run.len == 0)
		return true;
	if (!output_make_room(output, run.len, err)) {
		output->failed = true;
		return false;
	}
	memcpy(output->buffer + output->used, run.data, run.len);
	output->used += run.len;
	return true;
}

uint8_t *output_room_slow(struct output *output, size_t len, struct error *err)
{
	if (!output_end_run(output, err) || !output_make_room(output, len, err))
		return NULL;
	return output->buffer + output->used;
}

/* A loan ends from within the source, which cannot receive the error: it is kept in `late`. */
static bool output_end_run_early(struct output *output)
{
	struct error err = { .number = 0 };

	if (output_end_run(output, &err))
		return true;
	output->late = err.number ? err.number : EIO;
	output->used = output->end = 0;
	return false;
}

static void output_settle_run(void *holder)
{
	output_end_run_early(holder);
}

uint8_t *output_borrow_slow(struct output *output, struct loan *loan, struct span bytes)
{
	uint8_t *start = loan ? loan_find(loan, bytes) : NULL;

	if (!start || !output_end_run_early(output))
		return NULL;
	loan_settle(loan);
	loan->settle = output_settle_run;
	loan->holder = output;
	output->loan = loan;
	output->run = start;
	output->run_end = start + bytes.len;
	output->end = 0;
	return start;
}

bool output_write(struct output *output, const void *bytes, size_t len, struct error *err)
{
	uint8_t *room;

	if (len == 0)
		return output_report_late(output, err);
	if (len >= OUTPUT_BLOCK)
		return output_write_out(output, err) &&
		       output_write_all(output, (const uint8_t *)bytes, len, err);
	room = output_room(output, len, err);
	if (!room)
		return false;
	memcpy(room, bytes, len);
	output_filled(output, len);
	return true;
}

bool output_suspend(struct output *output, struct error *err)
{
	bool ended = output_end_member(output, err);
	int fd = output->fd;

	output->fd = -1;
	if (fd < 0 || output_close_fd(fd))
		return ended;
	output->failed = true; /* some file systems report here that bytes were not written */
	return ended && error_errno(err, "%s", output->name);
}

bool output_release(struct output *output, struct error *err)
{
	bool flushed = output_write_out(output, err);

	free(output->buffer);
	output->buffer = NULL;
	output->size = output->end = 0;
	return flushed;
}

bool output_evict(struct output *output, struct error *err)
{
	struct error late;
	bool flushed = output_release(output, err);

	return output_suspend(output, flushed ? err : &late) && flushed;
}

/* A file whose place another one has taken gets no name, so nothing hangs on its bytes. */
static bool output_sync_file(struct output *output, struct error *err)
{
	if (!output->sync || (output->fd < 0 && !output->lost && !output_reopen(output, err)))
		return !output->sync;
	return output->lost || sync_file(output->fd, output->name, err);
}

static bool output_close_and_rename(struct output *output, bool complete, struct error *err)
{
	int fd = output->fd;

	output->fd = -1;
	if (fd >= 0 && !output_close_fd(fd))
		return error_errno(err, "%s", output_label(output));
	if (output->lost)
		return output_path_lost(output->tmp, err);
	return !complete ||
	       output_path_rename(output->tmp, &output->id, output->name, output->keep, err);
}

/* Closing tells whether all bytes were written, so it comes before the rename; a second descriptor
 * holds the lock until then. */
static bool output_finish(struct output *output, bool complete, struct error *err)
{
	int lock = -1;
	bool done;

	complete = complete && output->tmp;
	if (complete && output->fd >= 0)
		lock = fcntl(output->fd, F_DUPFD_CLOEXEC, 3);
	done = output_close_and_rename(output, complete, err);
	if (lock >= 0)
		close(lock);
	return done;
}

bool output_close(struct output *output, bool complete, struct error *err)
{
	bool done = output_report_late(output, err) && !output->failed &&
		    output_write_out(output, err) && output_end_member(output, err) &&
		    (!complete || output_sync_file(output, err));
	struct error second;

	output_take_run(output);
	if (output->encoder)
		output->encoder->ops->close(output->encoder);
	done = output_finish(output, complete && done, done ? err : &second) && done;
	if (output->tmp && !done && err->number != ESTALE)
		error_wrap(err, "what was written is in %s", output->tmp);
	if (done && complete && output->sync && output->tmp)
		done = sync_folder(output->name, err);
	free(output->tmp);
	free(output->buffer);
	*output = (struct output){ .fd = -1 };
	return done;
}
