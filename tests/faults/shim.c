/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes system calls of a program fail, as LD_PRELOAD. The environment says which:
 *
 *   FAULT_CALLS  names between commas (read, write, open, close, close_range, rename, unlink,
 *                mkdir, poll, receive, send, sync, wait); without it all
 *   FAULT_ERROR  errno; 0: reads and writes are short instead, 1 to 13 bytes
 *   FAULT_SIGNAL the process gets this one instead, in front of the call, which then passes
 *   FAULT_AT     N: the Nth of them; N+: from the Nth on; first: each fails once, then passes
 *   FAULT_PATH   only those of files that have this in their name
 *   FAULT_COUNT  a file that gets the number of calls at the end
 *   FAULT_LOG    a file that gets a line for each: its name and that of the file
 *   FAULT_VOID   files with this in their name go to /dev/null
 *   FAULT_STEP   nanoseconds by which CLOCK_REALTIME falls behind at each look at it
 *
 * Nothing here calls the C library's own functions of these names: a sanitizer has them too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { SIGSET_SIZE = 8 }; /* as the kernel knows it */

static struct plan {
	bool made, shorter, from, first;
	int number, signal;
	long at;
	const char *calls, *path, *nowhere;
	int count, log, nothing; /* descriptors; 0: none */
	long long step_ns;
} plan;
static long seen;

static const char *text_of(const char *name)
{
	const char *text = getenv(name);

	return text && *text ? text : NULL;
}

/* Now: a tool may open nothing later. High: tests count the low ones. */
static int open_early(const char *path, int flags)
{
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0666) : -1;
	int high = fd < 0 ? 0 : (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 200);

	if (high > 0)
		syscall(SYS_close, fd);
	return high > 0 ? high : fd > 0 ? fd : 0;
}

