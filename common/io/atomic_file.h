/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small text for others to read: whole, or not there. */
#ifndef VTAP_IO_ATOMIC_FILE_H
#define VTAP_IO_ATOMIC_FILE_H

#include <stdio.h>

#include "base/error.h"

struct atomic_file {
	const char *file;
	FILE *to; /* write here; memory only */
	char *text;
	size_t len;
};

/* file: "-" is standard output; must outlive the atomic_file. */
bool atomic_file_open(struct atomic_file *atomic_file, const char *file, struct error *err);

/*
 * Writes what was printed and frees it, also on failure. A regular file is written as FILE.tmp
 * and renamed; a terminal, FIFO or device is written directly.
 */
bool atomic_file_commit(struct atomic_file *atomic_file, struct error *err);

#endif
