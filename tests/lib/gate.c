/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD for Terminal.pm: each read(2) of a regular file first takes a byte from descriptor
 * GATE_FD, and waits for it, so that a test decides how far a tool reads. At the end of that
 * descriptor, reads pass.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int gate = -1;

__attribute__((constructor)) static void find_gate(void)
{
	const char *number = getenv("GATE_FD");

	if (number)
		gate = atoi(number);
}

ssize_t read(int fd, void *to, size_t len)
{
	struct stat st;
	char byte;

	if (gate >= 0 && fd != gate && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		syscall(SYS_read, gate, &byte, 1);
	return syscall(SYS_read, fd, to, len);
}
