/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks how large a terminal is at this moment; see ioctl_tty(2). The sandbox allows it. */
#ifndef VTAP_IO_TERMINAL_H
#define VTAP_IO_TERMINAL_H

#include <stdbool.h>

struct terminal_size {
	unsigned rows, columns; /* of characters; 0 if the terminal does not say */
};

/* Fills *size for the terminal that fd is open for. Returns false, with both 0, if fd is no
 * terminal. */
bool terminal_ask_size(int fd, struct terminal_size *size);

#endif
