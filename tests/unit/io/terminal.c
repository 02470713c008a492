/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/tap.h"

/* Makes a pseudo-terminal. Returns its own end, and the user's in *fd. */
static int make_terminal(int *fd)
{
	int own = posix_openpt(O_RDWR | O_NOCTTY);

	*fd = own >= 0 && grantpt(own) == 0 && unlockpt(own) == 0
		      ? open(ptsname(own), O_RDWR | O_NOCTTY)
		      : -1;
	return own;
}

int main(void)
{
	struct terminal_size size;
	int null = open("/dev/null", O_RDWR), fd, own = make_terminal(&fd);

	ok(fd >= 0, "there is a terminal");
	ok(terminal_ask_size(fd, &size) && size.rows == 0 && size.columns == 0, "it has no size");
	ioctl(own, TIOCSWINSZ, &(struct winsize){ .ws_row = 24, .ws_col = 80 });
	ok(terminal_ask_size(fd, &size) && size.rows == 24 && size.columns == 80, "24 x 80");
	ioctl(own, TIOCSWINSZ, &(struct winsize){ .ws_row = 7, .ws_col = 200 });
	ok(terminal_ask_size(fd, &size) && size.rows == 7 && size.columns == 200, "changed");
	ok(!terminal_ask_size(null, &size) && size.rows == 0 && size.columns == 0, "/dev/null");
	ok(!terminal_ask_size(-1, &size), "nothing is open");
	close(fd);
	close(own);
	close(null);
	return tap_done();
}
