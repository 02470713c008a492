/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT and SIGTERM as a request to end as if the input had ended. The second
 * signal ends the process at once.
 */
#ifndef VTAP_INTERRUPT_H
#define VTAP_INTERRUPT_H

#include <stdbool.h>

/* Catches both signals from now on, and ignores SIGPIPE: writes fail with EPIPE instead. */
void interrupt_catch(void);

/* True once one of them came. */
bool interrupt_seen(void);

/*
 * Waits until fd is readable or at its end; false when a signal came, before or
 * during the wait. No signal is lost between the check and the wait.
 */
bool interrupt_wait(int fd);

#endif
