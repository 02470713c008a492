/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures in memory: read from, and written through a pipe. */
#ifndef VTAP_FUZZ_MEMORY_H
#define VTAP_FUZZ_MEMORY_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/pcap_reader.h"
#include "capture/pcapng_reader.h"
#include "capture/sink.h"
#include "fuzz.h"

/* A file of these bytes, at its beginning. */
static inline int memory_file(struct span bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static inline struct source *memory_open(struct input *input, bool ng, struct error *err)
{
	struct span head;

	input_fill(input, 24, err);
	head = span_of(input_data(input), input_available(input));
	if (ng)
		return pcapng_reader_knows(head) ? pcapng_reader_open("input", input, err) : NULL;
	return pcap_reader_knows(head) ? pcap_reader_open("input", input, err) : NULL;
}

/* Opens bytes with a native reader, of pcapng (ng) or pcap; NULL when they are none. */
static inline struct source *memory_source(struct span bytes, bool ng)
{
	struct input input;
	struct error err = { 0 };
	struct source *source;

	FUZZ_CHECK(input_open(&input, memory_file(bytes), &err));
	source = memory_open(&input, ng, &err);
	if (!source)
		input_close(&input);
	return source;
}

enum { MEMORY_PIPE = 1 << 20 };

struct memory_pipe {
	int end[2];
	char name[32];
};

/* What is written to name can be taken, up to a mebibyte at once. */
static inline void memory_pipe_open(struct memory_pipe *memory)
{
	FUZZ_CHECK(pipe2(memory->end, O_CLOEXEC | O_NONBLOCK) == 0);
	fcntl(memory->end[1], F_SETPIPE_SZ, MEMORY_PIPE);
	snprintf(memory->name, sizeof(memory->name), "/proc/self/fd/%d", memory->end[1]);
}

/* With a NUL behind; holds until the next call. */
static inline const uint8_t *memory_pipe_take(struct memory_pipe *memory, size_t *len)
{
	static uint8_t bytes[MEMORY_PIPE + 1];
	ssize_t n;

	*len = 0;
	while ((n = read(memory->end[0], bytes + *len, MEMORY_PIPE - *len)) > 0)
		*len += (size_t)n;
	bytes[*len] = '\0';
	return bytes;
}

#endif
