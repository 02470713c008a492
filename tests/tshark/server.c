// SPDX-License-Identifier: GPL-2.0-or-later
/* Preloaded into tshark, this makes a server of it. tshark registers some 3,000 protocols before it
   opens a file: 0.3 s of the processor each time, and the tests start it more than a thousand
   times. Here it does so once; every request of client.c gets a copy of the process, which enters
   main() again with the arguments of the request and passes over what is done. What dissects is
   tshark itself. Environment: TSHARK_SOCKET is the path to listen on. */
#include "request.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* libwsutil's state of getopt. */
extern int ws_optind __attribute__((weak));
extern int ws_optreset __attribute__((weak));

static int (*tshark_main)(int, char **, char **);
static int ready; /* all protocols are registered */

/* Last of all: what was printed is out, and the client may go. */
static void answer(int status, void *connection)
{
	signal(SIGIO, SIG_IGN);
	fflush(NULL);
	ssize_t sent = write((int)(intptr_t)connection, &status, sizeof status);
	(void)sent; /* who does not listen any more needs no answer */
}

static int read_all(int fd, char *to, size_t len)
{
	for (ssize_t n; len > 0; to += n, len -= (size_t)n)
		if ((n = read(fd, to, len)) <= 0)
			return -1;
	return 0;
}

static char **list(char **strings, uint32_t n)
{
	char **all = calloc(n + 1UL, sizeof *all);

	for (uint32_t i = 0; all && i < n; i++) {
		all[i] = *strings;
		*strings += strlen(*strings) + 1;
	}
	return all;
}

/* In the copy. A client that goes away ends it (SIGIO). */
static _Noreturn void run(int connection, const struct request *request, const int *descriptors)
{
	char *strings = calloc(1, request->bytes_len + 1UL);

	if (!strings || read_all(connection, strings, request->bytes_len) || chdir(strings))
		_exit(127);
	strings += strlen(strings) + 1;
	char **arguments = list(&strings, request->arguments);
	environ = list(&strings, request->variables);
	umask(request->umask);
	for (int i = 0; i < REQUEST_DESCRIPTORS; i++) {
		dup2(descriptors[i], i);
		close(descriptors[i]);
	}
	signal(SIGCHLD, SIG_DFL);
	fcntl(connection, F_SETOWN, getpid());
	fcntl(connection, F_SETFL, O_ASYNC);
	on_exit(answer, (void *)(intptr_t)connection);
	if (&ws_optind && &ws_optreset)
		ws_optind = ws_optreset = 1;
	exit(tshark_main((int)request->arguments, arguments, environ));
}

static _Noreturn void take(int connection)
{
	struct request request;
	int descriptors[REQUEST_DESCRIPTORS];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptors)];
	struct iovec head = { .iov_base = &request, .iov_len = sizeof request };
	struct msghdr message = { .msg_iov = &head,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof control };

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != sizeof request)
		_exit(127);
	const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	if (!rights || rights->cmsg_len != CMSG_LEN(sizeof descriptors))
		_exit(127);
	memcpy(descriptors, CMSG_DATA(rights), sizeof descriptors);
	run(connection, &request, descriptors);
}

static int listener(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !request_address(&address))
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 64))
		return -1;
	return fd;
}

static _Noreturn void serve(void)
{
	int fd = listener();

	signal(SIGCHLD, SIG_IGN);
	while (fd >= 0) {
		int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (connection >= 0 && fork() == 0) {
			close(fd);
			take(connection);
		}
		if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
			break;
		close(connection);
	}
	perror("tshark: server");
	exit(1);
}

static void *original(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The functions of libc, libwiretap and libwireshark that tshark's main() calls: their declarations
 * are theirs. */
int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
		      void *stack_end);
int epan_init(void *progress, void *data, int plugins);
void epan_cleanup(void);
void wtap_init(int plugins);
void wtap_cleanup(void);
char *get_datafile_path(const char *name);

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
		      void *stack_end)
{
	__typeof__(&__libc_start_main) start = original("__libc_start_main");

	tshark_main = entry;
	return start(entry, argc, argv, init, fini, rtld_fini, stack_end);
}

int epan_init(void *progress, void *data, int plugins)
{
	__typeof__(&epan_init) init = original("epan_init");

	if (ready || !init(progress, data, plugins))
		return ready;
	ready = 1;
	serve();
}

void wtap_init(int plugins)
{
	__typeof__(&wtap_init) init = original("wtap_init");

	if (!ready)
		init(plugins);
}

/* The names of manufacturers and enterprises take two thirds of the time that is left, for each
 * file anew, and no test asks for them: their files are not found. */
char *get_datafile_path(const char *name)
{
	__typeof__(&get_datafile_path) path = original("get_datafile_path");

	return path(strcmp(name, "manuf") && strcmp(name, "enterprises.tsv") ? name : "none");
}

/* The end of the process frees faster. */
void epan_cleanup(void)
{
}
void wtap_cleanup(void)
{
}
