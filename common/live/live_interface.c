/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/live_interface.h"

#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "base/clock.h"
#include "host/link.h"

static bool open_lane(struct live_interface *device, const struct interfaces_config *config,
		      enum direction wanted, bool keep, struct error *err)
{
	const struct packet_ring_config ring = {
		.device = device->name,
		.filter = config->filter ? config->filter : "",
		.wanted = wanted,
		.promiscuous = config->promiscuous,
		.keep = keep,
		.buffer = config->buffer,
	};
	struct interface_queue *queue = &device->queues[device->queue_count];

	*queue = (struct interface_queue){ .ring = packet_ring_open(&ring, err),
					   .direction = wanted };
	device->queue_count += queue->ring != NULL;
	return queue->ring != NULL;
}

/* Their header tells the direction. */
static bool cooked(const struct live_interface *device)
{
	return device->linktype == LINK_SLL || device->linktype == LINK_SLL2;
}

/*
 * Of packets on the loopback device libpcap gives those that come in: what goes out is the same
 * ones, and would fill the ring to no end.
 */
static bool open_lanes(struct live_interface *device, const struct interfaces_config *config,
		       bool loopback, struct error *err)
{
	enum direction wanted = config->wanted;
	bool several = config->count > 1, both;

	if (loopback && wanted == DIRECTION_UNKNOWN)
		wanted = DIRECTION_IN;
	both = config->directions && wanted == DIRECTION_UNKNOWN &&
	       strcmp(device->name, "any") != 0;
	if (!open_lane(device, config, both ? DIRECTION_IN : wanted, several || both, err))
		return false;
	device->linktype = packet_ring_linktype(device->queues[0].ring);
	if (!both)
		return true;
	if (!cooked(device))
		return open_lane(device, config, DIRECTION_OUT, true, err);
	live_interface_close(device);
	return open_lane(device, config, DIRECTION_UNKNOWN, several, err);
}

bool live_interface_open(struct live_interface *device, const struct interfaces_config *config,
			 struct error *err)
{
	struct link link = { 0 };
	struct error ignored;
	/* libpcap also knows devices that are no interfaces of the network. */
	bool is_link = link_find(&link, device->name, 0, &ignored);

	if (!open_lanes(device, config, link.type == ARPHRD_LOOPBACK, err)) {
		live_interface_close(device);
		/* It went away meanwhile, whatever libpcap says of that. */
		if (is_link && !link_find(&link, device->name, 0, &ignored))
			err->number = ENODEV;
		return false;
	}
	if (device->state == LIVE_INTERFACE_AWAY && device->seen)
		device->lost.gap_ns += (uint64_t)(clock_ns(CLOCK_MONOTONIC) - device->since_ns);
	device->index = link.index;
	device->mtu = link.mtu;
	device->state = LIVE_INTERFACE_OPEN;
	device->seen = true;
	return true;
}

bool live_interface_present(struct live_interface *device)
{
	struct error ignored;
	struct link link;

	if (device->index == 0)
		return true;
	if (!link_find(&link, device->name, 0, &ignored) || link.index != device->index)
		return false;
	device->mtu = link.mtu;
	return true;
}

bool live_interface_exhausted(struct live_interface *device)
{
	for (unsigned i = 0; i < device->queue_count; i++)
		if (device->queues[i].full || !packet_ring_exhausted(device->queues[i].ring))
			return false;
	return true;
}

void live_interface_abandon(struct live_interface *device, int64_t end_ns)
{
	struct error ignored;

	for (unsigned i = 0; i < device->queue_count; i++) {
		struct interface_queue *queue = &device->queues[i];

		device->lost.kernel_dropped += queue->full;
		queue->full = false;
		while (!queue->done &&
		       packet_ring_next(queue->ring, &queue->head, &ignored) == PACKET_RING_FRAME &&
		       queue->head.time_ns <= end_ns)
			device->lost.kernel_dropped++;
		queue->done = true;
	}
}

/* Each ring knows of all that the interface dropped. */
static void add_losses(const struct live_interface *device, struct interfaces_counts *counts)
{
	for (unsigned i = 0; i < device->queue_count; i++) {
		struct packet_ring_losses losses;

		packet_ring_losses(device->queues[i].ring, &losses);
		counts->kernel_dropped += losses.kernel;
		if (i == 0)
			counts->interface_dropped += losses.interface;
	}
}

void live_interface_close(struct live_interface *device)
{
	add_losses(device, &device->lost);
	for (unsigned i = 0; i < device->queue_count; i++)
		packet_ring_close(device->queues[i].ring);
	device->queue_count = 0;
}

void live_interface_counts(const struct live_interface *device, struct interfaces_counts *counts)
{
	counts->kernel_dropped += device->lost.kernel_dropped;
	counts->interface_dropped += device->lost.interface_dropped;
	counts->gaps += device->lost.gaps;
	counts->gap_ns += device->lost.gap_ns;
	if (device->state == LIVE_INTERFACE_AWAY && device->seen)
		counts->gap_ns += (uint64_t)(clock_ns(CLOCK_MONOTONIC) - device->since_ns);
	add_losses(device, counts);
}

/* The types of SLL and SLL2 (tcpdump.org, LINKTYPE_LINUX_SLL): 4 is what this host sent. */
enum direction live_interface_direction(const struct live_interface *device,
					const struct interface_queue *queue)
{
	struct span frame = span_of(queue->head.data, queue->head.caplen);
	uint8_t type;

	if (!cooked(device))
		return queue->direction;
	if (!span_u8(frame, device->linktype == LINK_SLL ? 1 : 10, &type))
		return DIRECTION_UNKNOWN;
	return type == 4 ? DIRECTION_OUT : DIRECTION_IN;
}
