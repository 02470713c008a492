/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager of our own hears. */
#include "host/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/sandbox.h"
#include "lib/tap.h"

static char place[] = "/tmp/vtap-notify-XXXXXX";
static struct notify notify;
static struct error err;

/* Binds a socket to what NOTIFY_SOCKET is set to. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len = strlen(name);

	memcpy(address.sun_path, name, len);
	if (*name == '@')
		address.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path) + (*name == '/');
	ok(bind(fd, (struct sockaddr *)&address, (socklen_t)len) == 0, "a socket at %s", name);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *heard(int fd)
{
	static char text[2048];
	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void sent(const char *name)
{
	int fd = listen_at(name);
	char status[1000];

	ok(notify_open(&notify, &err) && notify.fd >= 0 && notify.watchdog_ns == 0, "connected");
	ok(notify_send(&notify, NOTIFY_READY, &err), "sent");
	is_str(heard(fd), "READY=1", "ready");
	ok(notify_send(&notify, NOTIFY_READY "\nSTATUS=all is well", &err), "sent");
	is_str(heard(fd), "READY=1\nSTATUS=all is well", "two lines");
	ok(notify_status(&notify, "37 captures wait\nREADY=1\x1b[2J", &err), "sent");
	is_str(heard(fd), "STATUS=37 captures wait?READY=1?[2J", "a status is one line");
	memset(status, 'x', sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	ok(notify_status(&notify, status, &err), "sent");
	is_u64(strlen(heard(fd)), strlen("STATUS=") + 512, "a long one is cut");
	close(fd);
	ok(!notify_send(&notify, NOTIFY_ALIVE, &err) && err.number == ECONNREFUSED,
	   "nobody listens any more: %s", err.text);
	ok(!notify_open(&notify, &err) && notify.fd == -1, "... from the start: %s", err.text);
	notify_close(&notify);
}

/* The filter allows no call but write(2) to a socket that was connected before. */
static void in_a_sandbox(const char *name)
{
	const struct sandbox nothing = { 0 };
	int fd = listen_at(name), status = -1;
	bool confined;
	pid_t pid;

	ok(notify_open(&notify, &err), "connected");
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		      !sandbox_enter(&nothing, &confined, &err) ||
		      !notify_send(&notify, NOTIFY_ALIVE, &err));
	waitpid(pid, &status, 0);
	ok(status == 0 && strcmp(heard(fd), "WATCHDOG=1") == 0, "sent from within a sandbox");
	notify_close(&notify);
	close(fd);
}

static void silent(void)
{
	static char longest[200];
	static const char *const wrong[] = { "", "@", "/", "relative", "vsock:2:1234", longest };

	memset(longest, '/', sizeof(longest) - 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		setenv("NOTIFY_SOCKET", wrong[i], 1);
		ok(!notify_open(&notify, &err) && strstr(err.text, "NOTIFY_SOCKET: '"),
		   "no address: '%s'", wrong[i]);
		ok(notify.fd == -1 && notify_send(&notify, NOTIFY_READY, &err), "... is silent");
	}
	unsetenv("NOTIFY_SOCKET");
	ok(notify_open(&notify, &err) && notify.fd == -1, "no service manager");
	ok(notify_send(&notify, NOTIFY_READY, &err) && notify_status(&notify, "x", &err),
	   "... and nothing is sent");
	notify_close(&notify);
}

static void watchdogs(const char *name)
{
	static const struct {
		const char *us, *pid;
		int64_t want_ns;
	} known[] = {
		{ "30000000", NULL, INT64_C(15000000000) },
		{ "30000000", "self", INT64_C(15000000000) },
		{ "30000000", "1", 0 },
		{ "30000000", "", 0 },
		{ "1", NULL, 500 },
		{ "0", NULL, 0 },
		{ "", NULL, 0 },
		{ "-1", NULL, 0 },
		{ "5s", NULL, 0 },
		{ "9223372036854775", NULL, INT64_C(4611686018427387500) },
		{ "9223372036854776", NULL, 0 },
		{ "18446744073709551615", NULL, 0 },
		{ "18446744073709551616", NULL, 0 },
	};
	int fd = listen_at(name);
	char self[32];

	snprintf(self, sizeof(self), "%d", getpid());
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		setenv("WATCHDOG_USEC", known[i].us, 1);
		unsetenv("WATCHDOG_PID");
		if (known[i].pid)
			setenv("WATCHDOG_PID",
			       strcmp(known[i].pid, "self") == 0 ? self : known[i].pid, 1);
		ok(notify_open(&notify, &err) && notify.watchdog_ns == known[i].want_ns,
		   "WATCHDOG_USEC=%s, WATCHDOG_PID=%s", known[i].us,
		   known[i].pid ? known[i].pid : "-");
		notify_close(&notify);
	}
	close(fd);
}

int main(void)
{
	char path[64], abstract[64];

	if (!mkdtemp(place))
		return 1;
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	snprintf(path, sizeof(path), "%s/socket", place);
	snprintf(abstract, sizeof(abstract), "@%s", place);
	sent(path);
	sent(abstract);
	unlink(path);
	in_a_sandbox(path);
	silent();
	unlink(path);
	watchdogs(path);
	unlink(path);
	rmdir(place);
	return tap_done();
}
