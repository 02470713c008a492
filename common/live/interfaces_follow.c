/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "live/interfaces_internal.h"

enum {
	MS = 1000000,
	LEAVING_NS = 100 * MS, /* the kernel hands all frames of a vanished interface over in this
				  time; its rings are closed when they are empty then */
	DRAIN_NS = 1000 * MS,  /* rings are read for so long at the end; the rest is lost */
};

static ERROR_PRINTF(2, 3) void interfaces_say(const struct interfaces *live, const char *format,
					      ...)
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

void interfaces_begin_end(struct interfaces *live)
{
	if (live->ending)
		return;
	live->ending = true;
	live->end_ns = clock_ns(CLOCK_REALTIME);
	live->deadline_ns = clock_ns(CLOCK_MONOTONIC) + DRAIN_NS;
}

void interfaces_fail(struct interfaces *live, const struct error *err)
{
	if (!live->failed)
		live->failure = *err;
	live->failed = true;
	interfaces_begin_end(live);
}

/* The link type of a struct interface never changes: for another one there is a new struct. */
static bool interfaces_update_interface(struct interfaces *live, struct live_interface *device,
					struct error *err)
{
	struct interface **more, *interface = device->interface;

	if (!interface || interface->linktype != device->linktype) {
		interface = calloc(1, sizeof(*interface));
		more = reallocarray(live->interfaces, live->interface_count + 1, sizeof(*more));
		if (more)
			live->interfaces = more;
		if (!interface || !more) {
			error_errno(err, "%s", device->name);
			free(interface);
			live_interface_close(device);
			device->state = LIVE_INTERFACE_AWAY;
			return false;
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
	interface->mtu = device->link.mtu;
	return true;
}

/* A name such as vnet0 goes to whatever comes next: packets may be those of another guest now. */
static void interfaces_say_back(struct interfaces *live, struct live_interface *device,
				const struct link *was, int64_t away_ns)
{
	char change[LIVE_INTERFACE_CHANGE_MAX];
	bool replaced = live_interface_is_replaced(device, was, &device->link, change);

	interfaces_say(live, "%s is back after %.1f s%s%s", device->name, (double)away_ns / 1e9,
		       replaced ? ", but it is " : "", replaced ? change : "");
}

bool interfaces_open_one(struct interfaces *live, struct live_interface *device, struct error *err)
{
	bool seen = device->seen, first = device->since_ns == 0;
	const struct link was = device->link;
	int64_t away_ns = clock_ns(CLOCK_MONOTONIC) - device->since_ns;

	if (live_interface_open(device, &live->ring_config, err)) {
		if (!interfaces_update_interface(live, device, err))
			return false;
		if (seen)
			interfaces_say_back(live, device, &was, away_ns);
		else if (!first)
			interfaces_say(live, "%s is there", device->name);
		return true;
	}
	if (!live->config.follow || (err->number != ENODEV && err->number != ENETDOWN))
		return false;
	if (first) {
		interfaces_say(live, "%s is %s; waiting for it", device->name,
			       err->number == ENETDOWN ? "down" : "not there");
		device->since_ns = clock_ns(CLOCK_MONOTONIC);
	}
	return true;
}

void interfaces_vanished(struct interfaces *live, struct live_interface *device)
{
	char change[LIVE_INTERFACE_CHANGE_MAX];
	struct link now;
	struct error err;

	if (device->state != LIVE_INTERFACE_OPEN)
		return;
	device->state = LIVE_INTERFACE_LEAVING;
	device->since_ns = clock_ns(CLOCK_MONOTONIC);
	device->gone_ns = clock_ns(CLOCK_REALTIME);
	device->gaps++;
	if (live->config.follow) {
		interfaces_say(live, "%s is gone; waiting for it", device->name);
		return;
	}
	if (link_find(&now, device->name, 0, &err) &&
	    live_interface_is_replaced(device, &device->link, &now, change))
		error_set(&err, "%s: the interface is gone; the name is that of %s", device->name,
			  change);
	else
		error_set(&err, "%s: the interface is gone", device->name);
	interfaces_fail(live, &err);
}

/* A lack of descriptors or of memory does not mean that the interface is gone. It may have vanished
 * all the same, so the kernel is asked again. */
static void interfaces_check_open(struct interfaces *live, struct live_interface *device)
{
	struct error err;

	if (live_interface_check(device, &err))
		return;
	if (err.number == ENODEV) {
		interfaces_vanished(live, device);
		return;
	}
	if (!live->said_unasked)
		interfaces_say(live, "%s", err.text);
	live->said_unasked = live->unasked = true;
}

void interfaces_check_links(struct interfaces *live)
{
	struct error err = { 0 };

	if (!live->monitor || !((monitor_read(live->monitor) & MONITOR_LINKS) || live->unasked))
		return;
	live->unasked = false;
	for (unsigned i = 0; i < live->config.count; i++) {
		struct live_interface *device = &live->devices[i];

		if (device->state == LIVE_INTERFACE_AWAY && !live->ending &&
		    !interfaces_open_one(live, device, &err))
			interfaces_fail(live, &err);
		else if (device->state == LIVE_INTERFACE_OPEN)
			interfaces_check_open(live, device);
		if (device->interface)
			device->interface->mtu = device->link.mtu;
	}
	live->said_unasked &= live->unasked;
}

/* The kernel may not say that it holds no further frame. LEAVING_NS after the end of the interface
 * it has handed all of them over. */
static bool interfaces_has_left(struct live_interface *device)
{
	return live_interface_is_drained(device) ||
	       clock_ns(CLOCK_MONOTONIC) - device->since_ns > LEAVING_NS;
}

void interfaces_close_vanished(struct interfaces *live, struct live_interface *device)
{
	struct error err = { 0 };

	if (device->state != LIVE_INTERFACE_LEAVING || !interfaces_has_left(device))
		return;
	for (unsigned i = 0; i < device->queue_count; i++)
		if (device->queues[i].full)
			return;
	/* A ring that was not read in this round, since others had older frames, may still hold
	 * some. */
	live_interface_abandon(device, device->gone_ns);
	live_interface_close(device);
	device->state = LIVE_INTERFACE_AWAY;
	if (!live->ending && !interfaces_open_one(live, device, &err))
		interfaces_fail(live, &err);
}
