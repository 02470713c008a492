/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/sandbox_seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <linux/wireless.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/sandbox_path.h"

/* Needs that follow from the paths of a sandbox, beside those of enum sandbox_need. */
enum {
	ALWAYS = 1 << 16,
	READ_PATHS = 1 << 17,
	WRITE_PATHS = 1 << 18,
	FOLDERS = 1 << 19,
	ANY_PATHS = READ_PATHS | WRITE_PATHS,
};

/*
 * Sets of needs that share system calls. SOCKETS use a socket, MAKERS also open new ones, TALKERS
 * connect them, DATAGRAMS open sockets of UDP, NAMERS find files by name, LISTERS read folders, and
 * ASKERS ask about interfaces by ioctl(2).
 */
enum {
	SOCKETS = SANDBOX_RECEIVE | SANDBOX_NETLINK | SANDBOX_SEND | SANDBOX_NAMES | SANDBOX_FOLLOW,
	MAKERS = SOCKETS & ~SANDBOX_RECEIVE,
	TALKERS = SANDBOX_SEND | SANDBOX_NAMES,
	DATAGRAMS = TALKERS | SANDBOX_FOLLOW,
	NAMERS = ANY_PATHS | SANDBOX_NAMES | SANDBOX_CAPTURE | SANDBOX_FOLLOW,
	ASKERS = MAKERS | SANDBOX_CAPTURE,
	LISTERS = SANDBOX_CAPTURE | SANDBOX_FOLLOW | SANDBOX_SPOOL | SANDBOX_LIST,
	FORK_FLAGS = CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, /* fork(3) of glibc */
	TYPE = 0xf, /* mask of a socket's type, without SOCK_CLOEXEC and SOCK_NONBLOCK */
};

/* A call is allowed if the sandbox has any of the needs of its row. */
#define CALL(needs, name)             \
	{                             \
		needs, SCMP_SYS(name) \
	}

static const struct {
	unsigned needs;
	int number;
} calls[] = {
	CALL(ALWAYS, read),
	CALL(ALWAYS, write),
	CALL(ALWAYS, readv),
	CALL(ALWAYS, writev),
	CALL(ALWAYS, pread64),
	CALL(ALWAYS, pwrite64),
	CALL(ALWAYS, lseek),
	CALL(ALWAYS, close),
	CALL(ALWAYS, fstat),
	CALL(ALWAYS, poll),
	CALL(ALWAYS, ppoll),
	CALL(ALWAYS, brk),
	CALL(ALWAYS, munmap),
	CALL(ALWAYS, mremap),
	CALL(ALWAYS, madvise),
	CALL(ALWAYS, futex),
	CALL(ALWAYS, sched_yield),
	CALL(ALWAYS, rt_sigaction),
	CALL(ALWAYS, rt_sigprocmask),
	CALL(ALWAYS, rt_sigreturn),
	CALL(ALWAYS, restart_syscall),
	CALL(ALWAYS, timer_settime),
	CALL(ALWAYS, clock_gettime),
	CALL(ALWAYS, clock_nanosleep),
	CALL(ALWAYS, nanosleep),
	CALL(ALWAYS, gettimeofday),
	CALL(ALWAYS, time),
	CALL(ALWAYS, getrandom),
	CALL(ALWAYS, getpid),
	CALL(ALWAYS, gettid),
	CALL(ALWAYS, sysinfo),
	CALL(ALWAYS, exit),
	CALL(ALWAYS, exit_group),
	CALL(SANDBOX_WIRETAP, memfd_create),
	CALL(SANDBOX_WIRETAP | SANDBOX_TRUNCATE | WRITE_PATHS, ftruncate),
	CALL(SANDBOX_WIRETAP, dup),
	CALL(SANDBOX_WIRETAP, dup2),
	CALL(SANDBOX_WIRETAP, dup3),
	CALL(SANDBOX_SYNC, fsync),
	CALL(SANDBOX_SYNC, fdatasync),
	CALL(SANDBOX_SPACE, statfs),
	CALL(SOCKETS, recvfrom),
	CALL(SOCKETS, recvmsg),
	CALL(SOCKETS, recvmmsg),
	CALL(SOCKETS, getsockopt),
	CALL(SOCKETS, setsockopt),
	CALL(SOCKETS, getsockname),
	CALL(MAKERS, bind),
	CALL(MAKERS, sendto),
	CALL(MAKERS, sendmsg),
	CALL(MAKERS, sendmmsg),
	CALL(TALKERS, connect),
	CALL(SANDBOX_FOLLOW, eventfd2),
	CALL(SANDBOX_FOLLOW, eventfd),
	CALL(SANDBOX_FOLLOW | SANDBOX_NAMES, uname),
	CALL(NAMERS, newfstatat),
	CALL(NAMERS, stat),
	CALL(NAMERS, lstat),
	CALL(NAMERS, statx),
	CALL(NAMERS, access),
	CALL(NAMERS, faccessat),
	CALL(NAMERS, faccessat2),
	CALL(NAMERS, readlink),
	CALL(NAMERS, readlinkat),
	CALL(LISTERS, getdents64),
	CALL(WRITE_PATHS, openat),
	CALL(WRITE_PATHS, open),
	CALL(WRITE_PATHS, flock),
	CALL(WRITE_PATHS, geteuid),
	CALL(WRITE_PATHS, rename),
	CALL(WRITE_PATHS, renameat),
	CALL(WRITE_PATHS, renameat2),
	CALL(WRITE_PATHS, unlink),
	CALL(WRITE_PATHS, unlinkat),
	CALL(SANDBOX_SPOOL, linkat),
	/* Landlock does not limit which folders are watched: it is a matter of their modes. */
	CALL(SANDBOX_SPOOL, inotify_add_watch),
	CALL(SANDBOX_SPOOL, inotify_rm_watch),
	CALL(SANDBOX_SPOOL, fadvise64),
	CALL(SANDBOX_FORK, wait4),
	CALL(SANDBOX_FORK, set_robust_list),
	CALL(FOLDERS, mkdir),
	CALL(FOLDERS, mkdirat),
};

