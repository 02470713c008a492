/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/interfaces.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "io/interrupt.h"
#include "live/live_interface.h"

enum {
	MS = 1000000,
	/* Until a frame that waits in an unfinished block shows: twice the time the kernel was
	   given, each up to a tick of 10 ms late. */
	LATEST_NS = 2 * (PACKET_RING_RETIRE_MS + 10) * MS,
	GLANCE_NS = 5 * MS,    /* between looks at what will show soon */
	BREATH_NS = 100 * MS,  /* between flushes while packets never stop */
	LEAVING_NS = 100 * MS, /* for what the rings of an interface hold that is gone */
	DRAIN_NS = 1000 * MS,
};

struct live {
	struct source source;
	struct interfaces_config config;
	struct section section;
	struct live_interface devices[INTERFACES_MAX];
	struct interface **interfaces;
	unsigned interface_count, announced;
	bool section_given;
	struct monitor *watch;
	int64_t breath_ns;
	bool ending;
	int64_t end_ns;	  /* what is younger is not wanted: by the packets' clock */
	int64_t until_ns; /* by the clock that is never set */
	bool failed;
	struct error failure; /* told after all that was there */
};

/* What a packet has for options when it came in, and when it went out; in this host's order. */
static const struct {
	uint16_t code, len;
	uint32_t flags;
} epb_flags[] = { { 0, 0, 0 },
		  { OPTION_EPB_FLAGS, 4, DIRECTION_IN },
		  { OPTION_EPB_FLAGS, 4, DIRECTION_OUT } };

static void say(const struct live *live, const char *format, ...) ERROR_PRINTF(2, 3);

static void say(const struct live *live, const char *format, ...)
{
	char text[256];
	va_list ap;

	if (!live->config.say)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	live->config.say(live->config.say_arg, text);
}

static void end(struct live *live)
{
	if (live->ending)
		return;
	live->ending = true;
	live->end_ns = clock_ns(CLOCK_REALTIME);
	live->until_ns = clock_ns(CLOCK_MONOTONIC) + DRAIN_NS;
}

static void fail(struct live *live, const struct error *err)
{
	if (!live->failed)
		live->failure = *err;
	live->failed = true;
	end(live);
}

/* A struct interface never changes its link type: another one, another struct. */
static bool publish(struct live *live, struct live_interface *device, struct error *err)
{
	struct interface **more, *interface = device->interface;

	if (!interface || interface->linktype != device->linktype) {
		interface = calloc(1, sizeof(*interface));
		more = reallocarray(live->interfaces, live->interface_count + 1, sizeof(*more));
		if (more)
			live->interfaces = more;
		if (!interface || !more) {
			free(interface);
			return error_errno(err, "%s", device->name);
		}
		*interface = (struct interface){ .serial = packet_serial(),
						 .section = &live->section,
						 .id = live->interface_count,
						 .linktype = device->linktype,
						 .snaplen = 262144,
						 .ticks_per_s = 1000000000,
						 .name = device->name };
		more[live->interface_count++] = interface;
		device->interface = interface;
	}
	interface->mtu = device->mtu;
	return true;
}

/* True, too, where it is not there and waiting may help. */
static bool take_up(struct live *live, struct live_interface *device, struct error *err)
{
	bool seen = device->seen, first = device->since_ns == 0;
	int64_t away_ns = clock_ns(CLOCK_MONOTONIC) - device->since_ns;

	if (live_interface_open(device, &live->config, err)) {
		if (seen)
			say(live, "%s is back after %.1f s", device->name, (double)away_ns / 1e9);
		else if (!first)
			say(live, "%s is there", device->name);
		return publish(live, device, err);
	}
	if (!live->config.follow || (err->number != ENODEV && err->number != ENETDOWN))
		return false;
	if (first) {
		say(live, "%s is %s; waiting for it", device->name,
		    err->number == ENETDOWN ? "down" : "not there");
		device->since_ns = clock_ns(CLOCK_MONOTONIC);
	}
	return true;
}

