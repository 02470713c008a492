/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/replay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "io/interrupt.h"

enum { BEHIND_NS = 100000000 }; /* a caller that is later makes up for no more */

struct replay {
	struct source base;
	struct source *inner;
	double speed;
	bool started;
	int64_t first_ns, latest_ns; /* times of packets, in the capture */
	int64_t start_ns;	     /* when the first one was due, by CLOCK_MONOTONIC */
};

/* Returns false if the run is to end, or with err set. */
static bool replay_wait_until(struct replay *replay, int64_t due_ns, struct error *err)
{
	const struct source_hook *hook = &replay->base.hook;

	for (int64_t left; (left = due_ns - clock_ns(CLOCK_MONOTONIC)) > 0;) {
		if (hook->before_wait && !hook->before_wait(hook->arg))
			return false;
		switch (interrupt_poll(NULL, 0, left)) {
		case WOKEN_END:
			return false;
		case WOKEN_FAILED:
			return error_errno(err, "%s: poll", replay->base.name);
		default:
			break;
		}
	}
	return true;
}

/* Returns when a packet is due. Damaged captures have any times, so the result is limited. */
static int64_t replay_due_ns(const struct replay *replay, int64_t time_ns)
{
	double after = ((double)time_ns - (double)replay->first_ns) / replay->speed;

	return after < 1e18 ? replay->start_ns + (int64_t)after : INT64_MAX;
}

static bool replay_hold_back(struct replay *replay, int64_t time_ns, struct error *err)
{
	int64_t due_ns, late_ns;

	if (!replay->started) {
		replay->started = true;
		replay->first_ns = replay->latest_ns = time_ns;
		replay->start_ns = clock_ns(CLOCK_MONOTONIC);
		return true;
	}
	if (time_ns < replay->latest_ns)
		return true;
	replay->latest_ns = time_ns;
	due_ns = replay_due_ns(replay, time_ns);
	late_ns = clock_ns(CLOCK_MONOTONIC) - due_ns;
	if (late_ns > BEHIND_NS)
		replay->start_ns += late_ns - BEHIND_NS;
	return replay_wait_until(replay, due_ns, err);
}

static enum source_result replay_next(struct source *source, struct packet *packet,
				      struct block *block, struct error *err)
{
	struct replay *replay = (struct replay *)source;
	enum source_result result = source_next(replay->inner, packet, block, err);

	replay->base.skipped = replay->inner->skipped;
	if (result != SOURCE_PACKET)
		return result;
	replay->base.packets++;
	if (packet->form == PACKET_SIMPLE) /* has no time */
		return result;
	err->text[0] = '\0';
	if (replay_hold_back(replay, packet->time_ns, err))
		return result;
	return err->text[0] ? SOURCE_ERROR : SOURCE_END;
}

static void replay_close(struct source *source)
{
	struct replay *replay = (struct replay *)source;

	source_close(replay->inner);
	free(replay);
}

static void replay_hooked(struct source *source)
{
	struct replay *replay = (struct replay *)source;

	source_before_wait(replay->inner, source->hook);
}

static void replay_progress(const struct source *source, struct source_progress *progress)
{
	source_progress(((const struct replay *)source)->inner, progress);
}

struct source *replay_open(struct source *inner, double speed, struct error *err)
{
	static const struct source_ops ops = { .next = replay_next,
					       .close = replay_close,
					       .hooked = replay_hooked,
					       .progress = replay_progress };
	struct replay *replay = calloc(1, sizeof(*replay));

	if (!replay) {
		error_set(err, "not enough memory");
		source_close(inner);
		return NULL;
	}
	*replay = (struct replay){
		.base = { .ops = &ops, .name = inner->name, .format = inner->format },
		.inner = inner,
		.speed = speed
	};
	return &replay->base;
}
