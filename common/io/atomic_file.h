/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small text file that other programs read while it is replaced: they find the old text or the
 * new one, never a part of it.
 */
#ifndef VTAP_IO_ATOMIC_FILE_H
#define VTAP_IO_ATOMIC_FILE_H

#include <stdio.h>

#include "base/error.h"

struct atomic_file {
	const char *file; /* name as the user gave it */
	FILE *to;	  /* stream into memory, for the caller to print to */
	char *text;	  /* what was printed; valid after fclose() */
	size_t len;	  /* bytes of text */
};

/*
 * Begins a text that atomic_file_commit() will write to a file; "-" is standard output. The name
 * must outlive the atomic_file. Nothing is opened yet. Returns false and sets err if there is no
 * memory.
 */
bool atomic_file_open(struct atomic_file *atomic_file, const char *file, struct error *err);

/*
 * Writes what was printed, and closes and frees the stream in any case. A regular file, or a new
 * one, is written as FILE.tmp and renamed, which replaces a symbolic link of that name; a terminal,
 * a FIFO, a device or standard output is written directly. Returns false and sets err if the text
 * could not be written.
 */
bool atomic_file_commit(struct atomic_file *atomic_file, struct error *err);

#endif
