/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/compression.h"
#include "capture/pcap_reader.h"
#include "capture/pcapng_reader.h"
#include "capture/wiretap_reader.h"
#include "host/sandbox.h"
#include "io/fd_name.h"
#include "io/input.h"
#include "io/interrupt.h"
#include "io/tempfile.h"

enum {
	HEAD = 24,	       /* bytes by which a format is known */
	SHORTEST = 8,	       /* bytes; a shorter file holds no packet in any format */
	HEAD_PACKED = 5 << 20, /* compressed bytes, at least, in which HEAD bytes are looked for:
				  a block of lz4 has up to 4 MiB */
};

_Static_assert(HEAD == (int)COMPRESSION_HEAD, "what a peek shows is enough");

static const char standard_input[] = "standard input"; /* in messages */

static bool source_file_copy_pipe(struct input *input, int fd, struct error *err)
{
	err->text[0] = '\0';
	do {
		ssize_t n = write(fd, input_data(input), input_available(input));

		if (n < 0 && errno != EINTR)
			return error_errno(err, "temporary file");
		input_consume(input, n < 0 ? 0 : (size_t)n);
	} while (input_available(input) > 0 || input_fill(input, 1, err));
	if (input->interrupted)
		error_set(err, "ended by a signal before all of it came, which Wireshark's wiretap "
			       "needs: nothing is read");
	return !err->text[0];
}

/* Copies the input to a temporary file, as wiretap wants to seek. Returns its descriptor, or -1. */
static int source_file_spool(struct input *input, struct error *err)
{
	int fd = tempfile_open(err);

	if (fd < 0 || (source_file_copy_pipe(input, fd, err) && lseek(fd, 0, SEEK_SET) == 0))
		return fd;
	close(fd);
	return -1;
}

/*
 * wiretap reads from the start of a file. If standard input stands further on, where its capture
 * begins for our own readers, the rest is copied as if it came from a pipe.
 */
static bool source_file_rewind(const struct input *input)
{
	off_t at = lseek(input->fd, 0, SEEK_CUR);

	if (input->regular && at > (off_t)input_available(input))
		return false;
	return lseek(input->fd, 0, SEEK_SET) == 0;
}

static bool source_file_load_wiretap(struct input *input, struct error *err)
{
	int fd;

	if (!wiretap_reader_load(err))
		return false;
	if (source_file_rewind(input))
		return true;
	fd = source_file_spool(input, err);
	if (fd < 0)
		return false;
	close(input->fd);
	input->fd = fd;
	return true;
}

static bool source_file_is_native(struct span head)
{
	return pcap_reader_knows(head) || pcapng_reader_knows(head);
}

/* Returns false if what is inside is damaged or too short. */
static bool source_file_look_inside(struct source_file *file, uint8_t head[COMPRESSION_HEAD],
				    struct error *err)
{
	struct input *input = file->input;
	size_t len;

	do {
		len = input_available(input);
		if (compression_peek(file->compression, span_of(input_data(input), len), head) ==
		    HEAD)
			return true;
		if (len < HEAD_PACKED)
			input_fill(input, 2 * len, err);
	} while (input_available(input) > len);
	return false;
}

/* wiretap decompresses foreign formats by itself. What is damaged or too short counts as native, so
 * that the reader says what is wrong; but it does not tell that a file is a capture. */
static bool source_file_choose_packed(struct source_file *file, const char *name, struct error *err)
{
	uint8_t head[COMPRESSION_HEAD];
	bool known, native;

	file->state = CAPTURE_UNREADABLE;
	if (!compression_load(file->compression, name, err))
		return false;
	known = source_file_look_inside(file, head, err);
	native = known && source_file_is_native(span_of(head, HEAD));
	if (file->reader == READER_NATIVE)
		return native || error_set(err, "not a capture");
	file->foreign = known && !native;
	if (file->foreign)
		return source_file_load_wiretap(file->input, err);
	return !err->text[0];
}

