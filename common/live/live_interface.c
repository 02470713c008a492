/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/live_interface.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* A frame in an unfinished block of a ring is visible after this time at the latest: the kernel's
 * timer runs twice, each time up to a tick of 10 ms late. */
static const int64_t visible_ns = 2 * (PACKET_RING_RETIRE_MS + 10) * INT64_C(1000000);

static bool live_interface_open_ring(struct live_interface *device,
				     const struct live_interface_config *config,
				     enum direction wanted, bool keep, struct error *err)
{
	const struct packet_ring_config ring = {
		.device = device->name,
		.filter = config->filter,
		.bare_filter = config->bare_filter,
		.wanted = wanted,
		.promiscuous = config->promiscuous,
		.keep = keep,
		.buffer = device->ring_len,
	};
	struct interface_queue *queue = &device->queues[device->queue_count];

	*queue = (struct interface_queue){ .device = device,
					   .ring = packet_ring_open(&ring, err),
					   .direction = wanted };
	device->queue_count += queue->ring != NULL;
	return queue->ring != NULL;
}

/* The header of a cooked capture (LINKTYPE_LINUX_SLL) holds the direction of each packet. */
static bool live_interface_is_cooked(const struct live_interface *device)
{
	return device->linktype == LINK_SLL || device->linktype == LINK_SLL2;
}

/*
 * A packet on the loopback device is seen twice, leaving and arriving. libpcap delivers the
 * arriving one only, so the other would fill the ring for nothing. Each packet there leaves this
 * host, so the arriving ones stand for them where those that leave are wanted.
 */
static bool live_interface_open_rings(struct live_interface *device,
				      const struct live_interface_config *config, bool loopback,
				      struct error *err)
{
	enum direction wanted = config->wanted;
	bool both;

	if (loopback)
		wanted = DIRECTION_IN;
	both = config->directions && wanted == DIRECTION_UNKNOWN &&
	       strcmp(device->name, "any") != 0;
	if (!live_interface_open_ring(device, config, both ? DIRECTION_IN : wanted,
				      config->several || both, err))
		return false;
	device->linktype = packet_ring_linktype(device->queues[0].ring);
	if (loopback && config->wanted == DIRECTION_OUT)
		device->queues[0].direction = DIRECTION_OUT;
	if (!both)
		return true;
	if (!live_interface_is_cooked(device))
		return live_interface_open_ring(device, config, DIRECTION_OUT, true, err);
	live_interface_close(device);
	return live_interface_open_ring(device, config, DIRECTION_UNKNOWN, config->several, err);
}

/* libpcap has no fixed error for an interface that vanishes while it is opened. */
static bool live_interface_has_vanished(const struct live_interface *device)
{
	struct error why;
	struct link link;

	return !link_find(&link, device->name, 0, &why) && why.number == ENODEV;
}

bool live_interface_open(struct live_interface *device, const struct live_interface_config *config,
			 struct error *err)
{
	struct link link = { 0 };
	struct error unheard = { 0 };
	bool is_link = link_find(&link, device->name, 0, err);

	/* libpcap also has devices that are no network interfaces, such as "any". */
	if (!is_link && err->number != ENODEV)
		return false;
	if (!live_interface_open_rings(device, config, link.type == ARPHRD_LOOPBACK, err)) {
		live_interface_close(device);
		if (is_link && live_interface_has_vanished(device))
			err->number = ENODEV;
		return false;
	}
	/* It may have come after the question and before the rings. */
	if (!is_link)
		link_find(&link, device->name, 0, &unheard);
	device->gap_ns = live_interface_gap_ns(device);
	device->link = link;
	device->state = LIVE_INTERFACE_OPEN;
	device->seen = true;
	return true;
}

enum { LIVE_INTERFACE_WHAT_MAX = 48 };

