/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	SHORTEST_NS = 1000000, /* between two looks whether it has ended; its end wakes earlier */
	LONGEST_NS = 100000000,
	BREATH_NS = 500000000,
};

struct staged *worker_new(struct error *err)
{
	void *room = mmap(NULL, sizeof(struct staged), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (room != MAP_FAILED)
		return room;
	error_errno(err, "memory");
	return NULL;
}

void worker_free(struct staged *room)
{
	if (room)
		munmap(room, sizeof(*room));
}

/* That the signal is caught ends a nanosleep(). */
static void worker_on_end(int number)
{
	(void)number;
}

/* Handlers would write into pipes of the tool's. */
static void worker_ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGWINCH };

	for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_IGN);
}

/* It holds no lock of the tool's: those go when the tool ends, and so does this process. */
static void worker_run(const struct archive *archive, const char *path, struct staged *room)
{
	const struct staging_config config = { .spool = &archive->spool,
					       .level = archive->config->level,
					       .source = archive->config->source };
	struct staged staged;

	worker_ignore_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	close(archive->spool.own);
	staging_make(&config, path, &staged);
	*room = staged;
	_exit(0);
}

static int worker_wait(const struct archive *archive, pid_t child)
{
	int64_t breath_ns = clock_ns(CLOCK_MONOTONIC) + BREATH_NS;
	struct timespec pause = { .tv_nsec = SHORTEST_NS };
	int status = 0;

	while (waitpid(child, &status, WNOHANG) != child) {
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LONGEST_NS)
			pause.tv_nsec *= 2;
		if (clock_ns(CLOCK_MONOTONIC) < breath_ns)
			continue;
		archive->breathe(archive->breathe_arg);
		breath_ns = clock_ns(CLOCK_MONOTONIC) + BREATH_NS;
	}
	return status;
}

/* A crash is the capture's doing; a signal from outside is not. */
static bool worker_has_crashed(int status)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGSYS, SIGTRAP };

	for (unsigned i = 0; WIFSIGNALED(status) && i < sizeof(crashes) / sizeof(*crashes); i++)
		if (WTERMSIG(status) == crashes[i])
			return true;
	return WIFEXITED(status);
}

static void worker_judge(struct staged *room, int status)
{
	if (room->verdict != STAGING_NOTHING)
		return;
	room->verdict = worker_has_crashed(status) ? STAGING_REFUSED : STAGING_FAILED;
	if (WIFSIGNALED(status))
		error_set(&room->err, "reading it was ended by signal %d", WTERMSIG(status));
	else
		error_set(&room->err, "reading it has failed");
}

const struct staged *worker_make(struct archive *archive, struct staged *room, const char *path)
{
	pid_t child;

	*room = (struct staged){ .verdict = STAGING_NOTHING };
	signal(SIGCHLD, worker_on_end);
	child = fork();
	if (child == 0)
		worker_run(archive, path, room);
	if (child > 0) {
		worker_judge(room, worker_wait(archive, child));
	} else {
		room->verdict = STAGING_FAILED;
		error_errno(&room->err, "no process for it");
	}
	return room;
}
