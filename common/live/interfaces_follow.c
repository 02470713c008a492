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

/* The user is told so often that no interface is there. */
static const int64_t remind_ns = INT64_C(60000) * MS;

void interfaces_say(const struct interfaces *live, const char *format, ...)
{
	char text[512];
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

	device->ring_len = interfaces_match_ring_len(live, device);
	if (live_interface_open(device, &live->ring_config, err)) {
		live->merge.stale = true;
		if (!interfaces_update_interface(live, device, err))
			return false;
		if (seen)
			interfaces_say_back(live, device, &was, away_ns);
		else if (!first || (device->by_pattern && live->running))
			interfaces_say(live, "%s is there", device->name);
		return true;
	}
	if (!live->config.follow || (err->number != ENODEV && err->number != ENETDOWN))
		return false;
	if (first && !device->by_pattern)
		interfaces_say(live, "%s is %s; waiting for it (--no-follow would end the run)",
			       device->name, err->number == ENETDOWN ? "down" : "not there");
	if (first)
		device->since_ns = clock_ns(CLOCK_MONOTONIC);
	return true;
}

/* One of many that cannot be opened is no reason to end. */
void interfaces_open_matched(struct interfaces *live, struct live_interface *device)
{
	struct error err;

	if (interfaces_open_one(live, device, &err)) {
		device->refused = false;
		return;
	}
	if (!device->refused)
		interfaces_say(live, "%s; it is left out", err.text);
	device->refused = true;
}

/* The only one may be worth an end, but not for want of descriptors: they come back. */
static void interfaces_open_awaited(struct interfaces *live, struct live_interface *device)
{
	struct error err;

	if (interfaces_open_one(live, device, &err)) {
		device->refused = false;
		return;
	}
	if (!error_is_shortage(err.number)) {
		interfaces_fail(live, &err);
		return;
	}
	if (!device->refused)
		interfaces_say(live, "%s; trying again", err.text);
	device->refused = true;
	live->unasked = true;
}

static void interfaces_open_again(struct interfaces *live, struct live_interface *device)
{
	if (device->by_pattern)
		interfaces_open_matched(live, device);
	else
		interfaces_open_awaited(live, device);
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
		interfaces_say(live, "%s is gone%s", device->name,
			       device->by_pattern ? "" : "; waiting for it");
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

/* A lack of descriptors or of memory does not mean that interfaces are gone. One may have vanished
 * all the same, so the kernel is asked again. */
static bool interfaces_ask(struct interfaces *live, struct link_list *list)
{
	struct error err;

	live->unasked = !link_list_read(list, &err);
	if (live->unasked && !live->said_unasked)
		interfaces_say(live, "%s", err.text);
	live->said_unasked = live->unasked;
	return !live->unasked;
}

/* A device of libpcap that is no interface is in no list. */
static bool interfaces_may_be_there(const struct live_interface *device, const struct link *now)
{
	return device->by_pattern ? now && now->up : now || !device->seen;
}

static void interfaces_check_device(struct interfaces *live, struct live_interface *device,
				    const struct link *now)
{
	if (!now)
		device->refused = false;
	if (device->state == LIVE_INTERFACE_OPEN && !live_interface_is_there(device, now)) {
		interfaces_vanished(live, device);
	} else if (device->state == LIVE_INTERFACE_AWAY && !live->ending &&
		   interfaces_may_be_there(device, now)) {
		interfaces_open_again(live, device);
	}
	if (device->interface)
		device->interface->mtu = device->link.mtu;
}

static void interfaces_check_all(struct interfaces *live, const struct link_list *list)
{
	bool *known = calloc(list->count + 1, sizeof(*known));

	live->unasked = !known; /* without memory: once more */
	for (unsigned i = 0; i < live->device_count; i++) {
		const struct link *now = link_list_find(list, live->devices[i]->name);

		if (now && known)
			known[now - list->links] = true;
		interfaces_check_device(live, live->devices[i], now);
	}
	if (live->config.follow && !live->ending && known)
		interfaces_match_more(live, list->links, known, list->count);
	free(known);
}

void interfaces_check_links(struct interfaces *live)
{
	struct link_list list;

	if (!live->monitor || !((monitor_read(live->monitor) & MONITOR_LINKS) || live->unasked) ||
	    !interfaces_ask(live, &list))
		return;
	interfaces_check_all(live, &list);
	link_list_free(&list);
}

static bool interfaces_any_is_there(const struct interfaces *live)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (live->devices[i]->state != LIVE_INTERFACE_AWAY)
			return true;
	return false;
}

static void interfaces_say_none(const struct interfaces *live)
{
	char names[400] = "";
	size_t used = 0;

	for (unsigned i = 0; i < live->config.count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 live->config.interfaces[i]);
	interfaces_say(live, "still no interface is there; waiting for %s", names);
}

/* The first time, each name and pattern was told already. */
int64_t interfaces_remind(struct interfaces *live)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC), left_ns;

	if (!live->config.follow || live->ending || interfaces_any_is_there(live)) {
		live->reminded_ns = 0;
		return -1;
	}
	if (live->reminded_ns == 0)
		live->reminded_ns = now_ns;
	left_ns = live->reminded_ns + remind_ns - now_ns;
	if (left_ns > 0)
		return left_ns;
	interfaces_say_none(live);
	live->reminded_ns = now_ns;
	return remind_ns;
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
	if (device->state != LIVE_INTERFACE_LEAVING || !interfaces_has_left(device))
		return;
	for (unsigned i = 0; i < device->queue_count; i++)
		if (device->queues[i].full)
			return;
	/* A ring that was not read in this round, since others had older frames, may still hold
	 * some. */
	live_interface_abandon(device, device->gone_ns);
	live_interface_close(device);
	live->merge.stale = true;
	device->state = LIVE_INTERFACE_AWAY;
	if (!live->ending)
		interfaces_open_again(live, device);
}
