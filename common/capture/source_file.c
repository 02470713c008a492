/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/pcap_reader.h"
#include "capture/pcapng_reader.h"
#include "capture/wiretap_reader.h"
#include "io/input.h"
#include "io/interrupt.h"
#include "io/tempfile.h"

enum { SHORTEST = 8 }; /* bytes; a shorter file holds no packet in any format */

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

/* Reads the first bytes and chooses the reader. */
static bool source_file_choose_reader(struct source_file *file, struct error *err)
{
	struct input *input = file->input;
	/* A shorter file may be one of wiretap's formats. */
	bool enough = input_fill(input, 24, err);
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
	if (file->reader == READER_AUTO && (pcap_reader_knows(head) || pcapng_reader_knows(head)))
		return true;
	/* wiretap takes a few bytes of anything for JSON or MP4. */
	if (head.len < SHORTEST)
		return error_set(err, "not a capture: only %zu bytes", head.len);
	file->foreign = true;
	file->state = CAPTURE_UNREADABLE;
	return source_file_load_wiretap(input, err);
}

static bool source_file_open_input(struct source_file *file, const char *name, struct error *err)
{
	int fd;

	if (strcmp(name, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = interrupt_open(AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	if (fd < 0) {
		error_errno(err, "%s", file->name);
		return false;
	}
	err->text[0] = '\0';
	file->input = calloc(1, sizeof(*file->input));
	if (file->input && input_open(file->input, fd, err) && source_file_choose_reader(file, err))
		return true;
	if (!file->input) {
		error_errno(err, "memory");
		close(fd);
	}
	error_wrap(err, "%s", file->name);
	return false;
}

bool source_file_probe(struct source_file *file, const char *name, enum source_reader reader,
		       struct error *err)
{
	*file = (struct source_file){ .name = name, .reader = reader, .state = CAPTURE_UNREADABLE };
	if (strcmp(name, "-") == 0)
		file->name = "standard input";
	if (source_file_open_input(file, name, err)) {
		file->state = CAPTURE_NOT_READ;
		return true;
	}
	source_file_discard(file);
	return false;
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

static struct source *source_file_open_reader(const struct source_file *file, struct error *err)
{
	struct input *input = file->input;
	int fd = input->fd;

	if (file->foreign) {
		input->fd = -1;
		return wiretap_reader_open(file->name, fd, err);
	}
	if (pcap_reader_knows(span_of(input_data(input), input_available(input))))
		return pcap_reader_open(file->name, input, err);
	return pcapng_reader_open(file->name, input, err);
}

/* A native reader has taken over the input, but not its struct. */
struct source *source_file_start(struct source_file *file, struct error *err)
{
	struct source *source = source_file_open_reader(file, err);

	if (!source)
		file->state = file->foreign ? CAPTURE_NOT_ONE : CAPTURE_UNREADABLE;
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
