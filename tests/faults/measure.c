/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure FILE COMMAND...: runs it and writes to FILE its peak of resident memory (KiB), its
 * processor time (microseconds), and that time without the system's. Ends as the command did. A
 * shell or perl cannot: what they fork begins with their own peak.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long micro(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	FILE *to = argc > 2 ? fopen(argv[1], "w") : NULL;
	int status;
	pid_t pid;

	if (!to)
		return 125;
	pid = fork();
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(126);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 125;
	fprintf(to, "%ld %lld %lld\n", usage.ru_maxrss,
		micro(usage.ru_utime) + micro(usage.ru_stime), micro(usage.ru_utime));
	fclose(to);
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	return WEXITSTATUS(status);
}
