/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes text safe for a terminal: names in it may come from a capture, and so from anybody. */
#ifndef VTAP_BASE_PRINTABLE_H
#define VTAP_BASE_PRINTABLE_H

/*
 * Replaces, in place, each byte that a terminal might take for a command by a question mark: the
 * control characters of ECMA-48, which are C0 (with newline and tab), DEL, and C1 in UTF-8 (two
 * bytes). text ends with a NUL and keeps its length. C1 as single bytes (0x80 to 0x9f) stay, as
 * they are parts of other characters in UTF-8.
 */
void printable(char *text);

#endif