static void live_interface_describe(const struct link *link, char text[LIVE_INTERFACE_WHAT_MAX])
{
	const uint8_t *mac = link->mac;

	snprintf(text, LIVE_INTERFACE_WHAT_MAX, "%s %02x:%02x:%02x:%02x:%02x:%02x",
		 link->kind[0] ? link->kind : "device", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

/* The index says nothing: an interface that is made again has another one. */
bool live_interface_is_replaced(struct live_interface *device, const struct link *was,
				const struct link *now, char text[LIVE_INTERFACE_CHANGE_MAX])
{
	char what[LIVE_INTERFACE_WHAT_MAX], before[LIVE_INTERFACE_WHAT_MAX];

	if (was->index == 0 || (was->type == now->type && strcmp(was->kind, now->kind) == 0 &&
				memcmp(was->mac, now->mac, sizeof(was->mac)) == 0))
		return false;
	device->replaced++;
	live_interface_describe(now, what);
	live_interface_describe(was, before);
	snprintf(text, LIVE_INTERFACE_CHANGE_MAX, "another interface, %s (was %s)", what, before);
	return true;
}

bool live_interface_is_there(struct live_interface *device, const struct link *now)
{
	if (device->link.index == 0)
		return true;
	if (!now || now->index != device->link.index)
		return false;
	device->link = *now;
	return true;
}

/* This keeps a packet in front of what it causes elsewhere (a reply, a forwarded copy), because the
 * kernel puts a packet into the ring before it hands the packet on. */
bool live_interface_is_read_until(struct interface_queue *queue, int64_t now_ns, int64_t wanted_ns)
{
	if (packet_ring_is_exhausted(queue->ring))
		queue->empty_until_ns = now_ns > wanted_ns ? now_ns : wanted_ns;
	else
		queue->empty_until_ns = now_ns - visible_ns;
	return queue->empty_until_ns >= wanted_ns;
}

bool live_interface_is_drained(struct live_interface *device)
{
	for (unsigned i = 0; i < device->queue_count; i++)
		if (!device->queues[i].done && !packet_ring_is_exhausted(device->queues[i].ring))
			return false;
	return true;
}

unsigned live_interface_poll_fds(const struct live_interface *device, struct pollfd *fds)
{
	unsigned count = 0;

	for (unsigned i = 0; i < device->queue_count; i++) {
		const struct interface_queue *queue = &device->queues[i];

		if (!queue->full && !queue->done)
			fds[count++] = (struct pollfd){ .fd = packet_ring_fd(queue->ring),
							.events = POLLIN };
	}
	return count;
}

void live_interface_abandon(struct live_interface *device, int64_t end_ns)
{
	struct error ignored;

	for (unsigned i = 0; i < device->queue_count; i++) {
		struct interface_queue *queue = &device->queues[i];

		device->lost.kernel += queue->full;
		queue->full = false;
		while (!queue->done &&
		       packet_ring_next(queue->ring, &queue->head, &ignored) == PACKET_RING_FRAME &&
		       queue->head.time_ns <= end_ns)
			device->lost.kernel++;
		queue->done = true;
	}
}

/* Each ring counts all packets that the interface dropped, so only the first ring is asked. */
static void live_interface_add_ring_losses(const struct live_interface *device,
					   struct packet_ring_losses *losses)
{
	for (unsigned i = 0; i < device->queue_count; i++) {
		struct packet_ring_losses ring;

		packet_ring_losses(device->queues[i].ring, &ring);
		losses->kernel += ring.kernel;
		if (i == 0)
			losses->interface += ring.interface;
	}
}

void live_interface_close(struct live_interface *device)
{
	live_interface_add_ring_losses(device, &device->lost);
	for (unsigned i = 0; i < device->queue_count; i++)
		packet_ring_close(device->queues[i].ring);
	device->queue_count = 0;
}

void live_interface_add_losses(const struct live_interface *device,
			       struct packet_ring_losses *losses)
{
	losses->kernel += device->lost.kernel;
	losses->interface += device->lost.interface;
	live_interface_add_ring_losses(device, losses);
}

uint64_t live_interface_gap_ns(const struct live_interface *device)
{
	if (device->state != LIVE_INTERFACE_AWAY || !device->seen)
		return device->gap_ns;
	return device->gap_ns + (uint64_t)(clock_ns(CLOCK_MONOTONIC) - device->since_ns);
}

void live_interface_forget(struct live_interface *device)
{
	device->gap_ns = live_interface_gap_ns(device);
	device->earlier = device->lost;
	device->link = (struct link){ 0 };
	device->seen = false;
	device->since_ns = 0;
}

/* tcpdump.org, LINKTYPE_LINUX_SLL and _SLL2: packet type 4 means sent by this host. */
enum direction live_interface_direction(const struct live_interface *device,
					const struct interface_queue *queue)
{
	struct span frame = span_of(queue->head.data, queue->head.caplen);
	uint8_t type;

	if (!live_interface_is_cooked(device))
		return queue->direction;
	if (!span_u8(frame, device->linktype == LINK_SLL ? 1 : 10, &type))
		return DIRECTION_UNKNOWN;
	return type == 4 ? DIRECTION_OUT : DIRECTION_IN;
}
