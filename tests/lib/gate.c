/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD for Terminal.pm: each read(2) of a regular file first takes a byte from descriptor
 * GATE_FD, if there is one, and waits for it, so that a test decides how far a tool reads. At the
 * end of that descriptor, reads pass. The monotonic clock and the timers of a tool run GATE_SPEED
 * times as fast, so that a test need not wait for seconds.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int gate = -1;
static long long speed = 1;
static long long begun_ns;
static int (*true_clock)(clockid_t, struct timespec *);
static int (*true_timer)(timer_t, int, const struct itimerspec *, struct itimerspec *);

static long long ns_of(const struct timespec *time)
{
	return (long long)time->tv_sec * 1000000000 + time->tv_nsec;
}

static struct timespec timespec_of(long long ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

__attribute__((constructor)) static void find_gate(void)
{
	const char *number = getenv("GATE_FD"), *factor = getenv("GATE_SPEED");
	struct timespec now;

	*(void **)&true_clock = dlsym(RTLD_NEXT, "clock_gettime");
	*(void **)&true_timer = dlsym(RTLD_NEXT, "timer_settime");
	true_clock(CLOCK_MONOTONIC, &now);
	begun_ns = ns_of(&now);
	if (number)
		gate = atoi(number);
	if (factor)
		speed = atoi(factor);
}

ssize_t read(int fd, void *to, size_t len)
{
	struct stat st;
	char byte;

	if (gate >= 0 && fd != gate && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		syscall(SYS_read, gate, &byte, 1);
	return syscall(SYS_read, fd, to, len);
}

int clock_gettime(clockid_t id, struct timespec *time)
{
	int result = true_clock ? true_clock(id, time) : (int)syscall(SYS_clock_gettime, id, time);

	if (result == 0 && id == CLOCK_MONOTONIC && begun_ns != 0)
		*time = timespec_of(begun_ns + (ns_of(time) - begun_ns) * speed);
	return result;
}

/* A time of 0 stops a timer: what is more stays more. */
static struct timespec sooner(const struct timespec *time)
{
	return timespec_of((ns_of(time) + speed - 1) / speed);
}

int timer_settime(timer_t id, int flags, const struct itimerspec *when, struct itimerspec *old)
{
	const struct itimerspec scaled = { sooner(&when->it_interval), sooner(&when->it_value) };

	return true_timer(id, flags, &scaled, old);
}
