/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/printable.h"

enum { NOTIFY_STATUS = 512, NS_PER_US = 1000 };

/* Returns the length of the address, or 0 if it is none. An abstract one begins with a NUL and has
 * none at its end; unix(7). */
static socklen_t notify_address(const char *name, struct sockaddr_un *address)
{
	size_t len = strlen(name);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof(address->sun_path))
		return 0;
	memcpy(address->sun_path, name, len);
	if (*name == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*name == '/'));
}

/* Returns false unless all of a variable is a decimal number. */
static bool notify_number(const char *variable, uint64_t *value)
{
	const char *text = getenv(variable);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && !*end;
}

/* WATCHDOG_PID names another process if this one has inherited the variables. */
static int64_t notify_watchdog(void)
{
	uint64_t us, pid;

	if (!notify_number("WATCHDOG_USEC", &us) || us == 0 || us > INT64_MAX / NS_PER_US)
		return 0;
	if (getenv("WATCHDOG_PID") &&
	    (!notify_number("WATCHDOG_PID", &pid) || pid != (uint64_t)getpid()))
		return 0;
	return (int64_t)(us * NS_PER_US / 2);
}

bool notify_open(struct notify *notify, struct error *err)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t len;

	*notify = (struct notify){ .fd = -1 };
	if (!name)
		return true;
	len = notify_address(name, &address);
	if (len == 0)
		return error_set(err, "NOTIFY_SOCKET: '%s' is no address of a socket", name);
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0 || connect(notify->fd, (struct sockaddr *)&address, len) < 0) {
		error_errno(err, "NOTIFY_SOCKET: '%s'", name);
		notify_close(notify);
		return false;
	}
	notify->watchdog_ns = notify_watchdog();
	return true;
}

bool notify_send(const struct notify *notify, const char *state, struct error *err)
{
	if (notify->fd < 0 || TEMP_FAILURE_RETRY(write(notify->fd, state, strlen(state))) >= 0)
		return true;
	return error_errno(err, "NOTIFY_SOCKET");
}

bool notify_status(const struct notify *notify, const char *text, struct error *err)
{
	char state[sizeof("STATUS=") + NOTIFY_STATUS];

	snprintf(state, sizeof(state), "STATUS=%s", text);
	printable(state);
	return notify_send(notify, state, err);
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	*notify = (struct notify){ .fd = -1 };
}
