/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the place of an error in a filter expression, which libpcap does not tell. A syntax error
 * is at the first word up to which no way to go on can be found that compiles; any other error is
 * at the word that libpcap names, or at the first one behind which libpcap says the same.
 */
#ifndef VTAP_FILTER_EXPRESSION_PLACE_H
#define VTAP_FILTER_EXPRESSION_PLACE_H

#include <stddef.h>

/*
 * Writes why an expression does not compile, and the expression with a mark around the place, into
 * message: `syntax error: tcp >>>prot<<< 80`. Of long expressions the surroundings of the place are
 * left. text: the expression; failure: what libpcap says of it. compile(arg, text) tries to compile
 * another text, and returns what libpcap says, which has to be valid until the next call, or NULL
 * if it compiles. Without memory, if there are more than 512 words, or if finding the place
 * takes five seconds, since names are looked up, there is no mark.
 */
void expression_place(const char *text, const char *failure,
		      const char *(*compile)(void *arg, const char *text), void *arg, char *message,
		      size_t size);

#endif