/* Reads the first bytes and chooses the reader. */
static bool source_file_choose_reader(struct source_file *file, const char *name, struct error *err)
{
	struct input *input = file->input;
	/* A shorter file may be one of wiretap's formats. */
	bool enough = input_fill(input, HEAD, err);
	struct span head = span_of(input_data(input), input_available(input));

	if (!enough && err->text[0])
		return false;
	file->state = CAPTURE_NOT_READ;
	if (head.len == 0 && input->interrupted)
		return error_set(err, "ended by a signal before anything came");
	file->state = CAPTURE_EMPTY;
	if (head.len == 0)
		return error_set(err, "empty (0 bytes): not a capture");
	file->state = CAPTURE_NOT_ONE;
	if (file->reader != READER_WIRETAP && source_file_is_native(head))
		return true;
	if (file->reader != READER_WIRETAP)
		file->compression = compression_find(head);
	if (file->compression)
		return source_file_choose_packed(file, name, err);
	if (file->reader == READER_NATIVE)
		return error_set(err, "not a capture");
	/* wiretap takes a few bytes of anything for JSON or MP4. */
	if (head.len < SHORTEST)
		return error_set(err, "not a capture: only %zu bytes", head.len);
	file->foreign = true;
	file->state = CAPTURE_UNREADABLE;
	return source_file_load_wiretap(input, err);
}

/* Begins to read from a descriptor, which belongs to the file then, in blocks of so many bytes. */
static bool source_file_take_block(struct source_file *file, int fd, size_t block,
				   struct error *err)
{
	file->input = calloc(1, sizeof(*file->input));
	if (file->input)
		return input_open_block(file->input, fd, block, err);
	error_errno(err, "memory");
	close(fd);
	return false;
}

static bool source_file_take(struct source_file *file, int fd, struct error *err)
{
	return source_file_take_block(file, fd, INPUT_BLOCK, err);
}

/*
 * Opens a FIFO without waiting for a writer, which is then waited for before each read: that wait
 * also notices that the reader of the output is gone. poll(2) finds no end in a FIFO that nobody
 * has written to yet.
 */