/* Calls that are allowed with some arguments only. All conditions of a row must hold; if a call has
 * several rows, one of them is enough. `at` is the index of the argument. */
#define EQUAL(at, value)                  \
	{                                 \
		at, SCMP_CMP_EQ, value, 0 \
	}
#define MASKED(at, mask, value)                     \
	{                                           \
		at, SCMP_CMP_MASKED_EQ, mask, value \
	}

static const struct {
	unsigned needs;
	int number;
	struct scmp_arg_cmp arg[2];
	unsigned count;
} rules[] = {
	/* Memory cannot become code. */
	{ ALWAYS, SCMP_SYS(mmap), { MASKED(2, PROT_EXEC, 0) }, 1 },
	{ ALWAYS, SCMP_SYS(mprotect), { MASKED(2, PROT_EXEC, 0) }, 1 },
	/* fstat() of newer C libraries, which give an empty name and this flag. The filter cannot
	 * see the name. */
	{ ALWAYS, SCMP_SYS(newfstatat), { MASKED(3, AT_EMPTY_PATH, AT_EMPTY_PATH) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_GETFL) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_SETFL) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_GETFD) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_SETFD) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_DUPFD_CLOEXEC) }, 1 },
	{ ALWAYS, SCMP_SYS(fcntl), { EQUAL(1, F_SETPIPE_SZ) }, 1 },
	{ SANDBOX_SPOOL, SCMP_SYS(fcntl), { EQUAL(1, F_SETLEASE) }, 1 },
	/* Neither threads nor namespaces; Landlock keeps signals and files of the child within. */
	{ SANDBOX_FORK, SCMP_SYS(clone), { EQUAL(0, FORK_FLAGS) }, 1 },
	{ SANDBOX_FORK, SCMP_SYS(prctl), { EQUAL(0, PR_SET_PDEATHSIG) }, 1 },
	/* isatty() calls this. */
	{ ALWAYS, SCMP_SYS(ioctl), { EQUAL(1, TCGETS) }, 1 },
	/* io/terminal.h asks for rows and columns, which may change at any time. */
	{ ALWAYS, SCMP_SYS(ioctl), { EQUAL(1, TIOCGWINSZ) }, 1 },
	/* tcgetpgrp() calls this; cli/status_line.h, which also locks the terminal. */
	{ SANDBOX_TERMINAL, SCMP_SYS(ioctl), { EQUAL(0, STDERR_FILENO), EQUAL(1, TIOCGPGRP) }, 2 },
	{ SANDBOX_TERMINAL, SCMP_SYS(fcntl), { EQUAL(0, STDERR_FILENO), EQUAL(1, F_GETLK) }, 2 },
	{ SANDBOX_TERMINAL, SCMP_SYS(fcntl), { EQUAL(0, STDERR_FILENO), EQUAL(1, F_SETLK) }, 2 },
	/* getrlimit() calls this, and gives no new limit. */
	{ ALWAYS, SCMP_SYS(prlimit64), { EQUAL(2, 0) }, 1 },
	/* Questions about interfaces; linux/sockios.h, linux/wireless.h. Not as a range: it would
	 * hold SIOCSPGRP, by which the kernel signals another process. */
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIFNAME) }, 1 },
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIFINDEX) }, 1 },
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIFFLAGS) }, 1 },
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIFHWADDR) }, 1 },
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIFMTU) }, 1 },
	{ ASKERS, SCMP_SYS(ioctl), { EQUAL(1, SIOCETHTOOL) }, 1 },
	{ SANDBOX_FOLLOW, SCMP_SYS(ioctl), { EQUAL(1, SIOCGIWNAME) }, 1 },
	{ SANDBOX_NAMES, SCMP_SYS(ioctl), { EQUAL(1, FIONREAD) }, 1 },
	/* No stream sockets, and none of AF_UNIX. */
	{ MAKERS, SCMP_SYS(socket), { EQUAL(0, AF_NETLINK), EQUAL(2, NETLINK_ROUTE) }, 2 },
	{ DATAGRAMS, SCMP_SYS(socket), { EQUAL(0, AF_INET), MASKED(1, TYPE, SOCK_DGRAM) }, 2 },
	{ DATAGRAMS, SCMP_SYS(socket), { EQUAL(0, AF_INET6), MASKED(1, TYPE, SOCK_DGRAM) }, 2 },
	{ SANDBOX_SEND, SCMP_SYS(socket), { EQUAL(0, AF_INET), MASKED(1, TYPE, SOCK_RAW) }, 2 },
	{ SANDBOX_SEND, SCMP_SYS(socket), { EQUAL(0, AF_INET6), MASKED(1, TYPE, SOCK_RAW) }, 2 },
	{ SANDBOX_SEND | SANDBOX_FOLLOW, SCMP_SYS(socket), { EQUAL(0, AF_PACKET) }, 1 },
	/* Files can be opened for reading only. */
	{ NAMERS, SCMP_SYS(openat), { MASKED(2, O_ACCMODE | O_CREAT | O_TRUNC, 0) }, 1 },
	{ NAMERS, SCMP_SYS(open), { MASKED(1, O_ACCMODE | O_CREAT | O_TRUNC, 0) }, 1 },
};

