/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where records are written to: a file, a pipe or standard output. Of a regular file a write that
 * the system cuts off, as on a full disk, is taken back, so that it has complete lines only.
 */
#ifndef VTAP_STAT_RECORD_FILE_H
#define VTAP_STAT_RECORD_FILE_H

#include <stdio.h>

#include "base/error.h"
#include "io/output_path.h"

struct record_file {
	FILE *to; /* without a buffer: each fwrite(3) is one write */
	const char *name;
	int fd;	   /* -1: not open */
	bool own;  /* fd is closed at the end */
	char *tmp; /* NAME.tmp, which gets the name in the end; NULL if there is none */
	struct output_path_id id; /* of that file */
	int failed;		  /* errno of a write; 0: none failed */
};

/*
 * Opens an output, which name outlives; "-" is standard output. watch: a regular file is written
 * under its own name, to be read while it grows; else as NAME.tmp. Returns false and sets err if
 * that fails; record_file_close() is to be called in any case.
 */
bool record_file_open(struct record_file *file, const char *name, bool watch, struct error *err);

/* Sets err to the failure of a write, if one failed, with the name of the file. Returns false then.
 */
bool record_file_check(const struct record_file *file, struct error *err);

/* Closes the output; NAME.tmp gets its name if complete is true, and stays else. Returns false and
 * sets err if it does not get it. */
bool record_file_close(struct record_file *file, bool complete, struct error *err);

#endif
