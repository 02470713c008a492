/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
/* The handler writes a byte: a signal in front of poll() makes it return (the self-pipe). */
static int bell[2] = { -1, -1 };

static void ring(int number)
{
	ssize_t ignored;

	(void)number;
	seen = 1;
	ignored = write(bell[1], "", 1);
	(void)ignored;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = ring, .sa_flags = SA_RESETHAND };

	if (bell[0] < 0 && pipe2(bell, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool interrupt_seen(void)
{
	return seen;
}

bool interrupt_wait(int fd)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLIN },
				  { .fd = bell[0], .events = POLLIN } };

	while (!seen && poll(wait, 2, -1) < 0)
		;
	return !seen;
}
