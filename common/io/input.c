/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/input_internal.h"
#include "io/interrupt.h"

enum { INPUT_LEAST = 64 << 10, INPUT_PIPE = 1 << 20 };

bool input_open(struct input *input, int fd, struct error *err)
{
	return input_open_block(input, fd, INPUT_BLOCK, err);
}

bool input_open_block(struct input *input, int fd, size_t size, struct error *err)
{
	struct stat st;

	*input = (struct input){ .fd = fd, .size = size, .block = malloc(size) };
	if (!input->block || fstat(fd, &st) < 0)
		return error_errno(err, "open");
	input->loan = (struct loan){ .memory = input->block, .size = input->size };
	input->regular = S_ISREG(st.st_mode);
	if (input->regular && st.st_size > lseek(fd, 0, SEEK_CUR))
		input->file_len = (uint64_t)(st.st_size - lseek(fd, 0, SEEK_CUR));
	if (S_ISFIFO(st.st_mode))
		fcntl(fd, F_SETPIPE_SZ, INPUT_PIPE);
	return true;
}

void input_close(struct input *input)
{
	loan_settle(&input->loan);
	if (input->fd >= 0)
		close(input->fd);
	free(input->block);
	input_packed_free(input->packed);
	*input = (struct input){ .fd = -1 };
}

bool input_decode(struct input *input, struct decoder *decoder, struct error *err)
{
	struct span read = span_of(input_data(input), input_available(input));

	input->packed = input_packed_new(decoder, read, input->ended, err);
	input->start = input->end = 0;
	input->ended = false;
	return input->packed != NULL;
}

void input_progress(const struct input *input, uint64_t *done, uint64_t *total)
{
	if (!input->regular)
		return;
	*done += input->packed ? input_packed_decoded(input->packed) : input->offset;
	*total += input->file_len;
}

/* poll() is repeated after a signal: a read instead would wait with unflushed sinks. */
static bool input_would_block(const struct input *input)
{
	struct pollfd wait = { .fd = input->fd, .events = POLLIN };

	return !input->regular && TEMP_FAILURE_RETRY(poll(&wait, 1, 0)) == 0;
}

/* The hook handles events, so an event that ends the wait calls it again. */
static bool input_wait_with_hook(const struct input *input, struct error *err)
{
	struct pollfd wait[1 + INTERRUPT_OWN_FDS] = { { .fd = input->fd, .events = POLLIN } };
	enum interrupt_woken woken;

	do {
		if (!input->hook.before_wait(input->hook.arg))
			return false;
		woken = interrupt_poll(wait, 1, -1);
	} while (woken == WOKEN_EVENT);
	if (woken == WOKEN_FAILED)
		return error_errno(err, "poll");
	return woken != WOKEN_END;
}

/* Sinks are flushed just before a wait: so output is prompt when idle, and in blocks under load. */
static bool input_wait(struct input *input, struct error *err)
{
	if (!input_would_block(input))
		return true;
	return input->hook.before_wait ? input_wait_with_hook(input, err)
				       : interrupt_wait(input->fd, err);
}

bool input_read_file(struct input *input, struct patch to, size_t *len, struct error *err)
{
	ssize_t n;

	if (!input_wait(input, err)) {
		input->interrupted = input->ended = !err->text[0];
		return false;
	}
	do
		n = read(input->fd, to.data, to.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "read");
	*len = (size_t)n;
	return true;
}

static bool input_read_once(struct input *input, struct error *err)
{
	struct patch room = { input->block + input->end, input->size - input->end };
	size_t len = 0;

	if (!(input->packed ? input_packed_read : input_read_file)(input, room, &len, err))
		return false;
	input->ended = len == 0;
	input->end += len;
	input->loan.end = input->block + input->end;
	return len > 0;
}

/* A pipe gives little at a time: lent bytes stay in place while there are INPUT_LEAST behind. */
static bool input_has_room(const struct input *input, size_t len)
{
	return input->loan.settle && len <= input->size - input->start &&
	       INPUT_LEAST <= input->size - input->end;
}

/* Moves what is not consumed to the front, and makes room for len bytes in all. */
static bool input_make_room(struct input *input, size_t len, struct error *err)
{
	uint8_t *block;
	size_t size = input->size;

	if (input_has_room(input, len))
		return true;
	loan_settle(&input->loan);
	if (input->start > 0) {
		memmove(input->block, input->block + input->start, input_available(input));
		input->end -= input->start;
		input->start = 0;
	}
	while (size < len)
		size *= 2;
	if (size == input->size)
		return true;
	block = realloc(input->block, size);
	if (!block)
		return error_errno(err, "a record of %zu bytes", len);
	input->block = block;
	input->size = size;
	input->loan = (struct loan){ .memory = block, .size = size };
	return true;
}

/*
 * A record may claim any length: the block is doubled only when bytes have filled it, so a false
 * length costs no memory.
 */
bool input_fill(struct input *input, size_t len, struct error *err)
{
	err->text[0] = '\0';
	while (input_available(input) < len) {
		size_t want = input_available(input) + INPUT_BLOCK / 2;

		if (input->ended)
			return false;
		if (!input_make_room(input, want < len ? want : len, err) ||
		    !input_read_once(input, err))
			return false;
	}
	return true;
}
