/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal, with names in it that came from a capture. */
#ifndef VTAP_BASE_PRINTABLE_H
#define VTAP_BASE_PRINTABLE_H

/*
 * Puts a question mark in place of each byte that a terminal might take for a command: the controls
 * of ECMA-48, C0 and DEL, and C1 as UTF-8 has them (two bytes).
 */
void printable(char *text);

#endif
