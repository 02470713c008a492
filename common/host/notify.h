/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the service manager how a service does: that it is ready, what it is at, that it lives. The
 * protocol of sd_notify(3) and sd_watchdog_enabled(3) of systemd, without its library: datagrams to
 * the socket that NOTIFY_SOCKET names.
 */
#ifndef VTAP_HOST_NOTIFY_H
#define VTAP_HOST_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct notify {
	int fd;		     /* connected socket; -1 if nobody wants to know */
	int64_t watchdog_ns; /* NOTIFY_ALIVE has to come at least this often, in nanoseconds: half
				of what systemd grants; 0: nobody waits for it */
};

/* States for notify_send(). */
#define NOTIFY_READY	"READY=1"
#define NOTIFY_STOPPING "STOPPING=1"
#define NOTIFY_ALIVE	"WATCHDOG=1"

/*
 * Connects to the socket that the environment names, and reads how often the process must say that
 * it lives. Call this before the sandbox is entered; notify_close() closes the socket. Does nothing
 * but set *notify if the environment names no socket. Returns false and sets err if the address is
 * none, or if nobody listens there; *notify then is as if none was named.
 */
bool notify_open(struct notify *notify, struct error *err);

/*
 * Sends a state: one of those above, or lines of VARIABLE=VALUE with newlines between them. Needs
 * no system call but write(2). Does nothing if nobody wants to know. Returns false and sets err if
 * it cannot be sent.
 */
bool notify_send(const struct notify *notify, const char *state, struct error *err);

/* Sends a line for people, which `systemctl status` shows. Control characters in it, newlines too,
 * become question marks, and what is behind 512 bytes is cut. Returns what notify_send() does. */
bool notify_status(const struct notify *notify, const char *text, struct error *err);

/* Closes the socket, if there is one. */
void notify_close(struct notify *notify);

#endif
