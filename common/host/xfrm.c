/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>

#include "host/netlink.h"

static int xfrm_read_message(const struct nlmsghdr *message, void *arg)
{
	const struct xfrm_userpolicy_info *policy = mnl_nlmsg_get_payload(message);
	bool *found = arg;

	/* Policies of single sockets, by which key daemons exempt themselves, have other numbers
	 * for their direction. */
	if (message->nlmsg_type == XFRM_MSG_NEWPOLICY &&
	    mnl_nlmsg_get_payload_len(message) >= sizeof(*policy) && policy->dir == XFRM_POLICY_OUT)
		*found = true;
	return MNL_CB_OK;
}

bool xfrm_has_policies(void)
{
	char buffer[NETLINK_QUESTION_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *question = mnl_nlmsg_put_header(buffer);
	bool found = false;

	question->nlmsg_type = XFRM_MSG_GETPOLICY;
	question->nlmsg_flags = NLM_F_DUMP;
	if (netlink_ask(NETLINK_XFRM, question, xfrm_read_message, &found))
		return found;
	/* EPROTONOSUPPORT means that the kernel has no IPsec. */
	return errno != EPROTONOSUPPORT;
}

struct xfrm_watch {
	struct mnl_socket *socket; /* of notifications; NULL if policies may exist, or never will */
	bool policies;		   /* policies may exist */
};

static bool xfrm_watch_join(struct xfrm_watch *watch)
{
	int group = XFRMNLGRP_POLICY;

	return mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	       mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)) == 0;
}

static void xfrm_watch_end(struct xfrm_watch *watch)
{
	if (watch->socket)
		mnl_socket_close(watch->socket);
	watch->socket = NULL;
}

/* The kernel is asked when the socket has joined the group, so that no change is missed. Without a
 * socket it has no IPsec, or the question fails, too. */
struct xfrm_watch *xfrm_watch_open(void)
{
	struct xfrm_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->socket = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC | SOCK_NONBLOCK);
	watch->policies = (watch->socket && !xfrm_watch_join(watch)) || xfrm_has_policies();
	if (watch->policies)
		xfrm_watch_end(watch);
	return watch;
}

bool xfrm_watch_has_policies(struct xfrm_watch *watch)
{
	char buffer[4096]; /* what is longer is an error of another number */

	if (!watch || !watch->socket)
		return !watch || watch->policies;
	if (mnl_socket_recvfrom(watch->socket, buffer, sizeof(buffer)) < 0 && errno == EAGAIN)
		return false;
	watch->policies = true;
	xfrm_watch_end(watch);
	return true;
}

void xfrm_watch_close(struct xfrm_watch *watch)
{
	if (!watch)
		return;
	xfrm_watch_end(watch);
	free(watch);
}
