/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that starts the programs of a capture and ends them. It is another one than
 * Wireshark knows, so that a SIGKILL of that one leaves nothing behind.
 */
#ifndef VTAP_EXTCAP_GUARD_H
#define VTAP_EXTCAP_GUARD_H

#include "plan.h"

/*
 * Runs the programs of a plan until all of them have ended. fifo: descriptor of the capture, which
 * the last program gets. life: read end of a pipe; that its writers are gone asks for the end.
 * The first program is asked by SIGTERM, and the others see the end of what they read; what has
 * not ended two seconds later is killed. A program behind which the reader has ended is ended, too.
 * Both descriptors are closed. Prints what the first program that failed has said. Returns the exit
 * status of the process: 0, or 1 if a program failed.
 */
int guard_run(const struct plan *plan, int fifo, int life);

#endif
