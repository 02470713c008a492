/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "netlink.h"
#include "route.h"

struct link_watch {
	struct mnl_socket *socket;
	unsigned what;
};

/* Which multicast groups tell of what. */
static const struct {
	unsigned what;
	int group;
} groups[] = {
	{ WATCH_LINKS, RTNLGRP_LINK },
	{ WATCH_ADDRESSES, RTNLGRP_IPV4_IFADDR },
	{ WATCH_ADDRESSES, RTNLGRP_IPV6_IFADDR },
	{ WATCH_ROUTES, RTNLGRP_IPV4_ROUTE },
	{ WATCH_ROUTES, RTNLGRP_IPV6_ROUTE },
	{ WATCH_ROUTES, RTNLGRP_IPV4_RULE },
	{ WATCH_ROUTES, RTNLGRP_IPV6_RULE },
	{ WATCH_ROUTES, RTNLGRP_NEXTHOP },
	/* IPv4 routes that go with a device or an address go without a word of their own. */
	{ WATCH_ROUTES, RTNLGRP_LINK },
	{ WATCH_ROUTES, RTNLGRP_IPV4_IFADDR },
	{ WATCH_NEIGHBOURS, RTNLGRP_NEIGH },
	{ WATCH_QUEUES, RTNLGRP_TC },
};

static bool join(const struct link_watch *watch)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i].group;

		if (!(groups[i].what & watch->what))
			continue;
		/* Nexthop objects are of Linux 5.3. */
		if (mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)) < 0 &&
		    group != RTNLGRP_NEXTHOP)
			return false;
	}
	return true;
}

struct link_watch *link_watch_open(unsigned what, struct error *err)
{
	struct link_watch *watch = calloc(1, sizeof(*watch));

	if (!watch) {
		error_errno(err, "cannot watch interfaces and routes");
		return NULL;
	}
	watch->what = what;
	watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!watch->socket || mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    !join(watch)) {
		error_errno(err, "cannot watch interfaces and routes");
		link_watch_close(watch);
		return NULL;
	}
	return watch;
}

int link_watch_fd(const struct link_watch *watch)
{
	return mnl_socket_get_fd(watch->socket);
}

static unsigned meaning(const struct nlmsghdr *message)
{
	const struct ndmsg *neighbour;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return WATCH_LINKS | WATCH_ROUTES;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return WATCH_ADDRESSES | WATCH_ROUTES;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		/* A bridge tells of the addresses that it learns on the same group. */
		neighbour = mnl_nlmsg_get_payload(message);
		return neighbour->ndm_family == AF_BRIDGE ? 0 : WATCH_NEIGHBOURS;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
		return WATCH_QUEUES;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return WATCH_ROUTES;
	default: /* classes and filters, of the same group as queues */
		return 0;
	}
}

static int changed(const struct nlmsghdr *message, void *arg)
{
	unsigned *changes = arg;

	*changes |= meaning(message);
	return MNL_CB_OK;
}

unsigned link_watch_read(struct link_watch *watch)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned changes = 0;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(watch->socket, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && (n == 0 || errno == EAGAIN))
			break;
		/* ENOBUFS: the kernel had more to tell than room; ENOSPC: we had. Either way there
		 * is more to read. */
		if (n < 0 && errno != ENOBUFS && errno != ENOSPC) {
			changes = watch->what;
			break;
		}
		if (n < 0 || mnl_cb_run(buffer, (size_t)n, 0, 0, changed, &changes) < 0)
			changes = watch->what;
	}
	return changes & watch->what;
}

void link_watch_close(struct link_watch *watch)
{
	if (!watch)
		return;
	if (watch->socket)
		mnl_socket_close(watch->socket);
	free(watch);
}