static bool sandbox_seccomp_add_calls(scmp_filter_ctx filter, unsigned needs)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		/* libseccomp has negative numbers for calls that this machine does not have. */
		if (calls[i].needs & needs && calls[i].number >= 0 &&
		    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i].number, 0, NULL) < 0)
			return false;
	return true;
}

/* libseccomp refuses a rule with arguments (EEXIST) if the call is already allowed with any. */
static bool sandbox_seccomp_add_rules(scmp_filter_ctx filter, unsigned needs)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int result;

		if (!(rules[i].needs & needs) || rules[i].number < 0)
			continue;
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].number,
						rules[i].count, rules[i].arg);
		if (result < 0 && result != -EEXIST)
			return false;
	}
	return true;
}

/* The C library signals its own process to end it with SIGABRT. */
static bool sandbox_seccomp_add_self(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = EQUAL(0, (scmp_datum_t)getpid());

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self) == 0;
}

static unsigned sandbox_seccomp_needs(const struct sandbox *sandbox)
{
	unsigned needs = sandbox->needs | ALWAYS | (sandbox->reopened_count > 0 ? READ_PATHS : 0);

	for (unsigned i = 0; i < sandbox->path_count; i++)
		if (!sandbox->path[i].write)
			needs |= READ_PATHS;
		else
			needs |= WRITE_PATHS |
				 (sandbox_path_is_folder(sandbox->path[i].path) ? FOLDERS : 0);
	return needs;
}

bool sandbox_seccomp_enter(const struct sandbox *sandbox, bool lax, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(lax ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	unsigned needs = sandbox_seccomp_needs(sandbox);
	int result = 0;

	if (!filter)
		return error_set(err, "seccomp: no memory");
	if (!lax &&
	    (!sandbox_seccomp_add_calls(filter, needs) ||
	     !sandbox_seccomp_add_rules(filter, needs) || !sandbox_seccomp_add_self(filter)))
		result = -EINVAL;
	/* Without this libseccomp says ECANCELED, whatever the kernel's reason is. */
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	errno = -result;
	return result == 0 || error_errno(err, "seccomp");
}
