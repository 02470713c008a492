/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes messages of a sock's frames and sends them. Every frame is counted once: sent when the
 * kernel took it (and its queue, which tells where IP_RECVERR is set), else failed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>

#include "live/send_internal.h"

/* udp(7): UDP_MAX_SEGMENTS was 64 before Linux 6.9; a datagram's payload over IPv4. */
enum { SEGMENTS_MAX = 64, PAYLOAD_MAX = 65507 };

/* A target whose socket stays full is waited for once in a while, or the others would be late. */
enum { WAIT_MS = 1 };
static const int64_t wait_every_ns = 10000000;

static const struct send_frame *frame_at(const struct send_sink *tunnel,
					 const struct send_socket *sock, unsigned at)
{
	return &tunnel->frame[sock->frames[at]];
}

static size_t sent_len(const struct send_sink *tunnel, const struct send_socket *sock, unsigned at)
{
	return frame_at(tunnel, sock, at)->packet.len - sock->target->path.skip;
}

/* How many frames leave as one UDP_SEGMENT message: of one size that the path takes, but the last
 * may be shorter. */
static unsigned run_count(const struct send_sink *tunnel, const struct send_socket *sock,
			  unsigned first)
{
	const struct send_path *path = &sock->target->path;
	size_t size = sent_len(tunnel, sock, first), total = size;
	unsigned count = 1;

	if (!path->segments || path->split || path->skip + size > path->mtu)
		return 1;
	while (first + count < sock->count && count < SEGMENTS_MAX) {
		size_t len = sent_len(tunnel, sock, first + count);

		if (len > size || total + len > PAYLOAD_MAX)
			break;
		total += len;
		count++;
		if (len < size)
			break;
	}
	return count;
}

static void set_segment(struct send_sink *tunnel, unsigned at, size_t size)
{
	struct msghdr *head = &tunnel->message[at].msg_hdr;
	uint16_t segment = (uint16_t)size;
	struct cmsghdr *control = &tunnel->control[at].align;

	control->cmsg_level = IPPROTO_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(segment));
	memcpy(CMSG_DATA(control), &segment, sizeof(segment));
	head->msg_control = control;
	head->msg_controllen = sizeof(tunnel->control[at]);
}

/* The bytes are only read; struct iovec serves reading into, too, and has no const. */
static struct iovec view(struct span bytes)
{
	struct iovec iov = { .iov_len = bytes.len };

	memcpy(&iov.iov_base, &bytes.data, sizeof(iov.iov_base));
	return iov;
}

/* Whole frames: a header of the path's own in front of the frame's IP packet. */
static void message_of_frame(struct send_sink *tunnel, const struct send_socket *sock, unsigned at)
{
	const struct send_run *run = &tunnel->run[at];
	struct iovec *iov = &tunnel->iov[2 * run->first];

	iov[0] = view(span_of(sock->target->path.ethernet, ETHERNET_LEN));
	iov[1] = view(frame_at(tunnel, sock, run->first)->packet);
	tunnel->message[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 2 };
}

static void message_of_run(struct send_sink *tunnel, const struct send_socket *sock, unsigned at)
{
	const struct send_run *run = &tunnel->run[at];
	struct iovec *iov = &tunnel->iov[run->first];
	unsigned i;

	if (sock->target->path.engine == ENGINE_PACKET) {
		message_of_frame(tunnel, sock, at);
		return;
	}
	for (i = 0; i < run->count; i++)
		iov[i] = view(span_from(frame_at(tunnel, sock, run->first + i)->packet,
					sock->target->path.skip));
	tunnel->message[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = run->count };
	if (run->count > 1)
		set_segment(tunnel, at, iov[0].iov_len);
}

static unsigned messages(struct send_sink *tunnel, const struct send_socket *sock)
{
	unsigned first = 0, count = 0;

	while (first < sock->count) {
		unsigned n = run_count(tunnel, sock, first);

		tunnel->run[count] = (struct send_run){ (uint8_t)first, (uint8_t)n };
		message_of_run(tunnel, sock, count);
		first += n;
		count++;
	}
	return count;
}

static void count_sent(struct send_target *target, const struct send_frame *frame)
{
	target->counts.sent++;
	target->counts.bytes += frame->packet.len;
}

static void count_failed(struct send_sink *tunnel, struct send_target *target,
			 const struct send_frame *frame)
{
	target->counts.failed++;
	if (tunnel->config.failed)
		tunnel->config.failed(tunnel->config.arg, target->index, frame->number);
}

static void run_sent(struct send_sink *tunnel, struct send_socket *sock, unsigned at)
{
	const struct send_run *run = &tunnel->run[at];
	unsigned i;

	for (i = 0; i < run->count; i++)
		count_sent(sock->target, frame_at(tunnel, sock, run->first + i));
}

static void run_failed(struct send_sink *tunnel, struct send_socket *sock, unsigned at)
{
	const struct send_run *run = &tunnel->run[at];
	unsigned i;

	for (i = 0; i < run->count; i++)
		count_failed(tunnel, sock->target, frame_at(tunnel, sock, run->first + i));
}

