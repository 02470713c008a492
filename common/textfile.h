/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small text for others to read: whole, or not there. */
#ifndef VTAP_TEXTFILE_H
#define VTAP_TEXTFILE_H

#include <stdio.h>

#include "error.h"

struct textfile {
	const char *file;
	FILE *to; /* write here; memory only */
	char *text;
	size_t len;
};

/* file: "-" is standard output; must outlive the textfile. */
bool textfile_open(struct textfile *textfile, const char *file, struct error *err);

/*
 * Writes what was printed and frees it, also on failure. A regular file is written as FILE.tmp
 * and renamed; a terminal, FIFO or device is written directly.
 */
bool textfile_close(struct textfile *textfile, struct error *err);

#endif
