/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "interrupt.h"
#include "source/pcap.h"
#include "source/pcapng.h"
#include "source/wiretap.h"
#include "tempfile.h"

enum { SHORTEST = 8 }; /* bytes; no format has a shorter mark and a packet */

void source_before_wait(struct source *source, struct source_hook hook)
{
	source->hook = hook;
	if (source->ops->hooked)
		source->ops->hooked(source);
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}

static bool copy(struct input *input, int fd, struct error *err)
{
	err->text[0] = '\0';
	do {
		ssize_t n = write(fd, input_at(input), input_ready(input));

		if (n < 0 && errno != EINTR)
			return error_errno(err, "temporary file");
		input_take(input, n < 0 ? 0 : (size_t)n);
	} while (input_ready(input) > 0 || input_fill(input, 1, err));
	return !err->text[0];
}

/* Copies what was read and the rest of a pipe to a file without a name: wiretap wants to seek. */
static int spool(struct input *input, struct error *err)
{
	int fd = tempfile_open(err);

	if (fd < 0 || (copy(input, fd, err) && lseek(fd, 0, SEEK_SET) == 0))
		return fd;
	close(fd);
	return -1;
}

static struct source *open_foreign(const char *name, struct input *input, struct error *err)
{
	struct source *source;
	int fd = input->fd;

	if (lseek(fd, 0, SEEK_SET) == 0) {
		input->fd = -1;
	} else {
		fd = spool(input, err);
		if (fd < 0) {
			error_wrap(err, "%s", name);
			return NULL;
		}
	}
	source = source_wiretap_open(name, fd, err);
	input_close(input);
	return source;
}

static struct source *open_input(const char *name, struct input *input, enum source_reader reader,
				 struct error *err)
{
	struct span head;
	bool enough = input_fill(input, 24, err); /* a shorter file may be some other format */

	if (!enough && err->text[0]) {
		error_wrap(err, "%s", name);
		return NULL;
	}
	head = span_of(input_at(input), input_ready(input));
	if (head.len == 0) {
		error_set(err, "%s: empty (0 bytes): not a capture", name);
		return NULL;
	}
	if (reader == READER_AUTO && source_pcap_knows(head))
		return source_pcap_open(name, input, err);
	if (reader == READER_AUTO && source_pcapng_knows(head))
		return source_pcapng_open(name, input, err);
	/* wiretap takes a few bytes of anything for JSON or MP4. */
	if (head.len < SHORTEST) {
		error_set(err, "%s: not a capture: only %zu bytes", name, head.len);
		return NULL;
	}
	return open_foreign(name, input, err);
}

struct source *source_open(const char *name, enum source_reader reader, struct error *err)
{
	struct source *source;
	struct input input;
	int fd;

	if (strcmp(name, "-") == 0) {
		name = "standard input";
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		fd = interrupt_open(AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	}
	if (fd < 0) {
		error_errno(err, "%s", name);
		return NULL;
	}
	err->text[0] = '\0';
	if (!input_open(&input, fd, err)) {
		error_wrap(err, "%s", name);
		input_close(&input);
		return NULL;
	}
	source = open_input(name, &input, reader, err);
	if (!source)
		input_close(&input);
	return source;
}
