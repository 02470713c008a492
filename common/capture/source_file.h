/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files as sources: opens a file or a pipe and chooses the reader by its first bytes. pcap
 * and pcapng are read natively, also if they are compressed, all other formats by wiretap.
 */
#ifndef VTAP_CAPTURE_SOURCE_FILE_H
#define VTAP_CAPTURE_SOURCE_FILE_H

#include "capture/source.h"
#include "io/file_id.h"

enum source_reader {
	READER_AUTO,	/* pcap and pcapng natively */
	READER_WIRETAP, /* every format by wiretap */
	READER_NATIVE,	/* pcap and pcapng; all others are no captures */
};

/*
 * Opens a capture for reading; "-" is standard input. name must outlive the source. Returns NULL
 * and sets err if the file cannot be opened or is no capture.
 */
struct source *source_file_open(const char *name, enum source_reader reader, struct error *err);

struct compression; /* capture/compression.h */
struct input;

/* A capture that is open, but of which nothing is parsed. If all is zero, none is open. */
struct source_file {
	const char *name; /* for messages */
	enum source_reader reader;
	struct input *input;		       /* NULL if nothing is open */
	const struct compression *compression; /* NULL if it is not compressed */
	bool foreign;			       /* wiretap reads it */
	enum capture_state state;	       /* why it could not be opened or started */
	struct file_id id;		       /* of a file that source_file_park() has closed */
	uint64_t size;			       /* bytes of such a file */
};

/*
 * source_file_open() in two steps, for a process that gives up rights in between. The first one
 * opens the file, reads its first bytes and compares them with the marks of pcap and pcapng. If
 * wiretap is to read it, wiretap is loaded, and what comes from a pipe is copied to a temporary
 * file. Nothing is parsed, but for the first bytes inside a compressed file, by a child in a
 * sandbox (compression_peek()). Returns false and sets err when that fails; *file then holds
 * nothing.
 */
bool source_file_probe(struct source_file *file, const char *name, enum source_reader reader,
		       struct error *err);

/* The second step: returns the source, which source_close() frees. Returns NULL and sets err if the
 * file is no capture or there is no memory. *file holds nothing afterwards in any case. */
struct source *source_file_start(struct source_file *file, struct error *err);

/*
 * Closes a file that was probed, to be opened again by source_file_reopen(). Returns false, and the
 * file stays open, if that cannot be done: it is no regular file, or was open from the start.
 */
bool source_file_park(struct source_file *file);

/*
 * Opens a file that was parked again; source_file_start() can follow, and then another
 * source_file_reopen(), on a copy of *file. Returns false, with err and file->state set, if it
 * cannot be opened, or if another file has its name now.
 */
bool source_file_reopen(struct source_file *file, struct error *err);

/*
 * Opens a pcap or pcapng that this process has written, compressed as it says (not at all if it is
 * NULL), in a sandbox that need not allow what source_file_probe() does. name must outlive the
 * source, which source_close() frees. Returns NULL and sets err if that fails.
 */
struct source *source_file_read_again(const char *name, const struct compression *compression,
				      struct error *err);

/*
 * Reads a capture that is not compressed from a descriptor of a regular file that stands at its
 * start, in a sandbox, too. The descriptor belongs to the source, or is closed. block: bytes that
 * are read at a time, at least 1 (INPUT_BLOCK is usual). What wiretap has to read is read only if
 * wiretap_reader_load() was called before. name must outlive the source, which source_close()
 * frees. Returns NULL and sets err if the file is no capture.
 */
struct source *source_file_from(const char *name, int fd, size_t block, struct error *err);

/* Returns the bits of enum sandbox_need (host/sandbox.h) for all files that were probed so far. */
unsigned source_file_needs(void);

/* Returns true if a file that was probed is a regular one, so that all of it is there. */
bool source_file_is_regular(const struct source_file *file);

/* Closes a file that is not to be started any more; does nothing if *file holds nothing. */
void source_file_discard(struct source_file *file);

#endif
