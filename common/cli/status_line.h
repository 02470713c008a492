/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line on the terminal of standard error that is drawn again and again, and that makes way for
 * whatever else is printed there. A process has one standard error, so these functions have no
 * context. Of the processes of a pipeline, which share their terminal, one draws.
 */
#ifndef VTAP_CLI_STATUS_LINE_H
#define VTAP_CLI_STATUS_LINE_H

#include <stdbool.h>

/*
 * Looks at standard error, before a sandbox forbids it. Returns true if it is a terminal that
 * understands the codes to clear a line; TERM=dumb says that one does not. Until this is called,
 * and if it returns false, the other functions do nothing.
 */
bool status_line_open(void);

/* Returns true if status_line_open() did: the sandbox then has to leave SANDBOX_TERMINAL. */
bool status_line_is_open(void);

/*
 * Returns the columns that a text may have now, or 0 if no line can be drawn: the process is in the
 * background, another one of its pipeline draws, or the terminal takes nothing (control-S).
 */
unsigned status_line_room(void);

/* Draws text, of at most status_line_room() columns, in the place of the line that was drawn last.
 * The cursor stays in front of it, so that what others print in the meantime replaces it. */
void status_line_draw(const char *text);

/*
 * Returns what has to stand in front of a message so that it begins on an empty line: the codes
 * that clear the line if this process, or another one of its pipeline, has drawn one, otherwise "".
 * The caller prints it together with the message, and the line counts as cleared.
 */
const char *status_line_clear(void);

/* Clears the line for good, so that another process of the pipeline may draw one. On a terminal
 * that takes nothing at the moment the line stays until the next message. */
void status_line_close(void);

#endif
