// SPDX-License-Identifier: GPL-2.0-or-later
/* The tshark that the tests find first: has the server of server.c read a file, or is the tshark
   behind it where that is not possible: without a server, without -r, as another user, in another
   namespace. Environment: TSHARK is the path of tshark, TSHARK_SOCKET that of the server. */
#include "request.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRINGS_MAX = 1 << 20 };

static _Noreturn void real(char **argv)
{
	const char *path = getenv("TSHARK");

	execv(path ? path : "/usr/bin/tshark", argv);
	perror("tshark");
	exit(127);
}

/* Capturing, lists, and what is decided before protocols are registered (-X, -C) stay with tshark
 * itself. */
static bool reads_a_file(char **argv)
{
	bool file = false;

	while (*++argv) {
		if (!strncmp(*argv, "-X", 2) || !strncmp(*argv, "-C", 2) ||
		    !strncmp(*argv, "-i", 2))
			return false;
		file |= !strncmp(*argv, "-r", 2) || !strncmp(*argv, "-nr", 3);
	}
	return file;
}

static int dial(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !request_address(&address))
		return -1;
	return connect(fd, (struct sockaddr *)&address, sizeof address) ? -1 : fd;
}

/* The server sees the same files, and may do no more than we. */
static bool same_world(int connection)
{
	static const char *const parts[] = { "ns/mnt", "ns/net", "ns/pid", "ns/user", "root" };
	struct ucred server;
	socklen_t len = sizeof server;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &server, &len) ||
	    server.uid != geteuid())
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char ours[64], theirs[64];
		struct stat a, b;

		snprintf(ours, sizeof ours, "/proc/self/%s", parts[i]);
		snprintf(theirs, sizeof theirs, "/proc/%d/%s", (int)server.pid, parts[i]);
		if (stat(ours, &a) || stat(theirs, &b) || a.st_ino != b.st_ino ||
		    a.st_dev != b.st_dev)
			return false;
	}
	return true;
}

/* Appends the strings of a list that ends with NULL; returns their number, or -1 if there is no
 * room. */
static int pack(char *strings, size_t *len, char *const *list)
{
	int n = 0;

	for (; list[n]; n++) {
		size_t size = strlen(list[n]) + 1;

		if (size > STRINGS_MAX - *len)
			return -1;
		memcpy(strings + *len, list[n], size);
		*len += size;
	}
	return n;
}

static bool ask(int connection, const struct request *request, const char *strings)
{
	static const int descriptors[REQUEST_DESCRIPTORS] = { 0, 1, 2 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = { 0 };
	struct iovec head = { .iov_base = (void *)(uintptr_t)request, .iov_len = sizeof *request };
	struct msghdr message = { .msg_iov = &head,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof control };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof descriptors);
	memcpy(CMSG_DATA(rights), descriptors, sizeof descriptors);
	return sendmsg(connection, &message, MSG_NOSIGNAL) == sizeof *request &&
	       send(connection, strings, request->bytes_len, MSG_NOSIGNAL) ==
		       (ssize_t)request->bytes_len;
}

int main(int argc, char **argv)
{
	static char strings[STRINGS_MAX];
	size_t len;
	int connection, variables, status;

	(void)argc;
	if (!reads_a_file(argv) || (connection = dial()) < 0 || !same_world(connection) ||
	    !getcwd(strings, sizeof strings))
		real(argv);
	len = strlen(strings) + 1;
	int arguments = pack(strings, &len, argv);
	if (arguments < 0 || (variables = pack(strings, &len, environ)) < 0)
		real(argv);
	struct request request = { .arguments = (uint32_t)arguments,
				   .variables = (uint32_t)variables,
				   .umask = umask(0),
				   .bytes_len = (uint32_t)len };
	if (!ask(connection, &request, strings))
		real(argv);
	/* A reader behind a pipe sees its end when the run ends, not when we do. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (recv(connection, &status, sizeof status, MSG_WAITALL) != sizeof status) {
		fputs("tshark: the run ended by a signal\n", stderr);
		return 128 + SIGTERM;
	}
	return status;
}
