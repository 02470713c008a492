/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong on the path to a target, by number. A socket tells it twice: as the result of a
 * send, and, of earlier datagrams that an ICMP error came back for, in its error queue (IP_RECVERR
 * in ip(7), IPV6_RECVERR in ipv6(7)).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdio.h>

#include "live/send_internal.h"

/* A flood of ICMP errors must not hold up what is to be sent. */
enum { DRAIN_MAX = 512, CONTROL_LEN = 512 };

static const int64_t quiet_ns = 1000000000;

static void say(struct send_sink *tunnel, const struct send_target *target, const char *what)
{
	char text[TARGET_NAME_MAX + 128];

	if (!tunnel->config.say)
		return;
	snprintf(text, sizeof(text), "%s: %s", target->name, what);
	tunnel->config.say(tunnel->config.arg, text);
}

void send_errors_add(struct send_sink *tunnel, struct send_target *target, int number,
		     unsigned count)
{
	if (number <= 0 || number >= SEND_ERRNOS)
		number = EIO;
	target->errors[number] += count;
	target->trouble_ns = tunnel->now_ns;
	/* The first is not always the cause: a queue fills before its link is known to be down. */
	if (target->trouble == number ||
	    (target->trouble && tunnel->now_ns - target->said_ns < quiet_ns))
		return;
	target->trouble = number;
	target->said_ns = tunnel->now_ns;
	say(tunnel, target, strerror(number));
}

void send_errors_over(struct send_sink *tunnel, struct send_target *target)
{
	if (!target->trouble || tunnel->now_ns - target->trouble_ns < quiet_ns)
		return;
	target->trouble = 0;
	say(tunnel, target, "takes packets again");
}

static bool is_extended(const struct cmsghdr *head)
{
	return (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_RECVERR) ||
	       (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_RECVERR);
}

/* The error that an ICMP message brought; 0: none. What this host's own stack refused is the result
 * of the send already. */
static int remote_error(struct msghdr *message)
{
	struct sock_extended_err extended;
	struct cmsghdr *head;

	for (head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
		if (!is_extended(head) || head->cmsg_len < CMSG_LEN(sizeof(extended)))
			continue;
		memcpy(&extended, CMSG_DATA(head), sizeof(extended));
		if (extended.ee_origin == SO_EE_ORIGIN_ICMP ||
		    extended.ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)extended.ee_errno;
	}
	return 0;
}

bool send_errors_drain(struct send_sink *tunnel, struct send_socket *sock)
{
	union {
		char room[CONTROL_LEN];
		struct cmsghdr align;
	} control;
	bool any = false, path = false;
	unsigned left;

	for (left = DRAIN_MAX; left > 0; left--) {
		struct msghdr message = { .msg_control = &control,
					  .msg_controllen = sizeof(control) };
		int number;

		if (recvmsg(sock->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		number = remote_error(&message);
		path |= number == EMSGSIZE;
		any |= number != 0;
		if (number != 0)
			send_errors_add(tunnel, sock->target, number, 1);
	}
	if (path)
		send_target_set_mtu(tunnel, sock->target,
				    send_socket_mtu(&sock->target->path, sock->fd));
	return any;
}
