/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times a pipeline from a process so small that its own memory does not count:
 *   timed [-n TIMES] [-i FILE] COMMAND [ARGUMENT ...] [ '|' COMMAND ... ]
 * prints a line for each time: wall seconds from the first start to the last end, and of each
 * command its peak resident memory in KiB and its processor time in seconds. FILE is the first
 * one's input; the last one's output and what they say go to /dev/null. Exits 1 when a command
 * does.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { COMMANDS = 8 };

static struct {
	const char *name;
	char **words;
	pid_t pid;
	long peak_kib;
	double cpu_seconds;
} commands[COMMANDS];

static int command_count;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "timed: %s\n", what);
	exit(1);
}

/* Starts commands[i]; closes its ends of the pipes here. */
static void start(int i, int in, int out)
{
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&commands[i].pid, commands[i].name, &actions, NULL, commands[i].words,
			 environ) != 0)
		die(commands[i].name);
	posix_spawn_file_actions_destroy(&actions);
	close(in);
	close(out);
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static int finish(void)
{
	struct rusage usage;
	int status, good = 1;

	for (int left = command_count; left > 0; left--) {
		pid_t pid = wait4(-1, &status, 0, &usage);

		for (int i = 0; i < command_count; i++) {
			if (commands[i].pid != pid)
				continue;
			commands[i].peak_kib = usage.ru_maxrss;
			commands[i].cpu_seconds =
				seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
			if (status != 0) {
				fprintf(stderr, "timed: %s: status %d\n", commands[i].name, status);
				good = 0;
			}
		}
	}
	return good;
}

static int once(const char *input)
{
	double begun = now(), wall;
	int in = open(input, O_RDONLY | O_CLOEXEC), ends[2];

	for (int i = 0; i < command_count; i++) {
		int last = i == command_count - 1;

		if (in < 0)
			die(input);
		if (last)
			ends[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
		else if (pipe2(ends, O_CLOEXEC) != 0)
			die("pipe");
		start(i, in, ends[1]);
		in = ends[0];
	}
	if (!finish())
		return 0;
	wall = now() - begun;
	printf("%.6f", wall);
	for (int i = 0; i < command_count; i++)
		printf(" %ld %.6f", commands[i].peak_kib, commands[i].cpu_seconds);
	printf("\n");
	return 1;
}

static void commands_parse(char **words)
{
	while (*words) {
		if (command_count == COMMANDS)
			die("too many commands");
		commands[command_count].name = *words;
		commands[command_count++].words = words;
		while (*words && strcmp(*words, "|") != 0)
			words++;
		if (*words)
			*words++ = NULL;
	}
}

int main(int argc, char **argv)
{
	const char *input = "/dev/null";
	int times = 1, option;

	while ((option = getopt(argc, argv, "+n:i:")) != -1) {
		if (option == 'n')
			times = atoi(optarg);
		else if (option == 'i')
			input = optarg;
		else
			return 2;
	}
	commands_parse(argv + optind);
	if (command_count == 0)
		return 2;
	while (times-- > 0)
		if (!once(input))
			return 1;
	return fflush(stdout) == 0 ? 0 : 1;
}
