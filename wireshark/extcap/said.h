/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program prints to standard error. It is kept until the program has ended, for Wireshark
 * shows all that an extcap program prints there as an error: only a program that fails has its say.
 */
#ifndef VTAP_EXTCAP_SAID_H
#define VTAP_EXTCAP_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { SAID_MAX = 4096 }; /* bytes that are kept; the oldest go first */

struct said {
	size_t used;
	char text[SAID_MAX + 1]; /* ends with a NUL */
};

/* Reads once from fd, which need not be non-blocking if poll(2) has found it readable. Returns what
 * read(2) does: 0 at the end. */
long said_read(struct said *said, int fd);

/* Whether there is a line other than what dumpcap says of every capture. */
bool said_has_error(const struct said *said);

/* Whether the program says that its reader is gone. */
bool said_has_lost(const struct said *said);

/* Prints the lines, but for what dumpcap says of every capture. */
void said_print(struct said *said, FILE *to);

#endif
