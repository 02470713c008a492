/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/replay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "io/interrupt.h"

enum { BEHIND_NS = 100000000 };

struct pace {
	struct source base;
	struct source *inner;
	double speed;
	bool started;
	int64_t first_ns, latest_ns; /* times of packets */
	int64_t start_ns;	     /* when the first one was due, by this host's clock */
};

/* Until due_ns; false: the end. */
static bool wait_until(struct pace *pace, int64_t due_ns)
{
	const struct source_hook *hook = &pace->base.hook;

	for (int64_t left; (left = due_ns - clock_ns(CLOCK_MONOTONIC)) > 0;) {
		if (hook->before_wait && !hook->before_wait(hook->arg))
			return false;
		if (interrupt_poll(NULL, 0, left) == WOKEN_END)
			return false;
	}
	return true;
}

/* When a packet is due; saturates: damaged captures have any times. */
static int64_t due_of(const struct pace *pace, int64_t time_ns)
{
	double after = ((double)time_ns - (double)pace->first_ns) / pace->speed;

	return after < 1e18 ? pace->start_ns + (int64_t)after : INT64_MAX;
}

static bool hold_back(struct pace *pace, int64_t time_ns)
{
	int64_t due_ns, late_ns;

	if (!pace->started) {
		pace->started = true;
		pace->first_ns = pace->latest_ns = time_ns;
		pace->start_ns = clock_ns(CLOCK_MONOTONIC);
		return true;
	}
	if (time_ns < pace->latest_ns)
		return true;
	pace->latest_ns = time_ns;
	due_ns = due_of(pace, time_ns);
	late_ns = clock_ns(CLOCK_MONOTONIC) - due_ns;
	if (late_ns > BEHIND_NS)
		pace->start_ns += late_ns - BEHIND_NS;
	return wait_until(pace, due_ns);
}

static enum source_result pace_next(struct source *source, struct packet *packet,
				    struct block *block, struct error *err)
{
	struct pace *pace = (struct pace *)source;
	enum source_result result = source_next(pace->inner, packet, block, err);

	pace->base.skipped = pace->inner->skipped;
	if (result != SOURCE_PACKET)
		return result;
	pace->base.packets++;
	return hold_back(pace, packet->time_ns) ? result : SOURCE_END;
}

static void pace_close(struct source *source)
{
	struct pace *pace = (struct pace *)source;

	source_close(pace->inner);
	free(pace);
}

static void pace_hooked(struct source *source)
{
	struct pace *pace = (struct pace *)source;

	source_before_wait(pace->inner, source->hook);
}

struct source *replay_open(struct source *inner, double speed, struct error *err)
{
	static const struct source_ops ops = { .next = pace_next,
					       .close = pace_close,
					       .hooked = pace_hooked };
	struct pace *pace = calloc(1, sizeof(*pace));

	if (!pace) {
		error_set(err, "not enough memory");
		source_close(inner);
		return NULL;
	}
	*pace = (struct pace){
		.base = { .ops = &ops, .name = inner->name, .format = inner->format },
		.inner = inner,
		.speed = speed
	};
	return &pace->base;
}
