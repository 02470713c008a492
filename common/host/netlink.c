/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel fills at most 32 KiB per read of a dump: netlink_dump(), net/netlink/af_netlink.c. */
enum { ANSWER_MAX = 32768 };

/* A busy table may change during every dump. Repeating one takes about a millisecond. */
enum { DUMPS_MAX = 32 };

/*
 * Both messages that end an answer hold 0 or an errno: an acknowledgement (NLMSG_ERROR), and the
 * end of a dump (NLMSG_DONE), where it is that for which the kernel ended the dump early:
 * netlink_dump_done(), net/netlink/af_netlink.c. libmnl's own function for the latter does not look
 * at it, and the part of a table that came so far would pass for all of it.
 */
static int netlink_end(const struct nlmsghdr *message, void *arg)
{
	int result = 0;

	(void)arg;
	if (mnl_nlmsg_get_payload_len(message) >= sizeof(result))
		memcpy(&result, mnl_nlmsg_get_payload(message), sizeof(result));
	if (result == 0)
		return MNL_CB_STOP;
	errno = abs(result); /* some subsystems of the kernel give it without the sign */
	return MNL_CB_ERROR;
}

static bool netlink_receive(struct mnl_socket *socket, const struct nlmsghdr *question,
			    mnl_cb_t each, void *arg)
{
	char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	mnl_cb_t control[] = { [NLMSG_ERROR] = netlink_end, [NLMSG_DONE] = netlink_end };
	bool more = true;

	while (more) {
		ssize_t n = TEMP_FAILURE_RETRY(mnl_socket_recvfrom(socket, answer, sizeof(answer)));
		int result;

		if (n < 0)
			return false;
		result = mnl_cb_run2(answer, (size_t)n, question->nlmsg_seq,
				     mnl_socket_get_portid(socket), each, arg, control,
				     sizeof(control) / sizeof(control[0]));
		if (result < 0)
			return false;
		more = result > MNL_CB_STOP;
	}
	return true;
}

static bool netlink_ask_once(int bus, struct nlmsghdr *question, mnl_cb_t each, void *arg)
{
	struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	bool answered;
	int number;

	if (!socket)
		return false;
	answered = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
		   mnl_socket_sendto(socket, question, question->nlmsg_len) >= 0 &&
		   netlink_receive(socket, question, each, arg);
	number = errno;
	mnl_socket_close(socket);
	errno = number;
	return answered;
}

bool netlink_ask(int bus, struct nlmsghdr *question, mnl_cb_t each, void *arg)
{
	bool dump = (question->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	/* An answer ends with an acknowledgement, but a dump has an end of its own. */
	question->nlmsg_flags |= NLM_F_REQUEST | (dump ? 0 : NLM_F_ACK);
	question->nlmsg_seq = 1;
	for (unsigned i = 0; i < DUMPS_MAX; i++) {
		if (netlink_ask_once(bus, question, each, arg))
			return true;
		/* libmnl returns EINTR for NLM_F_DUMP_INTR: the table changed during the dump. */
		if (errno != EINTR)
			return false;
	}
	return false;
}

bool netlink_copy(const struct nlattr *attribute, void *to, uint16_t len)
{
	if (mnl_attr_get_payload_len(attribute) != len)
		return false;
	memcpy(to, mnl_attr_get_payload(attribute), len);
	return true;
}