static void leave(struct live *live, struct live_interface *device)
{
	struct error err;

	if (device->state != LIVE_INTERFACE_OPEN)
		return;
	device->state = LIVE_INTERFACE_LEAVING;
	device->since_ns = clock_ns(CLOCK_MONOTONIC);
	device->lost.gaps++;
	if (live->config.follow) {
		say(live, "%s is gone; waiting for it", device->name);
		return;
	}
	error_set(&err, "%s: the interface is gone", device->name);
	fail(live, &err);
}

static void look_at_links(struct live *live)
{
	struct error err = { 0 };

	if (!live->watch || !(monitor_read(live->watch) & MONITOR_LINKS))
		return;
	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		if (device->state == LIVE_INTERFACE_AWAY && !live->ending &&
		    !take_up(live, device, &err))
			fail(live, &err);
		else if (device->state == LIVE_INTERFACE_OPEN && !live_interface_present(device))
			leave(live, device);
		else if (device->interface)
			device->interface->mtu = device->mtu;
	}
}

static bool past(const struct live_interface *device, int64_t ns)
{
	return clock_ns(CLOCK_MONOTONIC) - device->since_ns > ns;
}

/* An interface that was made again at once is taken up at once. */
static void let_go(struct live *live, struct live_interface *device)
{
	struct error err = { 0 };

	if (device->state != LIVE_INTERFACE_LEAVING ||
	    (!live_interface_exhausted(device) && !past(device, LEAVING_NS)))
		return;
	for (unsigned i = 0; i < device->queue_count; i++)
		if (device->queues[i].full)
			return;
	live_interface_close(device);
	device->state = LIVE_INTERFACE_AWAY;
	if (!live->ending && !take_up(live, device, &err))
		fail(live, &err);
}

static void refill(struct live *live, struct live_interface *device, struct interface_queue *queue)
{
	struct error err;

	if (queue->done || (device->state == LIVE_INTERFACE_LEAVING && past(device, LEAVING_NS)))
		return;
	switch (packet_ring_next(queue->ring, &queue->head, &err)) {
	case PACKET_RING_FRAME:
		queue->done = live->ending && queue->head.time_ns > live->end_ns;
		queue->full = !queue->done;
		break;
	case PACKET_RING_EMPTY:
		break;
	case PACKET_RING_GONE:
		leave(live, device);
		break;
	case PACKET_RING_BROKEN:
		queue->done = true;
		error_wrap(&err, "%s", device->name);
		fail(live, &err);
		break;
	}
}

struct choice {
	struct live_interface *device;
	struct interface_queue *queue; /* the oldest frame is its; NULL: there is none */
	unsigned queues;
};

static struct choice oldest(struct live *live)
{
	struct choice choice = { 0 };

	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		choice.queues += device->queue_count;
		for (unsigned k = 0; k < device->queue_count; k++) {
			struct interface_queue *queue = &device->queues[k];

			if (!queue->full ||
			    (choice.queue && choice.queue->head.time_ns <= queue->head.time_ns))
				continue;
			choice.device = device;
			choice.queue = queue;
		}
	}
	return choice;
}

/* The frames of each ring are in order, so only those without a head can have something older. */
static bool waits_for(const struct choice *choice, const struct interface_queue *queue)
{
	return !queue->full && !queue->done &&
	       (!choice->queue || choice->queue->head.time_ns > queue->empty_until_ns);
}

/*
 * What was stamped before now_ns has shown, if the kernel says that we have all of it, or if it is
 * so long ago that its block was finished. Cause and effect keep their order by this: the
 * kernel puts a packet into the ring before it hands it on.
 */
