/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/monitor.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "host/netlink.h"

struct monitor {
	struct mnl_socket *socket;
	unsigned what;
};

/* The multicast groups that notifications of each kind come by. */
static const struct {
	unsigned what;
	int group;
} groups[] = {
	{ MONITOR_LINKS, RTNLGRP_LINK },
	{ MONITOR_ADDRESSES, RTNLGRP_IPV4_IFADDR },
	{ MONITOR_ADDRESSES, RTNLGRP_IPV6_IFADDR },
	{ MONITOR_ROUTES, RTNLGRP_IPV4_ROUTE },
	{ MONITOR_ROUTES, RTNLGRP_IPV6_ROUTE },
	{ MONITOR_ROUTES, RTNLGRP_IPV4_RULE },
	{ MONITOR_ROUTES, RTNLGRP_IPV6_RULE },
	{ MONITOR_ROUTES, RTNLGRP_NEXTHOP },
	/* The kernel does not notify of IPv4 routes that go with their device or address. */
	{ MONITOR_ROUTES, RTNLGRP_LINK },
	{ MONITOR_ROUTES, RTNLGRP_IPV4_IFADDR },
	/* A router that advertises another MTU (RFC 4861 section 4.6.4) changes that of routes, and
	 * the kernel notifies of it here only. */
	{ MONITOR_ROUTES, RTNLGRP_IPV6_IFINFO },
	{ MONITOR_NEIGHBOURS, RTNLGRP_NEIGH },
	{ MONITOR_QDISCS, RTNLGRP_TC },
};

static bool monitor_join_groups(const struct monitor *monitor)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i].group;

		if (!(groups[i].what & monitor->what))
			continue;
		/* Nexthop objects are new in Linux 5.3. */
		if (mnl_socket_setsockopt(monitor->socket, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)) < 0 &&
		    group != RTNLGRP_NEXTHOP)
			return false;
	}
	return true;
}

struct monitor *monitor_open(unsigned what, struct error *err)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor) {
		error_errno(err, "cannot monitor interfaces and routes");
		return NULL;
	}
	monitor->what = what;
	monitor->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!monitor->socket || mnl_socket_bind(monitor->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    !monitor_join_groups(monitor)) {
		error_errno(err, "cannot monitor interfaces and routes");
		monitor_close(monitor);
		return NULL;
	}
	return monitor;
}

int monitor_fd(const struct monitor *monitor)
{
	return mnl_socket_get_fd(monitor->socket);
}

static unsigned monitor_kind(const struct nlmsghdr *message)
{
	const struct ndmsg *neighbour;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return MONITOR_LINKS | MONITOR_ROUTES;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return MONITOR_ADDRESSES | MONITOR_ROUTES;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		/* The group also carries the MAC addresses that bridges learn. */
		neighbour = mnl_nlmsg_get_payload(message);
		return neighbour->ndm_family == AF_BRIDGE ? 0 : MONITOR_NEIGHBOURS;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
		return MONITOR_QDISCS;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return MONITOR_ROUTES;
	default: /* the group of queueing disciplines also carries classes and filters */
		return 0;
	}
}

static int monitor_read_message(const struct nlmsghdr *message, void *arg)
{
	unsigned *changes = arg;

	*changes |= monitor_kind(message);
	return MNL_CB_OK;
}

unsigned monitor_read(struct monitor *monitor)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned changes = 0;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(monitor->socket, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && (n == 0 || errno == EAGAIN))
			break;
		/* ENOBUFS means that the kernel dropped notifications, ENOSPC that one was longer
		 * than the buffer. In both cases there is more to read. */
		if (n < 0 && errno != ENOBUFS && errno != ENOSPC) {
			changes = monitor->what;
			break;
		}
		if (n < 0 ||
		    mnl_cb_run(buffer, (size_t)n, 0, 0, monitor_read_message, &changes) < 0)
			changes = monitor->what;
	}
	return changes & monitor->what;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->socket)
		mnl_socket_close(monitor->socket);
	free(monitor);
}
