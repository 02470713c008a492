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

#include "io/abandoned.h"
#include "io/fd_name.h"
#include "io/interrupt.h"
#include "io/output_internal.h"
#include "io/output_path.h"
#include "io/sync.h"

/* Bytes. Buffers begin small, for ten thousand outputs at once, and double under load. */
enum { OUTPUT_FIRST = 1 << 10, OUTPUT_BLOCK = 256 << 10, OUTPUT_PIPE = 1 << 20 };
/* Bytes of a run; to copy a shorter one is cheaper than a write of its own. */
enum { OUTPUT_RUN = 16 << 10 };

static bool is_stdout(const struct output *output)
{
	return strcmp(output->name, "-") == 0;
}

const char *output_label(const struct output *output)
{
	return is_stdout(output) ? "standard output" : output->name;
}

static int output_duplicate(const struct output *output, int own, struct error *err)
{
	int fd = fcntl(own, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		error_errno(err, "%s", output_label(output));
	return fd;
}

static bool open_stdout(struct output *output, struct error *err)
{
	if (isatty(STDOUT_FILENO))
		return error_usage(err, "standard output is a terminal: captures are binary, "
					"use -w FILE or a pipe");
	output->fd = output_duplicate(output, STDOUT_FILENO, err);
	if (output->fd < 0)
		return false;
	fcntl(output->fd, F_SETPIPE_SZ, OUTPUT_PIPE);
	return true;
}

/* Opens a FIFO or a device, or copies the descriptor own (-1: none): no rename can replace them. */
static bool open_directly(struct output *output, int own, struct error *err)
{
	output->fd = own >= 0 ? output_duplicate(output, own, err)
			      : output_path_empty(output->name, err);
	if (output->fd < 0)
		return false;
	if (isatty(output->fd))
		return error_usage(err, "%s is a terminal: captures are binary", output->name);
	fcntl(output->fd, F_SETPIPE_SZ, OUTPUT_PIPE);
	return true;
}

static bool output_clear_tmp(const char *tmp, enum output_manner manner, struct error *err)
{
	struct error why = { 0 };

	if (manner == OUTPUT_RENEW)
		return TEMP_FAILURE_RETRY(unlink(tmp)) == 0 || errno == ENOENT;
	if (abandoned_clear(tmp, &why))
		return true;
	*err = why;
	if (manner == OUTPUT_REPLACE)
		error_set(err, "%s: choose another name", why.text);
	err->number = why.number;
	return false;
}

static bool open_tmp(struct output *output, enum output_manner manner, struct error *err)
{
	if (asprintf(&output->tmp, "%s.tmp", output->name) < 0) {
		output->tmp = NULL;
		return error_errno(err, "%s", output->name);
	}
	output->fd = output_path_create(output->tmp, &output->id, err);
	if (output->fd < 0 && err->number == EEXIST && output_clear_tmp(output->tmp, manner, err))
		output->fd = output_path_create(output->tmp, &output->id, err);
	/* Only where the .tmp itself is in the way, its name helps. */
	if (output->fd < 0 && err->number != EEXIST) {
		errno = err->number;
		error_errno(err, "%s", output->name);
	}
	return output->fd >= 0;
}

static bool output_grow(struct output *output, size_t need, struct error *err)
{
	size_t size = output->size ? output->size : OUTPUT_FIRST;
	uint8_t *buffer;

	while (size < need)
		size *= 2;
	if (size > OUTPUT_BLOCK && need <= OUTPUT_BLOCK)
		size = OUTPUT_BLOCK;
	if (size == output->size)
		return true;
	buffer = realloc(output->buffer, size);
	if (!buffer)
		return error_errno(err, "%s", output_label(output));
	output->buffer = buffer;
	output->size = size;
	return true;
}

/* The buffer comes first, so that no file is emptied if there is no memory to write to it. */
static bool open_itself(struct output *output, struct error *err)
{
	if (!output_grow(output, OUTPUT_FIRST, err))
		return false;
	output->fd = output_path_empty(output->name, err);
	return output->fd >= 0;
}

static bool open_regular(struct output *output, enum output_manner manner, struct error *err)
{
	output->keep = manner == OUTPUT_KEEP;
	return manner == OUTPUT_WATCH ? open_itself(output, err) : open_tmp(output, manner, err);
}

bool output_open(struct output *output, const char *name, enum output_manner manner,
		 struct error *err)
{
	struct stat st = { .st_mode = S_IFREG };
	int own = manner == OUTPUT_KEEP ? -1 : fd_name_lookup(name);
	bool opened;

	*output = (struct output){ .fd = -1, .name = name };
	if (is_stdout(output))
		opened = open_stdout(output, err);
	else if (manner == OUTPUT_KEEP)
		opened = open_regular(output, manner, err);
	else if (own >= 0)
		opened = open_directly(output, own, err);
	else if (stat(name, &st) < 0 && errno != ENOENT)
		opened = error_errno(err, "%s", name); /* it may be a device: no .tmp then */
	else if (S_ISREG(st.st_mode))
		opened = open_regular(output, manner, err);
	else if (S_ISDIR(st.st_mode))
		opened = error_set(err, "%s: is a directory", name);
	else
		opened = open_directly(output, -1, err);
	if (!opened) {
		if (output->fd >= 0)
			close(output->fd);
		free(output->tmp);
		free(output->buffer);
		*output = (struct output){ .fd = -1, .name = name };
	}
	return opened;
}

bool output_text(struct output *output, const char *name, struct error *err)
{
	int own;

	*output = (struct output){ .fd = -1, .name = name };
	own = is_stdout(output) ? STDOUT_FILENO : fd_name_lookup(name);
	output->fd = own >= 0 ? output_duplicate(output, own, err) : output_path_reuse(name, err);
	output->old = own < 0;
	return output->fd >= 0;
}

bool output_empty(struct output *output, struct error *err)
{
	bool old = output->old;

	output->old = false;
	return !old || output_path_cut(output->fd, output->name, err);
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

	output->sync = sync && !is_stdout(output) && fd_name_lookup(output->name) < 0 &&
		       fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Makes room for len more bytes in the buffer; flushes it first if it would exceed OUTPUT_BLOCK. */
static bool output_make_room(struct output *output, size_t len, struct error *err)
{
	if (output->used + len > OUTPUT_BLOCK && !output_write_out(output, err))
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

bool output_evict(struct output *output, struct error *err)
{
	struct error late;
	bool flushed = output_write_out(output, err);

	free(output->buffer);
	output->buffer = NULL;
	output->size = output->end = 0;
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
