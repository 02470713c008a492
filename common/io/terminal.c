/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/terminal.h"

#include <sys/ioctl.h>

bool terminal_ask_size(int fd, struct terminal_size *size)
{
	struct winsize said = { 0 };
	bool terminal = ioctl(fd, TIOCGWINSZ, &said) == 0;

	*size = (struct terminal_size){ said.ws_row, said.ws_col };
	return terminal;
}
