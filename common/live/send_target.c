/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send_target.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* Errors are reported once in this time at most, and a target is well after this time without. */
static const int64_t quiet_ns = 1000000000;

static void send_target_say(struct send_sink *sink, const struct send_target *target,
			    const char *what)
{
	char text[TARGET_NAME_MAX + 256];

	if (!sink->config.say)
		return;
	snprintf(text, sizeof(text), "%s: %s", target->name, what);
	sink->config.say(sink->config.arg, text);
}

void send_target_sent(struct send_target *target, const struct send_frame *frame)
{
	target->counts.sent++;
	target->counts.bytes += frame->packet.len;
}

void send_target_failed(struct send_sink *sink, struct send_target *target,
			const struct send_frame *frame)
{
	target->counts.failed++;
	if (sink->config.failed)
		sink->config.failed(sink->config.arg, target->index, frame->number);
}

/* Says what strerror() leaves to be known. */
static void send_target_say_error(struct send_sink *sink, const struct send_target *target,
				  int number)
{
	const struct target *to = &sink->config.targets[target->index];
	char text[192];

	snprintf(text, sizeof(text), "%s", strerror(number));
	if (number == ECONNREFUSED && to->encap->carrier == CARRIER_UDP)
		snprintf(text, sizeof(text), "%s: nothing listens on UDP port %u there",
			 strerror(number), to->port);
	send_target_say(sink, target, text);
}

void send_target_error(struct send_sink *sink, struct send_target *target, int number,
		       unsigned count)
{
	if (number <= 0 || number >= SEND_ERRNOS)
		number = EIO;
	target->errors[number] += count;
	/* config.absent has told it. */
	if (number == SEND_NO_ROUTE)
		return;
	target->error_ns = sink->now_ns;
	target->error_sent = target->counts.sent;
	/* The first error is not always the cause: a queue fills before its link is known to be
	 * down. So another number is reported, too. */
	if (target->error == number || (target->error && sink->now_ns - target->said_ns < quiet_ns))
		return;
	target->error = number;
	target->said_ns = sink->now_ns;
	send_target_say_error(sink, target, number);
}

void send_target_done(struct send_sink *sink, struct send_target *target,
		      const struct send_frame *frame, int number)
{
	if (number == 0) {
		send_target_sent(target, frame);
		return;
	}
	send_target_failed(sink, target, frame);
	send_target_error(sink, target, number, 1);
}

void send_target_recovered(struct send_sink *sink, struct send_target *target)
{
	if (!target->error || sink->now_ns - target->error_ns < quiet_ns ||
	    target->counts.sent == target->error_sent)
		return;
	target->error = 0;
	send_target_say(sink, target, "takes packets again");
}

void send_target_tell_unfinished(struct send_sink *sink, struct send_target *target)
{
	const struct send_path *path = &target->path;
	char device[IF_NAMESIZE], text[192];

	if (!path->unfinished || path->device == target->said_unfinished ||
	    !if_indextoname(path->device, device))
		return;
	target->said_unfinished = path->device;
	snprintf(text, sizeof(text),
		 "no network card is seen that completes outer UDP checksums on %s: a receiver in "
		 "user space may drop the packets (--engine packet, or ethtool -K %s tx off)",
		 device, device);
	send_target_say(sink, target, text);
}

void send_target_set_mtu(struct send_sink *sink, struct send_target *target, uint32_t mtu)
{
	if (mtu == 0 || mtu == target->path.mtu)
		return;
	target->path.mtu = mtu;
	if (sink->config.mtu)
		sink->config.mtu(sink->config.arg, target->index, mtu);
}