static bool prove(struct interface_queue *queue, int64_t now_ns, int64_t wanted_ns)
{
	if (packet_ring_exhausted(queue->ring))
		queue->empty_until_ns = now_ns > wanted_ns ? now_ns : wanted_ns;
	else
		queue->empty_until_ns = now_ns - LATEST_NS;
	return queue->empty_until_ns >= wanted_ns;
}

/* False: something older may still come. */
static bool choose(struct live *live, struct choice *choice)
{
	int64_t now_ns = 0;
	bool sure = true;

	*choice = oldest(live);
	if (choice->queues > 1)
		now_ns = clock_ns(CLOCK_REALTIME);
	for (unsigned i = 0; i < live->config.count; i++)
		for (unsigned k = 0; k < live->devices[i].queue_count; k++)
			if (waits_for(choice, &live->devices[i].queues[k]))
				refill(live, &live->devices[i], &live->devices[i].queues[k]);
	*choice = oldest(live);
	if (!choice->queue || choice->queues == 1)
		return true;
	for (unsigned i = 0; i < live->config.count; i++)
		for (unsigned k = 0; k < live->devices[i].queue_count; k++)
			if (waits_for(choice, &live->devices[i].queues[k]))
				sure &= prove(&live->devices[i].queues[k], now_ns,
					      choice->queue->head.time_ns);
	return sure;
}

/* False: end. */
static bool before_wait(const struct live *live)
{
	const struct source_hook *hook = &live->source.hook;

	return !hook->before_wait || hook->before_wait(hook->arg);
}

static bool breathe(struct live *live)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);

	if (interrupt_seen())
		end(live);
	if (now_ns - live->breath_ns < BREATH_NS)
		return true;
	live->breath_ns = now_ns;
	look_at_links(live);
	return before_wait(live);
}

static bool wait_for_more(struct live *live, bool soon)
{
	struct pollfd fds[2 * INTERFACES_MAX + 1];
	unsigned count = 0;

	if (!before_wait(live))
		return false;
	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		soon |= device->state == LIVE_INTERFACE_LEAVING;
		for (unsigned k = 0; k < device->queue_count; k++)
			if (!device->queues[k].full && !device->queues[k].done)
				fds[count++] = (struct pollfd){ .fd = packet_ring_fd(
									device->queues[k].ring),
								.events = POLLIN };
	}
	if (live->ending) {
		poll(fds, count, GLANCE_NS / MS);
		return true;
	}
	if (live->watch)
		fds[count++] = (struct pollfd){ .fd = monitor_fd(live->watch), .events = POLLIN };
	if (interrupt_poll(fds, count, soon ? GLANCE_NS : -1) == WOKEN_END)
		end(live);
	look_at_links(live);
	return true;
}

static bool drained(struct live *live)
{
	for (unsigned i = 0; i < live->config.count; i++)
		for (unsigned k = 0; k < live->devices[i].queue_count; k++)
			if (!live->devices[i].queues[k].done &&
			    !packet_ring_exhausted(live->devices[i].queues[k].ring))
				return false;
	return true;
}

/* Who takes packets too slowly to have all at the end has lost the rest, and hears of it. */
static bool out_of_time(struct live *live)
{
	if (!live->ending || clock_ns(CLOCK_MONOTONIC) <= live->until_ns)
		return false;
	for (unsigned i = 0; i < live->config.count; i++)
		live_interface_abandon(&live->devices[i], live->end_ns);
	return true;
}

static enum source_result give_block(struct live *live, struct block *block)
{
	*block = (struct block){ .kind = BLOCK_SECTION, .section = &live->section };
	if (live->section_given) {
		block->kind = BLOCK_INTERFACE;
		block->interface = live->interfaces[live->announced++];
	}
	live->section_given = true;
	return SOURCE_BLOCK;
}

static enum source_result give_packet(struct live *live, const struct choice *choice,
				      struct packet *packet)
{
	const struct packet_ring_frame *frame = &choice->queue->head;
	enum direction direction = live->config.directions
					   ? live_interface_direction(choice->device, choice->queue)
					   : DIRECTION_UNKNOWN;

