/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_device.h"

#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "clock.h"
#include "route.h"

static bool open_lane(struct live_device *device, const struct live_config *config,
		      enum direction wanted, bool keep, struct error *err)
{
	const struct live_ring_config ring = {
		.device = device->name,
		.filter = config->filter ? config->filter : "",
		.wanted = wanted,
		.promiscuous = config->promiscuous,
		.keep = keep,
		.buffer = config->buffer,
	};
	struct live_lane *lane = &device->lanes[device->lane_count];

	*lane = (struct live_lane){ .ring = live_ring_open(&ring, err), .direction = wanted };
	device->lane_count += lane->ring != NULL;
	return lane->ring != NULL;
}

/* Their header tells the direction. */
static bool cooked(const struct live_device *device)
{
	return device->linktype == LINK_SLL || device->linktype == LINK_SLL2;
}

/*
 * Of packets on the loopback device libpcap gives those that come in: what goes out is the same
 * ones, and would fill the ring to no end.
 */
static bool open_lanes(struct live_device *device, const struct live_config *config, bool loopback,
		       struct error *err)
{
	enum direction wanted = config->wanted;
	bool several = config->count > 1, both;

	if (loopback && wanted == DIRECTION_UNKNOWN)
		wanted = DIRECTION_IN;
	both = config->directions && wanted == DIRECTION_UNKNOWN &&
	       strcmp(device->name, "any") != 0;
	if (!open_lane(device, config, both ? DIRECTION_IN : wanted, several || both, err))
		return false;
	device->linktype = live_ring_linktype(device->lanes[0].ring);
	if (!both)
		return true;
	if (!cooked(device))
		return open_lane(device, config, DIRECTION_OUT, true, err);
	live_device_close(device);
	return open_lane(device, config, DIRECTION_UNKNOWN, several, err);
}

bool live_device_open(struct live_device *device, const struct live_config *config,
		      struct error *err)
{
	struct link link = { 0 };
	struct error ignored;
	/* libpcap also knows devices that are no interfaces of the network. */
	bool is_link = link_find(&link, device->name, 0, &ignored);

	if (!open_lanes(device, config, link.type == ARPHRD_LOOPBACK, err)) {
		live_device_close(device);
		/* It went away meanwhile, whatever libpcap says of that. */
		if (is_link && !link_find(&link, device->name, 0, &ignored))
			err->number = ENODEV;
		return false;
	}
	if (device->state == LIVE_AWAY && device->seen)
		device->lost.gap_ns += (uint64_t)(clock_ns(CLOCK_MONOTONIC) - device->since_ns);
	device->index = link.index;
	device->mtu = link.mtu;
	device->state = LIVE_OPEN;
	device->seen = true;
	return true;
}

bool live_device_present(struct live_device *device)
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

bool live_device_exhausted(struct live_device *device)
{
	for (unsigned i = 0; i < device->lane_count; i++)
		if (device->lanes[i].full || !live_ring_exhausted(device->lanes[i].ring))
			return false;
	return true;
}

void live_device_abandon(struct live_device *device, int64_t end_ns)
{
	struct error ignored;

	for (unsigned i = 0; i < device->lane_count; i++) {
		struct live_lane *lane = &device->lanes[i];

		device->lost.kernel_dropped += lane->full;
		lane->full = false;
		while (!lane->done &&
		       live_ring_next(lane->ring, &lane->head, &ignored) == LIVE_RING_FRAME &&
		       lane->head.time_ns <= end_ns)
			device->lost.kernel_dropped++;
		lane->done = true;
	}
}

/* Each ring knows of all that the interface dropped. */
static void add_losses(const struct live_device *device, struct live_counts *counts)
{
	for (unsigned i = 0; i < device->lane_count; i++) {
		struct live_ring_losses losses;

		live_ring_losses(device->lanes[i].ring, &losses);
		counts->kernel_dropped += losses.kernel;
		if (i == 0)
			counts->interface_dropped += losses.interface;
	}
}

void live_device_close(struct live_device *device)
{
	add_losses(device, &device->lost);
	for (unsigned i = 0; i < device->lane_count; i++)
		live_ring_close(device->lanes[i].ring);
	device->lane_count = 0;
}

void live_device_counts(const struct live_device *device, struct live_counts *counts)
{
	counts->kernel_dropped += device->lost.kernel_dropped;
	counts->interface_dropped += device->lost.interface_dropped;
	counts->gaps += device->lost.gaps;
	counts->gap_ns += device->lost.gap_ns;
	if (device->state == LIVE_AWAY && device->seen)
		counts->gap_ns += (uint64_t)(clock_ns(CLOCK_MONOTONIC) - device->since_ns);
	add_losses(device, counts);
}

/* The types of SLL and SLL2 (tcpdump.org, LINKTYPE_LINUX_SLL): 4 is what this host sent. */
enum direction live_device_direction(const struct live_device *device, const struct live_lane *lane)
{
	struct span frame = span_of(lane->head.data, lane->head.caplen);
	uint8_t type;

	if (!cooked(device))
		return lane->direction;
	if (!span_u8(frame, device->linktype == LINK_SLL ? 1 : 10, &type))
		return DIRECTION_UNKNOWN;
	return type == 4 ? DIRECTION_OUT : DIRECTION_IN;
}