void send_target_done(struct send_sink *tunnel, struct send_target *target,
		      const struct send_frame *frame, int number)
{
	if (number == 0) {
		count_sent(target, frame);
		return;
	}
	count_failed(tunnel, target, frame);
	send_errors_add(tunnel, target, number, 1);
}

void send_target_set_mtu(struct send_sink *tunnel, struct send_target *target, uint32_t mtu)
{
	if (mtu == 0 || mtu == target->path.mtu)
		return;
	target->path.mtu = mtu;
	if (tunnel->config.mtu)
		tunnel->config.mtu(tunnel->config.arg, target->index, mtu);
}

/* At most once in a while: true when there may be room now. */
static bool wait_for_room(struct send_sink *tunnel, struct send_socket *sock)
{
	struct pollfd room = { .fd = sock->fd, .events = POLLOUT };

	if (tunnel->now_ns - sock->target->waited_ns < wait_every_ns)
		return false;
	sock->target->waited_ns = tunnel->now_ns;
	return poll(&room, 1, WAIT_MS) > 0;
}

static void path_changed(struct send_sink *tunnel, struct send_socket *sock)
{
	send_target_set_mtu(tunnel, sock->target, send_socket_mtu(&sock->target->path, sock->fd));
}

/*
 * After a send that failed: true when the same message is worth another try. Any error but these
 * two may be that of an earlier datagram, which an ICMP error came back for: the present one was
 * not sent then. *earlier: the queue named such errors, and they are counted.
 */
static bool worth_it(struct send_sink *tunnel, struct send_socket *sock, int number, bool *earlier)
{
	if (number == EAGAIN)
		return wait_for_room(tunnel, sock);
	if (number == ENOBUFS)
		return false;
	*earlier = send_errors_drain(tunnel, sock);
	if (number == EMSGSIZE)
		path_changed(tunnel, sock);
	return true;
}

/* One message that the kernel refused with number, alone. */
static void send_again(struct send_sink *tunnel, struct send_socket *sock, unsigned at, int number)
{
	bool earlier = false;

	if (worth_it(tunnel, sock, number, &earlier)) {
		if (sendmsg(sock->fd, &tunnel->message[at].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >=
		    0) {
			run_sent(tunnel, sock, at);
			if (!earlier && number != EAGAIN)
				send_errors_add(tunnel, sock->target, number, 1);
			return;
		}
		number = errno;
		earlier = send_errors_drain(tunnel, sock);
	}
	run_failed(tunnel, sock, at);
	if (!earlier)
		send_errors_add(tunnel, sock->target, number, tunnel->run[at].count);
}

/* The segments of a run as messages of their own, one by one. */
static void send_apart(struct send_sink *tunnel, struct send_socket *sock, unsigned at)
{
	struct send_run whole = tunnel->run[at];
	struct msghdr *head = &tunnel->message[at].msg_hdr;
	unsigned i;

	for (i = 0; i < whole.count; i++) {
		tunnel->run[at] = (struct send_run){ (uint8_t)(whole.first + i), 1 };
		message_of_run(tunnel, sock, at);
		if (sendmsg(sock->fd, head, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			run_sent(tunnel, sock, at);
		else
			send_again(tunnel, sock, at, errno);
	}
}

/* UDP_SEGMENT is refused with these where the path got narrower (EINVAL; EMSGSIZE on newer
 * kernels), or where the device or IPsec rules it out (EIO). */
static void refused(struct send_sink *tunnel, struct send_socket *sock, unsigned at, int number)
{
	if (tunnel->run[at].count == 1 ||
	    (number != EINVAL && number != EIO && number != EMSGSIZE)) {
		send_again(tunnel, sock, at, number);
		return;
	}
	if (number == EIO)
		sock->target->path.segments = false;
	path_changed(tunnel, sock);
	send_apart(tunnel, sock, at);
}

static void send_messages(struct send_sink *tunnel, struct send_socket *sock)
{
	unsigned count = messages(tunnel, sock), at = 0;
	bool swallowed = false;

	while (at < count) {
		int n = sendmmsg(sock->fd, tunnel->message + at, count - at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0) {
			refused(tunnel, sock, at++, errno);
			continue;
		}
		for (; n > 0; n--)
			run_sent(tunnel, sock, at++);
		/* sendmmsg(2) keeps the error of a message behind the first to itself. */
		swallowed |= at < count;
	}
	if (swallowed)
		send_errors_drain(tunnel, sock);
}

void send_batch_socket(struct send_sink *tunnel, struct send_socket *sock)
{
	int down = sock->target->path.unreachable;
	unsigned i;

	if (!down)
		send_messages(tunnel, sock);
	for (i = 0; down && i < sock->count; i++)
		send_target_done(tunnel, sock->target, frame_at(tunnel, sock, i), down);
	sock->count = 0;
}
