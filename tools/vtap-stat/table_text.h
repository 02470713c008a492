/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in columns of a terminal: how wide it is, cut in the middle, broken into lines. */
#ifndef VTAP_STAT_TABLE_TEXT_H
#define VTAP_STAT_TABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_TEXT_SIZE = 1024 }; /* bytes of a name to print, with its NUL */

/*
 * Returns how many columns a text of UTF-8 takes. Characters from U+1100 on that are no blocks
 * count as two: that is too many for some, so that a line may be shorter than the terminal, never
 * longer.
 */
unsigned table_text_width(const char *text);

/*
 * Writes name as at most `width` columns: what is longer loses its middle, for which a mark stands.
 * What a terminal takes for commands, and bytes that are not UTF-8, become question marks; so does
 * every byte beyond ASCII without utf8.
 */
void table_text_cut(const char *name, unsigned width, bool utf8, char text[TABLE_TEXT_SIZE]);

/* Writes a paragraph in lines of at most `width` columns, broken at spaces; a word that is longer
 * has a line of its own. */
void table_text_wrap(const char *paragraph, unsigned width, FILE *to);

#endif
