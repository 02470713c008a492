/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>

#include "header/fields.h"
#include "live/send_errors.h"
#include "live/send_socket.h"
#include "live/send_target.h"

enum {
	SEGMENTS_MAX = 64,   /* udp(7): UDP_MAX_SEGMENTS before Linux 6.9 */
	PAYLOAD_MAX = 65507, /* bytes of a datagram's payload over IPv4 */
	WAIT_MS = 1,	     /* for room in a full socket */
};

/* A socket that stays full is waited for no more often, or the other targets would be late. */
static const int64_t wait_interval_ns = 10000000;

static const struct send_frame *send_batch_frame(const struct send_sink *sink,
						 const struct send_socket *sock, unsigned at)
{
	return &sink->frames[sock->frames[at]];
}

/* Returns how many bytes of a frame are handed to the kernel; at is its place in the socket's
 * queue. */
static size_t send_batch_len(const struct send_sink *sink, const struct send_socket *sock,
			     unsigned at)
{
	return send_batch_frame(sink, sock, at)->packet.len - sock->target->path.skip;
}

/* Returns how many frames of the socket's queue, from first on, fit one UDP_SEGMENT message: all
 * have one length that the path takes, but the last may be shorter. */
static unsigned send_batch_group_count(const struct send_sink *sink, const struct send_socket *sock,
				       unsigned first)
{
	const struct send_path *path = &sock->target->path;
	size_t size = send_batch_len(sink, sock, first), total = size;
	unsigned count = 1;

	if (!path->segments || path->split || path->skip + size > path->mtu)
		return 1;
	while (first + count < sock->count && count < SEGMENTS_MAX) {
		size_t len = send_batch_len(sink, sock, first + count);

		if (len > size || total + len > PAYLOAD_MAX)
			break;
		total += len;
		count++;
		if (len < size)
			break;
	}
	return count;
}

static void send_batch_set_segment(struct send_sink *sink, unsigned at, size_t size)
{
	struct msghdr *head = &sink->messages[at].msg_hdr;
	uint16_t segment = (uint16_t)size;
	struct cmsghdr *control = &sink->control[at].align;

	control->cmsg_level = IPPROTO_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(segment));
	memcpy(CMSG_DATA(control), &segment, sizeof(segment));
	head->msg_control = control;
	head->msg_controllen = sizeof(sink->control[at]);
}

/* struct iovec also serves reading into memory, so its pointer is not const; these bytes are only
 * read. */
static struct iovec send_batch_iovec(struct span bytes)
{
	struct iovec iov = { .iov_len = bytes.len };

	memcpy(&iov.iov_base, &bytes.data, sizeof(iov.iov_base));
	return iov;
}

/* The packet engine puts the path's Ethernet header in front of the frame's IP packet. */
static void send_batch_build_ethernet(struct send_sink *sink, const struct send_socket *sock,
				      unsigned at)
{
	const struct send_group *group = &sink->groups[at];
	struct iovec *iov = &sink->iov[2 * group->first];

	iov[0] = send_batch_iovec(span_of(sock->target->path.ethernet, ETHERNET_LEN));
	iov[1] = send_batch_iovec(send_batch_frame(sink, sock, group->first)->packet);
	sink->messages[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 2 };
}

static void send_batch_build(struct send_sink *sink, const struct send_socket *sock, unsigned at)
{
	const struct send_group *group = &sink->groups[at];
	struct iovec *iov = &sink->iov[group->first];
	unsigned i;

	if (sock->target->path.engine == ENGINE_PACKET) {
		send_batch_build_ethernet(sink, sock, at);
		return;
	}
	for (i = 0; i < group->count; i++)
		iov[i] = send_batch_iovec(
			span_from(send_batch_frame(sink, sock, group->first + i)->packet,
				  sock->target->path.skip));
	sink->messages[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = group->count };
	if (group->count > 1)
		send_batch_set_segment(sink, at, iov[0].iov_len);
}

/* Builds messages of all frames of the socket; returns how many. */
static unsigned send_batch_build_all(struct send_sink *sink, const struct send_socket *sock)
{
	unsigned count = 0, first = 0;

	while (first < sock->count) {
		unsigned n = send_batch_group_count(sink, sock, first);

		sink->groups[count] = (struct send_group){ (uint8_t)first, (uint8_t)n };
		send_batch_build(sink, sock, count);
		first += n;
		count++;
	}
	return count;
}

static void send_batch_sent(struct send_sink *sink, struct send_socket *sock, unsigned at)
{
	const struct send_group *group = &sink->groups[at];
	unsigned i;

	for (i = 0; i < group->count; i++)
		send_target_sent(sock->target, send_batch_frame(sink, sock, group->first + i));
}