static int source_file_open_fifo(const char *name, int flags)
{
	int fd = interrupt_open(AT_FDCWD, name, flags | O_NONBLOCK, 0);

	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static int source_file_open_name(const char *name, int flags)
{
	struct stat st;

	if (stat(name, &st) == 0 && S_ISFIFO(st.st_mode))
		return source_file_open_fifo(name, flags);
	return interrupt_open(AT_FDCWD, name, flags, 0);
}

/* Opens a file that nothing is known of. how is 0, or O_NONBLOCK to expect no FIFO. "-" is standard
 * input. */
static bool source_file_open_input(struct source_file *file, const char *name, int how,
				   struct error *err)
{
	int fd;

	if (strcmp(name, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = source_file_open_name(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | how);
	if (fd < 0) {
		error_errno(err, "%s", file->name);
		return false;
	}
	err->text[0] = '\0';
	if (source_file_take(file, fd, err))
		return true;
	error_wrap(err, "%s", file->name);
	return false;
}

/* A folder comes here if it stands for no captures: none is in it (capture/folder.h), or the tool
 * reads one capture only. */
static bool source_file_begin(struct source_file *file, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(file->input->fd, &st) == 0 && S_ISDIR(st.st_mode))
		error_set(err, "a folder: no capture was taken from it; name one, or try -R");
	else if (source_file_choose_reader(file, name, err))
		return true;
	error_wrap(err, "%s", file->name);
	return false;
}

bool source_file_probe(struct source_file *file, const char *name, enum source_reader reader,
		       struct error *err)
{
	*file = (struct source_file){ .name = name, .reader = reader, .state = CAPTURE_UNREADABLE };
	if (strcmp(name, "-") == 0)
		file->name = standard_input;
	if (source_file_open_input(file, name, 0, err) && source_file_begin(file, name, err)) {
		file->state = CAPTURE_NOT_READ;
		return true;
	}
	source_file_discard(file);
	return false;
}

bool source_file_park(struct source_file *file)
{
	const struct input *input = file->input;

	if (!input->regular || file->name == standard_input || fd_name_lookup(file->name) >= 0 ||
	    !file_id_get(input->fd, &file->id))
		return false;
	file->size = input->file_len;
	source_file_discard(file);
	return true;
}

static void source_file_tell_emptied(struct source_file *file, struct error *err)
{
	file->state = CAPTURE_EMPTY;
	error_set(err, "empty (0 bytes): it held a capture when the run began");
}

/* wiretap reads from the start of a file, our own readers go on from its first bytes. */
static bool source_file_continue(struct source_file *file, struct error *err)
{
	struct file_id id;

	if (!file_id_get(file->input->fd, &id))
		error_errno(err, "statx");
	else if (!file_id_same(&id, &file->id))
		error_set(err, "is another file than when the run began: left out");
	else if (file->input->file_len == 0 && file->size > 0)
		source_file_tell_emptied(file, err);
	else if (file->foreign || input_fill(file->input, HEAD, err) || !err->text[0])
		return true;
	error_wrap(err, "%s", file->name);
	return false;
}

bool source_file_reopen(struct source_file *file, struct error *err)
{
	file->state = CAPTURE_UNREADABLE;
	/* It was a regular file; a FIFO that stands there now would hold the run up. */
	if (source_file_open_input(file, file->name, O_NONBLOCK, err) &&
	    source_file_continue(file, err)) {
		file->state = CAPTURE_NOT_READ;
		return true;
	}
	source_file_discard(file);
	return false;
}

unsigned source_file_needs(void)
{
	return (wiretap_reader_loaded() ? SANDBOX_WIRETAP : 0U) |
	       (compression_loaded() ? SANDBOX_UNPACK : 0U);
}

bool source_file_is_regular(const struct source_file *file)
{
	return file->input && file->input->regular;
}

void source_file_discard(struct source_file *file)
{
	if (!file->input)
		return;
	input_close(file->input);
	free(file->input);
	file->input = NULL;
}

/* Goes on with what is inside a compressed file. */
static bool source_file_decode(struct source_file *file, struct error *err)
{
	struct input *input = file->input;
	struct decoder *decoder = file->compression->open(err);
	bool enough = decoder && input_decode(input, decoder, err) && input_fill(input, HEAD, err);
	struct span head;

	if (!enough && err->text[0]) {
		file->state = source_input_state(input);
		return false;
	}
	head = span_of(input_data(input), input_available(input));
	file->state = CAPTURE_NOT_ONE;
	return source_file_is_native(head) ||
	       error_set(err, "not a capture: the %s data hold %zu bytes%s",
			 file->compression->name, head.len, enough ? " and more" : "");
}

static struct source *source_file_open_reader(struct source_file *file, struct error *err)
{
	struct input *input = file->input;
	int fd = input->fd;

	file->state = CAPTURE_UNREADABLE;
	if (file->foreign) {
		file->state = CAPTURE_NOT_ONE;
		input->fd = -1;
		return wiretap_reader_open(file->name, fd, err);
	}
	if (file->compression && !source_file_decode(file, err)) {
		error_wrap(err, "%s", file->name);
		return NULL;
	}
	if (pcap_reader_knows(span_of(input_data(input), input_available(input))))
		return pcap_reader_open(file->name, input, err);
	return pcapng_reader_open(file->name, input, err);
}

/* A native reader has taken over the input, but not its struct. */
struct source *source_file_start(struct source_file *file, struct error *err)
{
	struct source *source = source_file_open_reader(file, err);

	if (!source || file->foreign) {
		source_file_discard(file);
		return source;
	}
	free(file->input);
	file->input = NULL;
	return source;
}

struct source *source_file_open(const char *name, enum source_reader reader, struct error *err)
{
	struct source_file file;

	return source_file_probe(&file, name, reader, err) ? source_file_start(&file, err) : NULL;
}

struct source *source_file_read_again(const char *name, const struct compression *compression,
				      struct error *err)
{
	struct source_file file = { .name = name, .compression = compression };
	int fd = TEMP_FAILURE_RETRY(open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));

	if (fd < 0) {
		error_errno(err, "%s", name);
		return NULL;
	}
	err->text[0] = '\0';
	if (source_file_take(&file, fd, err) &&
	    (input_fill(file.input, HEAD, err) || !err->text[0]))
		return source_file_start(&file, err);
	error_wrap(err, "%s", name);
	source_file_discard(&file);
	return NULL;
}

/* wiretap was loaded before, if it is installed: a sandbox lets nothing be loaded. */
static bool source_file_choose_loaded(struct source_file *file, struct error *err)
{
	struct input *input = file->input;
	bool enough = input_fill(input, HEAD, err);
	struct span head = span_of(input_data(input), input_available(input));

	if (!enough && err->text[0])
		return false;
	if (head.len == 0)
		return error_set(err, "empty (0 bytes): not a capture");
	if (source_file_is_native(head))
		return true;
	if (head.len < SHORTEST)
		return error_set(err, "not a capture: only %zu bytes", head.len);
	if (!wiretap_reader_loaded())
		return error_set(err,
				 "only Wireshark's wiretap reads this, which is not installed");
	file->foreign = true;
	return lseek(input->fd, 0, SEEK_SET) == 0 || error_errno(err, "cannot be read");
}

struct source *source_file_from(const char *name, int fd, size_t block, struct error *err)
{
	struct source_file file = { .name = name };

	err->text[0] = '\0';
	if (source_file_take_block(&file, fd, block, err) && source_file_choose_loaded(&file, err))
		return source_file_start(&file, err);
	error_wrap(err, "%s", name);
	source_file_discard(&file);
	return NULL;
}
