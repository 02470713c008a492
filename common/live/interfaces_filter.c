/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter of all interfaces, and how it is replaced: for all of them, or for none. */
#include "live/interfaces_internal.h"

bool interfaces_check_filter(const struct interfaces *live, const char *filter, struct error *err)
{
	for (unsigned i = 0; i < live->device_count; i++)
		if (live->devices[i]->state == LIVE_INTERFACE_OPEN)
			return true;
	return packet_ring_check_filter(filter, err);
}

/* Calls a function for the ring of each interface that is open, until one fails. *count is set to
 * the number of rings for which it succeeded. */
static bool interfaces_each_ring(const struct interfaces *live, unsigned most,
				 bool (*call)(const struct live_interface_config *config,
					      struct packet_ring *ring, struct error *err),
				 const struct live_interface_config *config, unsigned *count,
				 struct error *err)
{
	*count = 0;
	for (unsigned i = 0; i < live->device_count; i++) {
		const struct live_interface *device = live->devices[i];

		if (device->state != LIVE_INTERFACE_OPEN)
			continue;
		for (unsigned q = 0; q < device->queue_count; q++) {
			if (*count == most)
				return true;
			if (!call(config, device->queues[q].ring, err))
				return error_wrap(err, "%s", device->name);
			++*count;
		}
	}
	return true;
}

static bool interfaces_prepare_ring(const struct live_interface_config *config,
				    struct packet_ring *ring, struct error *err)
{
	return packet_ring_prepare_filter(ring, config->filter, config->bare_filter, err);
}

static bool interfaces_swap_ring(const struct live_interface_config *config,
				 struct packet_ring *ring, struct error *err)
{
	(void)config;
	return packet_ring_swap_filter(ring, err);
}

static bool interfaces_forget_ring(const struct live_interface_config *config,
				   struct packet_ring *ring, struct error *err)
{
	(void)config, (void)err;
	packet_ring_forget_filter(ring);
	return true;
}

/* The filters are compiled first, which may take long, so that all take effect at about the same
 * time. If a ring refuses its filter, those before it get their old one back. */
static bool interfaces_swap_all(struct interfaces *live, struct error *err)
{
	struct error back = { 0 };
	unsigned swapped, restored;

	if (interfaces_each_ring(live, UINT32_MAX, interfaces_swap_ring, NULL, &swapped, err))
		return true;
	interfaces_each_ring(live, swapped, interfaces_swap_ring, NULL, &restored, &back);
	return false;
}

bool interfaces_set_filter(struct source *source, const char *filter, const char *bare_filter,
			   struct error *err)
{
	struct interfaces *live = (struct interfaces *)source;
	struct live_interface_config config = live->ring_config;
	struct error none = { 0 };
	unsigned count;
	bool done;

	config.filter = filter;
	config.bare_filter = bare_filter;
	done = interfaces_check_filter(live, filter, err) &&
	       interfaces_each_ring(live, UINT32_MAX, interfaces_prepare_ring, &config, &count,
				    err) &&
	       interfaces_swap_all(live, err);
	interfaces_each_ring(live, UINT32_MAX, interfaces_forget_ring, NULL, &count, &none);
	if (done)
		live->ring_config = config;
	return done;
}
