/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD for sandbox.t: inside the running tool, at the first packet bytes that it writes or,
 * if TRY_AT is `end`, when it ends, tries what an attacker would, and tells what came of it on
 * descriptor TRY_TO: lines of a name and `done` or the number of the error. System calls are made
 * without the C library, as an attacker would.
 */
#include <arpa/inet.h>
#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int report = -1;
static int early = -1; /* a stream socket from before */

static void tell(const char *name, long result)
{
	char line[64];
	int len = result < 0 ? snprintf(line, sizeof(line), "%s %d\n", name, errno)
			     : snprintf(line, sizeof(line), "%s done\n", name);

	if (syscall(SYS_write, report, line, len) != len)
		_exit(99);
}

/* -1 and errno, or the descriptor is closed again. */
static long close_again(long fd)
{
	if (fd >= 0)
		syscall(SYS_close, fd);
	return fd;
}

static long open_file(const char *name, int flags)
{
	return close_again(syscall(SYS_openat, AT_FDCWD, name, flags | O_CLOEXEC, 0600));
}

/* A program that is not there: ENOENT says that the kernel went to look for it. */
static void try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	char *const none[] = { NULL };
	long result = syscall(SYS_execve, "/nonexistent", argv, none);

	tell("execve", result < 0 && errno == ENOENT ? 0 : result);
	result = syscall(SYS_execveat, AT_FDCWD, "/nonexistent", argv, none, 0);
	tell("execveat", result < 0 && errno == ENOENT ? 0 : result);
}

/* As vfork() would, but nothing is shared. */
static void try_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	tell("fork", pid);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
}

static long connect_tcp(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	long result;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	result = syscall(SYS_connect, fd, &to, sizeof(to));
	/* Nobody listens: that was found out by asking. */
	return result < 0 && (errno == ECONNREFUSED || errno == ENETUNREACH) ? 0 : result;
}

static void try_network(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/nonexistent" };
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), result;

	tell("tcp", close_again(fd));
	tell("connect", connect_tcp(early));
	fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	result = fd < 0 ? fd : syscall(SYS_connect, fd, &to, sizeof(to));
	tell("unix", result < 0 && errno == ENOENT ? 0 : result);
	close_again(fd);
	tell("udp", close_again(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0)));
	tell("netlink", close_again(syscall(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC)));
}

/* A socket signals its owner when something comes, with a signal that ends who does not expect it.
 */
static void try_owner(void)
{
	pid_t other = getppid();

	tell("owner", syscall(SYS_ioctl, early, FIOSETOWN, &other));
	tell("setown", syscall(SYS_fcntl, early, F_SETOWN, other));
}

static void try_files(void)
{
	const char *place = getenv("TRY_PLACE");
	char name[4096];

	tell("read", open_file("/etc/passwd", O_RDONLY));
	tell("list", open_file("/", O_RDONLY | O_DIRECTORY));
	snprintf(name, sizeof(name), "%s/written", place);
	tell("write", open_file(name, O_WRONLY | O_CREAT));
	snprintf(name, sizeof(name), "%s/victim", place);
	tell("truncate", open_file(name, O_WRONLY | O_TRUNC));
	tell("unlink", syscall(SYS_unlinkat, AT_FDCWD, name, 0));
	snprintf(name, sizeof(name), "%s/folder", place);
	tell("mkdir", syscall(SYS_mkdirat, AT_FDCWD, name, 0700));
	tell("symlink", syscall(SYS_symlinkat, "/etc", AT_FDCWD, strcat(name, "-link")));
}

/* Names and rights of what is there, and what is behind /proc: the code of the process. */
static void try_names(void)
{
	char from[4096], to[4096];

	snprintf(from, sizeof(from), "%s/victim", getenv("TRY_PLACE"));
	snprintf(to, sizeof(to), "%s/moved", getenv("TRY_PLACE"));
	tell("link", syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
	tell("chmod", syscall(SYS_fchmodat, AT_FDCWD, from, 0777));
	tell("rename", syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
	syscall(SYS_renameat2, AT_FDCWD, to, AT_FDCWD, from, 0);
	tell("memory", open_file("/proc/self/mem", O_RDWR));
}

/* What a spool needs and no other tool: no file stands behind -1, so EBADF says that the kernel
 * went to look for it. */
static void try_spool(void)
{
	long result = syscall(SYS_fcntl, -1, F_SETLEASE, F_RDLCK);

	tell("lease", result < 0 && errno == EBADF ? 0 : result);
	result = syscall(SYS_inotify_add_watch, -1, "/", IN_CLOSE_WRITE);
	tell("watch", result < 0 && errno == EBADF ? 0 : result);
}

static void try_others(void)
{
	void *page = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	tell("code", page == MAP_FAILED ? -1 : 0);
	tell("ptrace", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
	tell("kill", syscall(SYS_kill, getppid(), 0));
	tell("setuid", syscall(SYS_setresuid, -1, -1, -1));
	tell("mount", syscall(SYS_unshare, 0));
}

static void try_all(void)
{
	static int tried;
	int number = errno;

	if (tried++ || report < 0)
		return;
	try_exec();
	try_fork();
	try_network();
	try_owner();
	try_names();
	try_files();
	try_spool();
	try_others();
	errno = number;
}

/* Only of this process, not of those that it starts. */
__attribute__((constructor)) static void begin(void)
{
	const char *to = getenv("TRY_TO");

	early = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (to && strcmp(program_invocation_short_name, getenv("TRY_IN")) == 0)
		report = fcntl(atoi(to), F_DUPFD_CLOEXEC, 100);
	unsetenv("LD_PRELOAD");
}

/* Packets are on their way out. */
ssize_t write(int fd, const void *bytes, size_t len)
{
	const char *at = getenv("TRY_AT");

	if (!at && len >= 24)
		try_all();
	return syscall(SYS_write, fd, bytes, len);
}

__attribute__((destructor)) static void end(void)
{
	const char *at = getenv("TRY_AT");

	if (at && strcmp(at, "end") == 0)
		try_all();
}
