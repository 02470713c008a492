/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_errors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "live/send_socket.h"
#include "live/send_target.h"

/* At most DRAIN_MAX entries are read at once, because a flood of ICMP errors must not delay the
 * frames that wait to be sent. CONTROL_LEN is bytes of control messages. */
enum { DRAIN_MAX = 512, CONTROL_LEN = 512 };

static bool send_errors_is_extended(const struct cmsghdr *head)
{
	return (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_RECVERR) ||
	       (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_RECVERR);
}

/* Returns the errno of an ICMP error, or 0 if the message is none. Errors of this host's own stack
 * were already the result of a send. */
static int send_errors_icmp(struct msghdr *message)
{
	struct sock_extended_err extended;
	struct cmsghdr *head;

	for (head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
		if (!send_errors_is_extended(head) || head->cmsg_len < CMSG_LEN(sizeof(extended)))
			continue;
		memcpy(&extended, CMSG_DATA(head), sizeof(extended));
		if (extended.ee_origin == SO_EE_ORIGIN_ICMP ||
		    extended.ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)extended.ee_errno;
	}
	return 0;
}

bool send_errors_drain(struct send_sink *sink, struct send_socket *sock)
{
	union {
		char room[CONTROL_LEN];
		struct cmsghdr align;
	} control;
	bool any = false, too_big = false;
	unsigned left;

	for (left = DRAIN_MAX; left > 0; left--) {
		struct msghdr message = { .msg_control = &control,
					  .msg_controllen = sizeof(control) };
		int number;

		if (recvmsg(sock->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		number = send_errors_icmp(&message);
		too_big |= number == EMSGSIZE;
		any |= number != 0;
		if (number != 0)
			send_target_error(sink, sock->target, number, 1);
	}
	if (too_big)
		send_target_set_mtu(sink, sock->target,
				    send_socket_mtu(&sock->target->path, sock->fd));
	return any;
}
