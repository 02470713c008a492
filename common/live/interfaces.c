/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/interfaces.h"

#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "io/interrupt.h"
#include "live/interfaces_internal.h"

enum {
	MS = 1000000,
	POLL_INTERVAL_NS = 5 * MS,    /* rings are read this often while frames are due soon */
	FLUSH_INTERVAL_NS = 100 * MS, /* sinks are flushed this often while packets keep coming */
};

/* A packet's options in pcapng format and host byte order, by direction; unknown has none. */
static const struct {
	uint16_t code, len;
	uint32_t flags;
} epb_flags[] = { { 0, 0, 0 },
		  { OPTION_EPB_FLAGS, 4, DIRECTION_IN },
		  { OPTION_EPB_FLAGS, 4, DIRECTION_OUT } };

/* Returns the packet time up to which frames of an interface are wanted. A ring goes on to get
 * those of an interface that has another name now. */
static int64_t interfaces_last_ns(const struct interfaces *live,
				  const struct live_interface *device)
{
	int64_t last_ns = live->ending ? live->end_ns : INT64_MAX;

	return device->state == LIVE_INTERFACE_LEAVING && device->gone_ns < last_ns
		       ? device->gone_ns
		       : last_ns;
}

static void interfaces_fill_queue(struct interfaces *live, struct live_interface *device,
				  struct interface_queue *queue)
{
	struct error err;

	if (queue->done)
		return;
	switch (packet_ring_next(queue->ring, &queue->head, &err)) {
	case PACKET_RING_FRAME:
		queue->done = queue->head.time_ns > interfaces_last_ns(live, device);
		queue->full = !queue->done;
		break;
	case PACKET_RING_EMPTY:
		break;
	case PACKET_RING_GONE:
		interfaces_vanished(live, device);
		break;
	case PACKET_RING_BROKEN:
		queue->done = true;
		error_wrap(&err, "%s", device->name);
		interfaces_fail(live, &err);
		break;
	}
}

/* The frames of a ring are in order, so only a queue without a frame can still get an older one. */
static bool interfaces_needs_frame(const struct live_interface_oldest *oldest,
				   const struct interface_queue *queue)
{
	return !queue->full && !queue->done &&
	       (!oldest->queue || oldest->queue->head.time_ns > queue->empty_until_ns);
}

/* Finds the oldest frame. Returns false if an older one may still come. */
static bool interfaces_choose_frame(struct interfaces *live, struct live_interface_oldest *oldest)
{
	int64_t now_ns = 0;
	bool certain = true;

	*oldest = live_interface_find_oldest(live->devices, live->config.count);
	if (oldest->queues > 1)
		now_ns = clock_ns(CLOCK_REALTIME);
	for (unsigned i = 0; i < live->config.count; i++)
		for (unsigned k = 0; k < live->devices[i].queue_count; k++)
			if (interfaces_needs_frame(oldest, &live->devices[i].queues[k]))
				interfaces_fill_queue(live, &live->devices[i],
						      &live->devices[i].queues[k]);
	*oldest = live_interface_find_oldest(live->devices, live->config.count);
	if (!oldest->queue || oldest->queues == 1)
		return true;
	for (unsigned i = 0; i < live->config.count; i++)
		for (unsigned k = 0; k < live->devices[i].queue_count; k++)
			if (interfaces_needs_frame(oldest, &live->devices[i].queues[k]))
				certain &= live_interface_is_read_until(
					&live->devices[i].queues[k], now_ns,
					oldest->queue->head.time_ns);
	return certain;
}

/* Returns false if the pipeline is to end. */
static bool interfaces_call_hook(const struct interfaces *live)
{
	const struct source_hook *hook = &live->source.hook;

	return !hook->before_wait || hook->before_wait(hook->arg);
}

static bool interfaces_check_clock(struct interfaces *live)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);

	if (interrupt_seen())
		interfaces_begin_end(live);
	if (now_ns - live->flush_ns < FLUSH_INTERVAL_NS)
		return true;
	live->flush_ns = now_ns;
	interfaces_check_links(live);
	return interfaces_call_hook(live);
}

/* Returns for how long a wait may last; -1 if only packets and events end it. */
static int64_t interfaces_wait_ns(const struct interfaces *live, bool soon)
{
	return soon ? POLL_INTERVAL_NS : live->unasked ? FLUSH_INTERVAL_NS : -1;
}

static bool interfaces_wait(struct interfaces *live, bool soon)
{
	struct pollfd fds[2 * INTERFACES_MAX + 1 + INTERRUPT_OWN_FDS];
	enum interrupt_woken woken;
	unsigned count = 0;

	if (!interfaces_call_hook(live))
		return false;
	for (unsigned i = 0; i < live->config.count; i++) {
		soon |= live->devices[i].state == LIVE_INTERFACE_LEAVING;
		count += live_interface_poll_fds(&live->devices[i], fds + count);
	}
	if (live->ending) {
		poll(fds, count, POLL_INTERVAL_NS / MS);
		return true;
	}
	if (live->monitor)
		fds[count++] = (struct pollfd){ .fd = monitor_fd(live->monitor), .events = POLLIN };
	woken = interrupt_poll(fds, count, interfaces_wait_ns(live, soon));
	if (woken == WOKEN_FAILED)
		live->failed = !error_errno(&live->failure, "poll");
	if (woken == WOKEN_END || live->failed)
		interfaces_begin_end(live);
	interfaces_check_links(live);
	return true;
}

static bool interfaces_are_drained(struct interfaces *live)
{
	for (unsigned i = 0; i < live->config.count; i++)
		if (!live_interface_is_drained(&live->devices[i]))
			return false;
	return true;
}

