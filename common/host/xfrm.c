/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

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