/* Not a constructor: a sanitizer calls read() before those run. */
static bool make_plan(void)
{
	const char *error, *sent, *at, *step;

	if (plan.made || !environ)
		return plan.made;
	plan.made = true;
	error = text_of("FAULT_ERROR");
	sent = text_of("FAULT_SIGNAL");
	at = text_of("FAULT_AT");
	step = text_of("FAULT_STEP");
	plan.calls = text_of("FAULT_CALLS");
	plan.path = text_of("FAULT_PATH");
	plan.count = open_early(text_of("FAULT_COUNT"), O_WRONLY | O_CREAT | O_TRUNC);
	plan.log = open_early(text_of("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND);
	plan.nowhere = text_of("FAULT_VOID");
	plan.nothing = open_early(plan.nowhere ? "/dev/null" : NULL, O_RDWR);
	plan.number = error ? atoi(error) : 0;
	plan.signal = sent ? atoi(sent) : 0;
	plan.shorter = error && plan.number == 0;
	plan.first = at && strcmp(at, "first") == 0;
	plan.at = at ? atol(at) : 0;
	plan.from = plan.shorter || (at && strchr(at, '+'));
	plan.step_ns = step ? atoll(step) : 0;
	return true;
}

static bool listed(const char *call)
{
	const char *at = plan.calls;
	size_t len = strlen(call);

	for (; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, call, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return !plan.calls;
}

static const char *path_of(int fd, const char *path)
{
	static char name[4096];
	char link[40];
	ssize_t len;

	if (path)
		return path;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = syscall(SYS_readlinkat, AT_FDCWD, link, name, sizeof(name) - 1);
	name[len < 0 ? 0 : len] = '\0';
	return name;
}

static bool of_path(int fd, const char *path)
{
	return !plan.path || strstr(path_of(fd, path), plan.path);
}

static void log_call(const char *call, int fd, const char *path)
{
	char line[4200];
	int len = plan.log ? snprintf(line, sizeof(line), "%s %s\n", call, path_of(fd, path)) : 0;

	if (len > 0 && syscall(SYS_write, plan.log, line, len) != len)
		abort();
}

/* Cheap: a test may open a million. */
static int open_void(void)
{
	return (int)syscall(SYS_fcntl, plan.nothing, F_DUPFD_CLOEXEC, 0);
}

static bool in_void(const char *path)
{
	return make_plan() && plan.nowhere && strstr(path, plan.nowhere);
}

/* True at each other call of the same name. */
static bool fails_first(const char *call)
{
	static struct {
		const char *call;
		bool failed;
	} before[32];
	int i = 0;

	while (i < 31 && before[i].call && strcmp(before[i].call, call) != 0)
		i++;
	before[i].call = call;
	return (before[i].failed = !before[i].failed);
}

/* Whether this call is one of those that are to go wrong; it is counted then. */
static bool meant(const char *call, int fd, const char *path)
{
	int number = errno;
	bool hit = make_plan() && listed(call) && of_path(fd, path);

	if (hit)
		log_call(call, fd, path);
	errno = number;
	if (!hit)
		return false;
	seen++;
	if (plan.first)
		return fails_first(call);
	return seen == plan.at || (plan.from && seen >= plan.at);
}

static bool fails(const char *call, int fd, const char *path)
{
	if (!meant(call, fd, path))
		return false;
	if (plan.signal)
		raise(plan.signal);
	if (plan.number == 0)
		return false;
	errno = plan.number;
	return true;
}

/* How much of len passes; -1: the call fails. */
static ssize_t passes(const char *call, int fd, size_t len)
{
	if (!meant(call, fd, NULL))
		return (ssize_t)len;
	if (plan.signal)
		raise(plan.signal);
	if (plan.shorter)
		return (ssize_t)(len > 13 ? 1 + (size_t)seen % 13 : len > 1 ? len - 1 : len);
	errno = plan.number;
	return plan.number ? -1 : (ssize_t)len;
}

__attribute__((destructor)) static void tell(void)
{
	char text[32];
	int len;

	if (!plan.count)
		return;
	len = snprintf(text, sizeof(text), "%ld\n", seen);
	if (syscall(SYS_write, plan.count, text, len) != len)
		abort();
}

ssize_t read(int fd, void *to, size_t len)
{
	ssize_t n = passes("read", fd, len);

	return n < 0 ? -1 : syscall(SYS_read, fd, to, n);
}

ssize_t __read_chk(int fd, void *to, size_t len, size_t size);
ssize_t __read_chk(int fd, void *to, size_t len, size_t size)
{
	return read(fd, to, len < size ? len : size);
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	ssize_t n = passes("read", fd, len);

	return n < 0 ? -1 : syscall(SYS_pread64, fd, to, n, at);
}

ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t size);
ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t size)
{
	return pread(fd, to, len < size ? len : size, at);
}

ssize_t write(int fd, const void *from, size_t len)
{
	ssize_t n = passes("write", fd, len);

	return n < 0 ? -1 : syscall(SYS_write, fd, from, n);
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
	ssize_t n = passes("write", fd, len);

	return n < 0 ? -1 : syscall(SYS_pwrite64, fd, from, n, at);
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (in_void(path))
		return open_void();
	return fails("open", -1, path) ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

/* As in Linux: whatever it says, the descriptor is gone. */
int close(int fd)
{
	bool fail = fails("close", fd, NULL);
	int number = errno, result = (int)syscall(SYS_close, fd);

	if (fail)
		errno = number;
	return fail ? -1 : result;
}

/* A file that went to /dev/null is that. */
int statx(int dir, const char *restrict name, int flags, unsigned mask, struct statx *restrict st)
{
	if (in_void(name))
		name = "/dev/null";
	return (int)syscall(SYS_statx, dir, name, flags, mask, st);
}

int close_range(unsigned first, unsigned last, int flags)
{
	if (fails("close_range", -1, ""))
		return -1;
	return (int)syscall(SYS_close_range, first, last, flags);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (in_void(to))
		return 0;
	if (fails("rename", -1, to))
		return -1;
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return renameat2(from_dir, from, to_dir, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	if (in_void(path))
		return 0;
	return fails("unlink", -1, path) ? -1 : (int)syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int fdatasync(int fd)
{
	return fails("sync", fd, NULL) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return fails("sync", fd, NULL) ? -1 : (int)syscall(SYS_fsync, fd);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return fails("mkdir", -1, path) ? -1 : (int)syscall(SYS_mkdirat, dir, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

	if (fails("poll", -1, ""))
		return -1;
	return (int)syscall(SYS_ppoll, fds, count, timeout ? &left : NULL, mask, SIGSET_SIZE);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec left = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout < 0 ? NULL : &left, NULL);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
	(void)size;
	return poll(fds, count, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t size)
{
	(void)size;
	return ppoll(fds, count, timeout, mask);
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	if (fails("receive", fd, NULL))
		return -1;
	return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return fails("receive", fd, NULL) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	return fails("send", fd, NULL) ? -1
				       : (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
	return fails("send", fd, NULL) ? -1 : syscall(SYS_sendto, fd, from, len, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return fails("send", fd, NULL) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	return fails("wait", -1, NULL) ? -1 : (pid_t)syscall(SYS_wait4, pid, status, flags, NULL);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	static long long behind_ns;
	int result = (int)syscall(SYS_clock_gettime, id, now);
	long long ns;

	if (!make_plan() || id != CLOCK_REALTIME || plan.step_ns == 0)
		return result;
	ns = now->tv_sec * 1000000000LL + now->tv_nsec;
	ns -= __atomic_add_fetch(&behind_ns, plan.step_ns, __ATOMIC_RELAXED);
	*now = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	return result;
}
