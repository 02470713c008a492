/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/listen_drain.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/listen.h"

static const int64_t unrefused_ns = 1000000000; /* sockets that do not refuse are read so long */

enum { LATECOMERS_MS = 20 }; /* a processor queues an accepted datagram within this time */

void listen_drain_begin(struct listen_drain *drain, struct listen_socket *sockets, unsigned count)
{
	*drain = (struct listen_drain){ .begun = true, .deadline_ns = INT64_MAX };
	for (unsigned i = 0; i < count; i++) {
		sockets[i].ready = true;
		if (!listen_socket_refuse(&sockets[i]))
			drain->deadline_ns = clock_ns(CLOCK_MONOTONIC) + unrefused_ns;
	}
}

bool listen_drain_is_late(const struct listen_drain *drain)
{
	return drain->begun && clock_ns(CLOCK_MONOTONIC) > drain->deadline_ns;
}

bool listen_drain_has_more(struct listen_socket *sockets, unsigned count)
{
	struct pollfd fds[LISTEN_MAX];

	for (unsigned i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = sockets[i].fd, .events = POLLIN };
	if (TEMP_FAILURE_RETRY(poll(fds, count, LATECOMERS_MS)) <= 0)
		return false;
	for (unsigned i = 0; i < count; i++)
		sockets[i].ready = fds[i].revents != 0;
	return true;
}
