/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/link.h"
#include "io/interrupt.h"
#include "live/interfaces_internal.h"

enum {
	RING_STEP = 256 << 10, /* libpcap makes rings of whole blocks of SNAPLEN bytes */
	RING_MIN = 2 * RING_STEP,
	RING_MAX = 8 << 20,
	MEMORY = INTERFACES_MEMORY,
	LATER_SHARE = 16, /* a ring that comes later gets this part of what is left */
	AWAY_MAX = 128,	  /* interfaces that patterns matched and that are remembered when gone */
};

bool interfaces_is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

bool interfaces_match(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, 0) == 0;
}

static bool match_any(const struct interfaces *live, const char *name)
{
	const struct interfaces_config *config = &live->config;

	for (unsigned i = 0; i < config->count; i++)
		if (interfaces_is_pattern(config->interfaces[i]) &&
		    interfaces_match(config->interfaces[i], name))
			return true;
	return false;
}

bool interfaces_match_patterns(const struct interfaces *live)
{
	for (unsigned i = 0; i < live->config.count; i++)
		if (interfaces_is_pattern(live->config.interfaces[i]))
			return true;
	return false;
}

static unsigned match_rings_of_device(const struct interfaces *live)
{
	return live->config.directions && live->config.wanted == DIRECTION_UNKNOWN ? 2 : 1;
}

static uint64_t match_whole_steps(uint64_t len, uint64_t most)
{
	len = len < most ? len : most;
	return len < RING_STEP ? RING_STEP : len - len % RING_STEP;
}

/* Rings are not made smaller later. So where interfaces may come, half of the memory is kept. */
static uint64_t match_first_ring_len(const struct interfaces *live)
{
	uint64_t memory = interfaces_match_patterns(live) ? MEMORY / 2 : MEMORY;
	unsigned rings = live->device_count * match_rings_of_device(live);

	return match_whole_steps(rings ? memory / rings : memory, RING_MAX);
}

/* A named interface has its memory also while it is away. */
static uint64_t match_memory_taken(const struct interfaces *live)
{
	uint64_t taken = 0;

	for (unsigned i = 0; i < live->device_count; i++) {
		const struct live_interface *device = live->devices[i];

		if (!device->by_pattern || device->queue_count > 0)
			taken += device->ring_len * match_rings_of_device(live);
	}
	return taken;
}

uint64_t interfaces_match_ring_len(const struct interfaces *live,
				   const struct live_interface *device)
{
	uint64_t taken, left, len;

	if (live->config.buffer != 0 ||
	    (device->ring_len != 0 && !(device->by_pattern && device->seen)))
		return device->ring_len;
	taken = match_memory_taken(live);
	left = taken < MEMORY ? (MEMORY - taken) / match_rings_of_device(live) : 0;
	len = left / LATER_SHARE;
	if (len < RING_MIN)
		len = left < RING_MIN ? left : RING_MIN;
	return match_whole_steps(len, RING_MAX);
}

/* Makes room in the lists for one more device. */
static bool match_grow(struct interfaces *live)
{
	size_t room = live->device_count + 1;
	struct live_interface **devices;
	struct pollfd *fds;

	devices = reallocarray(live->devices, room, sizeof(struct live_interface *));
	if (devices)
		live->devices = devices;
	fds = reallocarray(live->fds, 2 * room + 1 + INTERRUPT_OWN_FDS, sizeof(*fds));
	if (fds)
		live->fds = fds;
	return devices && fds;
}

/* Adds a device without opening it. name is copied if it is that of a link, which a pattern
 * matches. Returns NULL and sets err without memory. */
static struct live_interface *match_add(struct interfaces *live, const char *name, bool by_pattern,
					struct error *err)
{
	struct live_interface *device = calloc(1, sizeof(*device));

	if (!device || !match_grow(live)) {
		error_errno(err, "%s", name);
		free(device);
		return NULL;
	}
	device->name = name;
	if (by_pattern) {
		snprintf(device->own_name, sizeof(device->own_name), "%s", name);
		device->name = device->own_name;
	}
	device->by_pattern = by_pattern;
	device->state = LIVE_INTERFACE_AWAY;
	device->ring_len = live->config.buffer;
	live->devices[live->device_count++] = device;
	return device;
}