/* Packets still in the rings one second after the end are counted as lost. */
static bool interfaces_abandon_late(struct interfaces *live)
{
	if (!live->ending || clock_ns(CLOCK_MONOTONIC) <= live->deadline_ns)
		return false;
	for (unsigned i = 0; i < live->config.count; i++)
		live_interface_abandon(&live->devices[i], live->end_ns);
	return true;
}

static enum source_result interfaces_give_block(struct interfaces *live, struct block *block)
{
	*block = (struct block){ .kind = BLOCK_SECTION, .section = &live->section };
	if (live->section_given) {
		block->kind = BLOCK_INTERFACE;
		block->interface = live->interfaces[live->interfaces_given++];
	}
	live->section_given = true;
	return SOURCE_BLOCK;
}

static enum source_result interfaces_give_packet(struct interfaces *live,
						 const struct live_interface_oldest *oldest,
						 struct packet *packet)
{
	const struct packet_ring_frame *frame = &oldest->queue->head;
	enum direction direction = live->config.directions
					   ? live_interface_direction(oldest->device, oldest->queue)
					   : DIRECTION_UNKNOWN;

	/* Assigned field by field, which is faster than what compilers make of a struct. */
	packet->time_ns = frame->time_ns;
	packet->ticks = (uint64_t)frame->time_ns;
	packet->data = frame->data;
	packet->front = NULL;
	packet->caplen = frame->caplen;
	packet->len = frame->len;
	packet->linktype = oldest->device->linktype;
	packet->form = PACKET_PLAIN;
	packet->interface = oldest->device->interface;
	packet->options = span_of(NULL, 0);
	packet->block = span_of(NULL, 0);
	packet->number = ++live->source.packets;
	packet->offset = 0;
	if (direction != DIRECTION_UNKNOWN)
		packet->options = span_of(&epb_flags[direction], sizeof(epb_flags[direction]));
	oldest->queue->full = false;
	return SOURCE_PACKET;
}

static enum source_result interfaces_next(struct source *source, struct packet *packet,
					  struct block *block, struct error *err)
{
	struct interfaces *live = (struct interfaces *)source;
	struct live_interface_oldest oldest;
	bool certain;

	while (interfaces_check_clock(live) && !interfaces_abandon_late(live)) {
		if (!live->section_given || live->interfaces_given < live->interface_count)
			return interfaces_give_block(live, block);
		certain = interfaces_choose_frame(live, &oldest);
		if (oldest.queue && (certain || (live->ending && interfaces_are_drained(live))))
			return interfaces_give_packet(live, &oldest, packet);
		for (unsigned i = 0; i < live->config.count; i++)
			interfaces_close_vanished(live, &live->devices[i]);
		if (live->interfaces_given < live->interface_count)
			continue;
		if (live->ending && !oldest.queue && interfaces_are_drained(live))
			break;
		if (!interfaces_wait(live, oldest.queue != NULL))
			return SOURCE_END;
	}
	if (live->failed)
		*err = live->failure;
	return live->failed ? SOURCE_ERROR : SOURCE_END;
}

static void interfaces_close(struct source *source)
{
	struct interfaces *live = (struct interfaces *)source;

	for (unsigned i = 0; i < live->config.count; i++)
		live_interface_close(&live->devices[i]);
	for (unsigned i = 0; i < live->interface_count; i++)
		free(live->interfaces[i]);
	free(live->interfaces);
	if (live->monitor)
		monitor_close(live->monitor);
	free(live);
}

static const struct source_ops interfaces_ops = { .next = interfaces_next,
						  .close = interfaces_close };

/* The monitor is opened before the interfaces, so that no change is missed. */
static bool interfaces_open_all(struct interfaces *live, struct error *err)
{
	live->monitor = monitor_open(MONITOR_LINKS, err);
	if (!live->monitor)
		return false;
	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		device->name = live->config.interfaces[i];
		device->state = LIVE_INTERFACE_AWAY;
		if (!interfaces_open_one(live, device, err) ||
		    (device->state == LIVE_INTERFACE_AWAY && live->config.filter &&
		     !packet_ring_check_filter(live->config.filter, err)))
			return false;
	}
	return true;
}

struct source *interfaces_open(const struct interfaces_config *config, struct error *err)
{
	struct interfaces *live;

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
	live->ring_config =
		(struct live_interface_config){ .filter = config->filter ? config->filter : "",
						.bare_filter = config->bare_filter,
						.promiscuous = config->promiscuous,
						.buffer = config->buffer,
						.wanted = config->wanted,
						.directions = config->directions,
						.several = config->count > 1 };
	live->section = (struct section){ .serial = packet_serial() };
	live->source = (struct source){ .ops = &interfaces_ops,
					.name = config->interfaces[0],
					.format = "pcapng",
					.drains = true };
	if (interfaces_open_all(live, err))
		return &live->source;
	interfaces_close(&live->source);
	return NULL;
}

void interfaces_counts(const struct source *source, struct interfaces_counts *counts)
{
	const struct interfaces *live = (const struct interfaces *)source;
	struct packet_ring_losses losses = { 0 };

	*counts = (struct interfaces_counts){ 0 };
	for (unsigned i = 0; i < live->config.count; i++) {
		live_interface_add_losses(&live->devices[i], &losses);
		counts->interface_gaps += live->devices[i].gaps;
		counts->interface_replaced += live->devices[i].replaced;
		counts->gap_ns += live_interface_gap_ns(&live->devices[i]);
	}
	counts->kernel_dropped = losses.kernel;
	counts->interface_dropped = losses.interface;
}
