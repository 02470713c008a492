/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes messages of a lane's frames and sends them. Every frame is counted once: sent when the
 * kernel took it (and its queue, which tells where IP_RECVERR is set), else failed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>

#include "sink/tunnel_way.h"

/* udp(7): UDP_MAX_SEGMENTS was 64 before Linux 6.9; a datagram's payload over IPv4. */
enum { SEGMENTS_MAX = 64, PAYLOAD_MAX = 65507 };

/* A target whose socket stays full is waited for once in a while, or the others would be late. */
enum { WAIT_MS = 1 };
static const int64_t wait_every_ns = 10000000;

static const struct tunnel_frame *frame_at(const struct tunnel_sink *tunnel,
					   const struct tunnel_lane *lane, unsigned at)
{
	return &tunnel->frame[lane->frames[at]];
}

static size_t sent_len(const struct tunnel_sink *tunnel, const struct tunnel_lane *lane,
		       unsigned at)
{
	return frame_at(tunnel, lane, at)->packet.len - lane->target->way.skip;
}

/* How many frames leave as one UDP_SEGMENT message: of one size that the path takes, but the last
 * may be shorter. */
static unsigned run_count(const struct tunnel_sink *tunnel, const struct tunnel_lane *lane,
			  unsigned first)
{
	const struct tunnel_way *way = &lane->target->way;
	size_t size = sent_len(tunnel, lane, first), total = size;
	unsigned count = 1;

	if (!way->segments || way->split || way->skip + size > way->mtu)
		return 1;
	while (first + count < lane->count && count < SEGMENTS_MAX) {
		size_t len = sent_len(tunnel, lane, first + count);

		if (len > size || total + len > PAYLOAD_MAX)
			break;
		total += len;
		count++;
		if (len < size)
			break;
	}
	return count;
}

static void set_segment(struct tunnel_sink *tunnel, unsigned at, size_t size)
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

/* Whole frames: a header of the way's own in front of the frame's IP packet. */
static void message_of_frame(struct tunnel_sink *tunnel, const struct tunnel_lane *lane,
			     unsigned at)
{
	const struct tunnel_run *run = &tunnel->run[at];
	struct iovec *iov = &tunnel->iov[2 * run->first];

	iov[0] = view(span_of(lane->target->way.ethernet, ENVELOPE_ETHERNET_LEN));
	iov[1] = view(frame_at(tunnel, lane, run->first)->packet);
	tunnel->message[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 2 };
}

static void message_of_run(struct tunnel_sink *tunnel, const struct tunnel_lane *lane, unsigned at)
{
	const struct tunnel_run *run = &tunnel->run[at];
	struct iovec *iov = &tunnel->iov[run->first];
	unsigned i;

	if (lane->target->way.engine == ENGINE_PACKET) {
		message_of_frame(tunnel, lane, at);
		return;
	}
	for (i = 0; i < run->count; i++)
		iov[i] = view(span_from(frame_at(tunnel, lane, run->first + i)->packet,
					lane->target->way.skip));
	tunnel->message[at].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = run->count };
	if (run->count > 1)
		set_segment(tunnel, at, iov[0].iov_len);
}

static unsigned messages(struct tunnel_sink *tunnel, const struct tunnel_lane *lane)
{
	unsigned first = 0, count = 0;

	while (first < lane->count) {
		unsigned n = run_count(tunnel, lane, first);

		tunnel->run[count] = (struct tunnel_run){ (uint8_t)first, (uint8_t)n };
		message_of_run(tunnel, lane, count);
		first += n;
		count++;
	}
	return count;
}

static void count_sent(struct tunnel_target *target, const struct tunnel_frame *frame)
{
	target->counts.sent++;
	target->counts.bytes += frame->packet.len;
}

static void count_failed(struct tunnel_sink *tunnel, struct tunnel_target *target,
			 const struct tunnel_frame *frame)
{
	target->counts.failed++;
	if (tunnel->config.failed)
		tunnel->config.failed(tunnel->config.arg, target->index, frame->number);
}

static void run_sent(struct tunnel_sink *tunnel, struct tunnel_lane *lane, unsigned at)
{
	const struct tunnel_run *run = &tunnel->run[at];
	unsigned i;

	for (i = 0; i < run->count; i++)
		count_sent(lane->target, frame_at(tunnel, lane, run->first + i));
}

static void run_failed(struct tunnel_sink *tunnel, struct tunnel_lane *lane, unsigned at)
{
	const struct tunnel_run *run = &tunnel->run[at];
	unsigned i;

	for (i = 0; i < run->count; i++)
		count_failed(tunnel, lane->target, frame_at(tunnel, lane, run->first + i));
}

void tunnel_send_settle(struct tunnel_sink *tunnel, struct tunnel_target *target,
			const struct tunnel_frame *frame, int number)
{
	if (number == 0) {
		count_sent(target, frame);
		return;
	}
	count_failed(tunnel, target, frame);
	tunnel_errors_add(tunnel, target, number, 1);
}

