/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether two names lead to one file, so that a tool does not write two things into it. */
#ifndef VTAP_IO_SAME_FILE_H
#define VTAP_IO_SAME_FILE_H

#include <stdbool.h>

/*
 * Returns true if two names of outputs lead to one regular file, by whatever links, or to one
 * descriptor of this process ("-" is standard output; io/fd_name.h has other names). Names of files
 * that are still to be made are compared by their folder and their last part. Returns false for
 * devices and FIFOs, into which several writers may write.
 */
bool same_file(const char *a, const char *b);

#endif