static void send_batch_failed(struct send_sink *sink, struct send_socket *sock, unsigned at)
{
	const struct send_group *group = &sink->groups[at];
	unsigned i;

	for (i = 0; i < group->count; i++)
		send_target_failed(sink, sock->target,
				   send_batch_frame(sink, sock, group->first + i));
}

/* Returns true if there may be room now. Returns false without a wait if the target had one within
 * wait_interval_ns. */
static bool send_batch_wait_for_room(struct send_sink *sink, struct send_socket *sock)
{
	struct pollfd room = { .fd = sock->fd, .events = POLLOUT };

	if (sink->now_ns - sock->target->waited_ns < wait_interval_ns)
		return false;
	sock->target->waited_ns = sink->now_ns;
	return poll(&room, 1, WAIT_MS) > 0;
}

static void send_batch_update_mtu(struct send_sink *sink, struct send_socket *sock)
{
	send_target_set_mtu(sink, sock->target, send_socket_mtu(&sock->target->path, sock->fd));
}

/*
 * Returns true if the message that failed is worth another try. Any error but EAGAIN and ENOBUFS
 * may be the pending error of an earlier datagram, which an ICMP message came back for: the kernel
 * then reports that error instead of sending the present datagram (ip(7), IP_RECVERR). Sets
 * *earlier if the error queue held such errors; send_errors_drain() has counted them.
 */
static bool send_batch_worth_retry(struct send_sink *sink, struct send_socket *sock, int number,
				   bool *earlier)
{
	if (number == EAGAIN)
		return send_batch_wait_for_room(sink, sock);
	if (number == ENOBUFS)
		return false;
	*earlier = send_errors_drain(sink, sock);
	if (number == EMSGSIZE)
		send_batch_update_mtu(sink, sock);
	return true;
}

static void send_batch_retry(struct send_sink *sink, struct send_socket *sock, unsigned at,
			     int number)
{
	bool earlier = false;

	if (send_batch_worth_retry(sink, sock, number, &earlier)) {
		if (sendmsg(sock->fd, &sink->messages[at].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >=
		    0) {
			send_batch_sent(sink, sock, at);
			if (!earlier && number != EAGAIN)
				send_target_error(sink, sock->target, number, 1);
			return;
		}
		number = errno;
		earlier = send_errors_drain(sink, sock);
	}
	send_batch_failed(sink, sock, at);
	if (!earlier)
		send_target_error(sink, sock->target, number, sink->groups[at].count);
}

static void send_batch_one_by_one(struct send_sink *sink, struct send_socket *sock, unsigned at)
{
	struct send_group whole = sink->groups[at];
	struct msghdr *head = &sink->messages[at].msg_hdr;
	unsigned i;

	for (i = 0; i < whole.count; i++) {
		sink->groups[at] = (struct send_group){ (uint8_t)(whole.first + i), 1 };
		send_batch_build(sink, sock, at);
		if (sendmsg(sock->fd, head, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			send_batch_sent(sink, sock, at);
		else
			send_batch_retry(sink, sock, at, errno);
	}
}

/* The kernel refuses UDP_SEGMENT with EINVAL (EMSGSIZE on newer kernels) if the path MTU shrank,
 * and with EIO if the device or IPsec rules it out. */
static void send_batch_refused(struct send_sink *sink, struct send_socket *sock, unsigned at,
			       int number)
{
	if (sink->groups[at].count == 1 ||
	    (number != EINVAL && number != EIO && number != EMSGSIZE)) {
		send_batch_retry(sink, sock, at, number);
		return;
	}
	if (number == EIO)
		sock->target->path.segments = false;
	send_batch_update_mtu(sink, sock);
	send_batch_one_by_one(sink, sock, at);
}

static void send_batch_send(struct send_sink *sink, struct send_socket *sock)
{
	unsigned count = send_batch_build_all(sink, sock), at = 0;
	bool swallowed = false;

	while (at < count) {
		int n = sendmmsg(sock->fd, sink->messages + at, count - at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0) {
			send_batch_refused(sink, sock, at++, errno);
			continue;
		}
		for (; n > 0; n--)
			send_batch_sent(sink, sock, at++);
		/* sendmmsg(2) does not report the error of a message behind the first. */
		swallowed |= at < count;
	}
	if (swallowed)
		send_errors_drain(sink, sock);
}

void send_batch_socket(struct send_sink *sink, struct send_socket *sock)
{
	int unreachable = sock->target->path.unreachable;
	unsigned i;

	if (!unreachable)
		send_batch_send(sink, sock);
	for (i = 0; unreachable && i < sock->count; i++)
		send_target_done(sink, sock->target, send_batch_frame(sink, sock, i), unreachable);
	sock->count = 0;
}