void tunnel_send_mtu(struct tunnel_sink *tunnel, struct tunnel_target *target, uint32_t mtu)
{
	if (mtu == 0 || mtu == target->way.mtu)
		return;
	target->way.mtu = mtu;
	if (tunnel->config.mtu)
		tunnel->config.mtu(tunnel->config.arg, target->index, mtu);
}

/* At most once in a while: true when there may be room now. */
static bool wait_for_room(struct tunnel_sink *tunnel, struct tunnel_lane *lane)
{
	struct pollfd room = { .fd = lane->fd, .events = POLLOUT };

	if (tunnel->now_ns - lane->target->waited_ns < wait_every_ns)
		return false;
	lane->target->waited_ns = tunnel->now_ns;
	return poll(&room, 1, WAIT_MS) > 0;
}

static void path_changed(struct tunnel_sink *tunnel, struct tunnel_lane *lane)
{
	tunnel_send_mtu(tunnel, lane->target, tunnel_socket_mtu(&lane->target->way, lane->fd));
}

/*
 * After a send that failed: true when the same message is worth another try. Any error but these
 * two may be that of an earlier datagram, which an ICMP error came back for: the present one was
 * not sent then. *earlier: the queue named such errors, and they are counted.
 */
static bool worth_it(struct tunnel_sink *tunnel, struct tunnel_lane *lane, int number,
		     bool *earlier)
{
	if (number == EAGAIN)
		return wait_for_room(tunnel, lane);
	if (number == ENOBUFS)
		return false;
	*earlier = tunnel_errors_drain(tunnel, lane);
	if (number == EMSGSIZE)
		path_changed(tunnel, lane);
	return true;
}

/* One message that the kernel refused with number, alone. */
static void send_again(struct tunnel_sink *tunnel, struct tunnel_lane *lane, unsigned at,
		       int number)
{
	bool earlier = false;

	if (worth_it(tunnel, lane, number, &earlier)) {
		if (sendmsg(lane->fd, &tunnel->message[at].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >=
		    0) {
			run_sent(tunnel, lane, at);
			if (!earlier && number != EAGAIN)
				tunnel_errors_add(tunnel, lane->target, number, 1);
			return;
		}
		number = errno;
		earlier = tunnel_errors_drain(tunnel, lane);
	}
	run_failed(tunnel, lane, at);
	if (!earlier)
		tunnel_errors_add(tunnel, lane->target, number, tunnel->run[at].count);
}

/* The segments of a run as messages of their own, one by one. */
static void send_apart(struct tunnel_sink *tunnel, struct tunnel_lane *lane, unsigned at)
{
	struct tunnel_run whole = tunnel->run[at];
	struct msghdr *head = &tunnel->message[at].msg_hdr;
	unsigned i;

	for (i = 0; i < whole.count; i++) {
		tunnel->run[at] = (struct tunnel_run){ (uint8_t)(whole.first + i), 1 };
		message_of_run(tunnel, lane, at);
		if (sendmsg(lane->fd, head, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			run_sent(tunnel, lane, at);
		else
			send_again(tunnel, lane, at, errno);
	}
}

/* UDP_SEGMENT is refused with these where the path got narrower (EINVAL; EMSGSIZE on newer
 * kernels), or where the device or IPsec rules it out (EIO). */
static void refused(struct tunnel_sink *tunnel, struct tunnel_lane *lane, unsigned at, int number)
{
	if (tunnel->run[at].count == 1 ||
	    (number != EINVAL && number != EIO && number != EMSGSIZE)) {
		send_again(tunnel, lane, at, number);
		return;
	}
	if (number == EIO)
		lane->target->way.segments = false;
	path_changed(tunnel, lane);
	send_apart(tunnel, lane, at);
}

static void send_messages(struct tunnel_sink *tunnel, struct tunnel_lane *lane)
{
	unsigned count = messages(tunnel, lane), at = 0;
	bool swallowed = false;

	while (at < count) {
		int n = sendmmsg(lane->fd, tunnel->message + at, count - at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0) {
			refused(tunnel, lane, at++, errno);
			continue;
		}
		for (; n > 0; n--)
			run_sent(tunnel, lane, at++);
		/* sendmmsg(2) keeps the error of a message behind the first to itself. */
		swallowed |= at < count;
	}
	if (swallowed)
		tunnel_errors_drain(tunnel, lane);
}

void tunnel_send_lane(struct tunnel_sink *tunnel, struct tunnel_lane *lane)
{
	int down = lane->target->way.unreachable;
	unsigned i;

	if (!down)
		send_messages(tunnel, lane);
	for (i = 0; down && i < lane->count; i++)
		tunnel_send_settle(tunnel, lane->target, frame_at(tunnel, lane, i), down);
	lane->count = 0;
}
