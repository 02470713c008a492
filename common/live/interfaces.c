/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/interfaces.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "io/descriptors.h"
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
static int64_t interfaces_wait_ns(struct interfaces *live, bool soon, int64_t pause_ns)
{
	int64_t remind_ns = interfaces_remind(live);

	if (pause_ns > 0)
		return pause_ns;
	if (soon)
		return POLL_INTERVAL_NS;
	return live->unasked ? FLUSH_INTERVAL_NS : remind_ns;
}

/* Fills live->fds and returns how many they are. *soon is set to true if a frame may be due that no
 * descriptor tells of. While rings are not to be read, they end no wait. */
static unsigned interfaces_fill_fds(struct interfaces *live, bool paused, bool *soon)
{
	unsigned count = 0;

	for (unsigned i = 0; i < live->device_count; i++) {
		*soon |= live->devices[i]->state == LIVE_INTERFACE_LEAVING;
		if (!paused)
			count += live_interface_poll_fds(live->devices[i], live->fds + count);
	}
	return count;
}

static bool interfaces_wait(struct interfaces *live, bool soon)
{
	int64_t pause_ns = interfaces_merge_pause_ns(live);
	enum interrupt_woken woken;
	unsigned count;

	if (!interfaces_call_hook(live))
		return false;
	count = interfaces_fill_fds(live, pause_ns > 0, &soon);
	if (live->ending) {
		poll(live->fds, count, POLL_INTERVAL_NS / MS);
		return true;
	}
	if (live->monitor)
		live->fds[count++] =
			(struct pollfd){ .fd = monitor_fd(live->monitor), .events = POLLIN };
	woken = interrupt_poll(live->fds, count, interfaces_wait_ns(live, soon, pause_ns));
	if (woken == WOKEN_FAILED)
		live->failed = !error_errno(&live->failure, "poll");
	if (woken == WOKEN_END || live->failed)
		interfaces_begin_end(live);
	interfaces_check_links(live);
	return true;
}

static bool interfaces_are_drained(struct interfaces *live)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (!live_interface_is_drained(live->devices[i]))
			return false;
	return true;
}

/* Packets still in the rings one second after the end are counted as lost. */
static bool interfaces_abandon_late(struct interfaces *live)
{
	if (!live->ending || clock_ns(CLOCK_MONOTONIC) <= live->deadline_ns)
		return false;
	for (unsigned i = 0; i < live->device_count; i++)
		live_interface_abandon(live->devices[i], live->end_ns);
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
						 const struct interface_queue *oldest,
						 struct packet *packet)
{
	const struct packet_ring_frame *frame = &oldest->head;
	enum direction direction = live->config.directions
					   ? live_interface_direction(oldest->device, oldest)
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
	interfaces_merge_take(live);
	return SOURCE_PACKET;
}

static enum source_result interfaces_next(struct source *source, struct packet *packet,
					  struct block *block, struct error *err)
{
	struct interfaces *live = (struct interfaces *)source;
	struct interface_queue *oldest;
	bool certain;

	while (interfaces_check_clock(live) && !interfaces_abandon_late(live)) {
		if (!live->section_given || live->interfaces_given < live->interface_count)
			return interfaces_give_block(live, block);
		oldest = interfaces_merge_choose(live, &certain);
		if (oldest && (certain || (live->ending && interfaces_are_drained(live))))
			return interfaces_give_packet(live, oldest, packet);
		for (unsigned i = 0; i < live->device_count; i++)
			interfaces_close_vanished(live, live->devices[i]);
		if (live->interfaces_given < live->interface_count)
			continue;
		if (live->ending && !oldest && interfaces_are_drained(live))
			break;
		if (!interfaces_wait(live, oldest != NULL))
			return SOURCE_END;
	}
	if (live->failed)
		*err = live->failure;
	return live->failed ? SOURCE_ERROR : SOURCE_END;
}