	/* Field by field: compilers zero a whole struct by slower means. */
	packet->time_ns = frame->time_ns;
	packet->ticks = (uint64_t)frame->time_ns;
	packet->data = frame->data;
	packet->front = NULL;
	packet->caplen = frame->caplen;
	packet->len = frame->len;
	packet->linktype = choice->device->linktype;
	packet->form = PACKET_PLAIN;
	packet->interface = choice->device->interface;
	packet->options = span_of(NULL, 0);
	packet->block = span_of(NULL, 0);
	packet->number = ++live->source.packets;
	packet->offset = 0;
	if (direction != DIRECTION_UNKNOWN)
		packet->options = span_of(&epb_flags[direction], sizeof(epb_flags[direction]));
	choice->queue->full = false;
	return SOURCE_PACKET;
}

static enum source_result interfaces_next(struct source *source, struct packet *packet,
					  struct block *block, struct error *err)
{
	struct live *live = (struct live *)source;
	struct choice choice;
	bool sure;

	while (breathe(live) && !out_of_time(live)) {
		if (!live->section_given || live->announced < live->interface_count)
			return give_block(live, block);
		sure = choose(live, &choice);
		if (choice.queue && (sure || (live->ending && drained(live))))
			return give_packet(live, &choice, packet);
		for (unsigned i = 0; i < live->config.count; i++)
			let_go(live, &live->devices[i]);
		if (live->announced < live->interface_count)
			continue;
		if (live->ending && !choice.queue && drained(live))
			break;
		if (!wait_for_more(live, choice.queue != NULL))
			return SOURCE_END;
	}
	if (live->failed)
		*err = live->failure;
	return live->failed ? SOURCE_ERROR : SOURCE_END;
}

static void interfaces_close(struct source *source)
{
	struct live *live = (struct live *)source;

	for (unsigned i = 0; i < live->config.count; i++)
		live_interface_close(&live->devices[i]);
	for (unsigned i = 0; i < live->interface_count; i++)
		free(live->interfaces[i]);
	free(live->interfaces);
	if (live->watch)
		monitor_close(live->watch);
	free(live);
}

static const struct source_ops interfaces_ops = { .next = interfaces_next,
						  .close = interfaces_close };

/* Before the interfaces, so that no change is missed. */
static bool open_all(struct live *live, struct error *err)
{
	live->watch = monitor_open(MONITOR_LINKS, err);
	if (!live->watch)
		return false;
	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		device->name = live->config.interfaces[i];
		device->state = LIVE_INTERFACE_AWAY;
		if (!take_up(live, device, err) ||
		    (device->state == LIVE_INTERFACE_AWAY && live->config.filter &&
		     !packet_ring_check(live->config.filter, err)))
			return false;
	}
	return true;
}

struct source *interfaces_open(const struct interfaces_config *config, struct error *err)
{
	struct live *live;

	if (config->count == 0 || config->count > INTERFACES_MAX) {
		error_usage(err, "1 to %d interfaces, not %u", INTERFACES_MAX, config->count);
		return NULL;
	}
	live = calloc(1, sizeof(*live));
	if (!live) {
		error_errno(err, "%s", config->interfaces[0]);
		return NULL;
	}
	live->config = *config;
	live->section = (struct section){ .serial = packet_serial() };
	live->source = (struct source){ .ops = &interfaces_ops,
					.name = config->interfaces[0],
					.format = "pcapng",
					.drains = true };
	if (open_all(live, err))
		return &live->source;
	interfaces_close(&live->source);
	return NULL;
}

void interfaces_counts(const struct source *source, struct interfaces_counts *counts)
{
	const struct live *live = (const struct live *)source;

	*counts = (struct interfaces_counts){ 0 };
	for (unsigned i = 0; i < live->config.count; i++)
		live_interface_counts(&live->devices[i], counts);
}