static bool match_is_known(const struct interfaces *live, const char *name)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (strcmp(live->devices[i]->name, name) == 0)
			return true;
	return false;
}

static bool match_add_links(struct interfaces *live, struct error *err)
{
	struct link_list list;
	bool done = true;

	if (!link_list_read(&list, err))
		return false;
	for (size_t i = 0; done && i < list.count; i++)
		if (list.links[i].up && match_any(live, list.links[i].name) &&
		    !match_is_known(live, list.links[i].name))
			done = match_add(live, list.links[i].name, true, err) != NULL;
	link_list_free(&list);
	return done;
}

static bool match_has_device(const struct interfaces *live, const char *pattern)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (interfaces_match(pattern, live->devices[i]->name))
			return true;
	return false;
}

/* Looks for patterns that match nothing. */
static bool match_check_patterns(const struct interfaces *live, struct error *err)
{
	for (unsigned i = 0; i < live->config.count; i++) {
		const char *pattern = live->config.interfaces[i];

		if (!interfaces_is_pattern(pattern) || match_has_device(live, pattern))
			continue;
		if (!live->config.follow) {
			error_set(err, "no interface that is up matches '%s'; -D lists all",
				  pattern);
			err->number = ENODEV;
			return false;
		}
		interfaces_say(live, "no interface that is up matches '%s'; waiting for one",
			       pattern);
	}
	return true;
}

/* Names come first: what patterns match besides is added to them. */
bool interfaces_match_first(struct interfaces *live, struct error *err)
{
	const struct interfaces_config *config = &live->config;
	uint64_t ring_len;

	if (!match_grow(live))
		return error_errno(err, "interfaces");
	for (unsigned i = 0; i < config->count; i++)
		if (!interfaces_is_pattern(config->interfaces[i]) &&
		    !match_is_known(live, config->interfaces[i]) &&
		    !match_add(live, config->interfaces[i], false, err))
			return false;
	if (interfaces_match_patterns(live) && !match_add_links(live, err))
		return false;
	if (!match_check_patterns(live, err))
		return false;
	ring_len = match_first_ring_len(live);
	for (unsigned i = 0; config->buffer == 0 && i < live->device_count; i++)
		live->devices[i]->ring_len = ring_len;
	return true;
}

/* Returns the matched interface that is gone longest, or NULL while there are few. One that is
 * refused would be told again. */
static struct live_interface *match_longest_away(const struct interfaces *live)
{
	struct live_interface *longest = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < live->device_count; i++) {
		struct live_interface *device = live->devices[i];

		if (!device->by_pattern || device->refused || device->state != LIVE_INTERFACE_AWAY)
			continue;
		count++;
		if (!longest || device->since_ns < longest->since_ns)
			longest = device;
	}
	return count >= AWAY_MAX ? longest : NULL;
}

/*
 * Containers get interfaces with a new name each. So that a host that runs for years does not
 * remember all of them, a new one takes the place of the one that is gone longest, and adds to its
 * counters, of which only sums are told.
 */
static struct live_interface *match_replace(struct interfaces *live, const char *name)
{
	struct live_interface *device = match_longest_away(live);

	if (!device)
		return NULL;
	live_interface_forget(device);
	snprintf(device->own_name, sizeof(device->own_name), "%s", name);
	device->ring_len = live->config.buffer;
	return device;
}

static void match_open(struct interfaces *live, const char *name)
{
	struct error err;
	struct live_interface *device = match_replace(live, name);

	if (!device)
		device = match_add(live, name, true, &err);
	if (device)
		interfaces_open_matched(live, device);
	else
		interfaces_say(live, "%s; it is left out", err.text);
}

void interfaces_match_more(struct interfaces *live, const struct link *links, const bool *known,
			   size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!known[i] && links[i].up && match_any(live, links[i].name))
			match_open(live, links[i].name);
}