static void interfaces_close(struct source *source)
{
	struct interfaces *live = (struct interfaces *)source;

	for (unsigned i = 0; i < live->device_count; i++)
		live_interface_close(live->devices[i]);
	for (unsigned i = 0; i < live->device_count; i++)
		free(live->devices[i]);
	for (unsigned i = 0; i < live->interface_count; i++)
		free(live->interfaces[i]);
	free(live->devices);
	free(live->interfaces);
	free(live->fds);
	interfaces_merge_free(&live->merge);
	if (live->monitor)
		monitor_close(live->monitor);
	free(live);
}

static const struct source_ops interfaces_ops = { .next = interfaces_next,
						  .close = interfaces_close };

/* One of many that cannot be opened is left out, unless no other will be better. */
static bool interfaces_open_first(struct interfaces *live, struct live_interface *device,
				  struct error *err)
{
	if (interfaces_open_one(live, device, err))
		return true;
	if (!device->by_pattern || err->usage || err->number == EPERM || !live->config.follow)
		return false;
	interfaces_say(live, "%s; it is left out", err->text);
	device->refused = true;
	return true;
}

/* The monitor is opened before the interfaces, so that no change is missed. */
static bool interfaces_open_all(struct interfaces *live, struct error *err)
{
	live->monitor = monitor_open(MONITOR_LINKS, err);
	if (!live->monitor || !interfaces_match_first(live, err))
		return false;
	live->ring_config.several = live->device_count > 1 || interfaces_match_patterns(live);
	for (unsigned i = 0; i < live->device_count; i++)
		if (!interfaces_open_first(live, live->devices[i], err))
			return false;
	live->merge.stale = true;
	live->running = true;
	return interfaces_check_filter(live, live->ring_config.filter, err);
}

struct source *interfaces_open(const struct interfaces_config *config, struct error *err)
{
	struct interfaces *live;

	descriptors_raise();
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
						.wanted = config->wanted,
						.directions = config->directions };
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
	for (unsigned i = 0; i < live->device_count; i++) {
		live_interface_add_losses(live->devices[i], &losses);
		counts->interface_gaps += live->devices[i]->gaps;
		counts->interface_replaced += live->devices[i]->replaced;
		counts->gap_ns += live_interface_gap_ns(live->devices[i]);
	}
	counts->kernel_dropped = losses.kernel;
	counts->interface_dropped = losses.interface;
}

void interfaces_each_loss(const struct source *source,
			  void (*each)(void *arg, const char *name, uint64_t kernel_dropped,
				       uint64_t interface_dropped),
			  void *arg)
{
	const struct interfaces *live = (const struct interfaces *)source;

	for (unsigned i = 0; i < live->device_count; i++) {
		const struct live_interface *device = live->devices[i];
		struct packet_ring_losses losses = { 0 };

		live_interface_add_losses(device, &losses);
		each(arg, device->name, losses.kernel - device->earlier.kernel,
		     losses.interface - device->earlier.interface);
	}
}

static bool interfaces_is_up(const struct live_interface *device)
{
	return device->state == LIVE_INTERFACE_OPEN && (device->link.index == 0 || device->link.up);
}

static bool interfaces_pattern_is_up(const struct interfaces *live, const char *pattern)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (interfaces_match(pattern, live->devices[i]->name) &&
		    interfaces_is_up(live->devices[i]))
			return true;
	return false;
}

void interfaces_each(const struct source *source,
		     void (*each)(void *arg, const char *name, bool up), void *arg)
{
	const struct interfaces *live = (const struct interfaces *)source;

	for (unsigned i = 0; i < live->device_count; i++)
		if (!live->devices[i]->by_pattern || live->devices[i]->state == LIVE_INTERFACE_OPEN)
			each(arg, live->devices[i]->name, interfaces_is_up(live->devices[i]));
	for (unsigned i = 0; i < live->config.count; i++)
		if (interfaces_is_pattern(live->config.interfaces[i]) &&
		    !interfaces_pattern_is_up(live, live->config.interfaces[i]))
			each(arg, live->config.interfaces[i], false);
}
