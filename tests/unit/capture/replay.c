/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/replay.h"

#include <stdlib.h>
#include <time.h>

#include "lib/tap.h"

enum { MS = 1000000, COUNT = 6 };

/* A source of packets with nothing but times; those before `timed` are simple and have none. */
struct times {
	struct source base;
	const int64_t *at;
	unsigned given, timed;
};

static enum source_result times_next(struct source *source, struct packet *packet,
				     struct block *block, struct error *err)
{
	struct times *times = (struct times *)source;

	(void)block, (void)err;
	if (times->given == COUNT)
		return SOURCE_END;
	*packet = (struct packet){ .time_ns = times->at[times->given],
				   .form = times->given < times->timed ? PACKET_SIMPLE
								       : PACKET_ENHANCED };
	times->given++;
	return SOURCE_PACKET;
}

static void times_close(struct source *source)
{
	free(source);
}

static void times_progress(const struct source *source, struct source_progress *progress)
{
	progress->done += ((const struct times *)source)->given;
	progress->total += COUNT;
}

static struct source *times_open(const int64_t *at)
{
	static const struct source_ops ops = { .next = times_next,
					       .close = times_close,
					       .progress = times_progress };
	struct times *times = calloc(1, sizeof(*times));

	times->base.ops = &ops;
	times->at = at;
	return &times->base;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool count_flush(void *arg)
{
	++*(unsigned *)arg;
	return true;
}

/* Runs through; when[i] is how long after the start packet i came. stall: slept after the first. */
static unsigned run(const int64_t *at, double speed, int64_t stall_ns, int64_t when[COUNT])
{
	struct error err = { 0 };
	struct source *source = replay_open(times_open(at), speed, &err);
	struct timespec stall = { .tv_nsec = stall_ns };
	unsigned flushes = 0, got = 0;
	int64_t start = now_ns();
	struct packet packet;
	struct block block;

	source_before_wait(source, (struct source_hook){ count_flush, &flushes });
	while (source_next(source, &packet, &block, &err) == SOURCE_PACKET) {
		when[got++] = now_ns() - start;
		if (got == 1 && stall_ns)
			nanosleep(&stall, NULL);
	}
	source_close(source);
	is_u64(got, COUNT, "all packets come");
	return flushes;
}

static const int64_t second = 1000000000;

/*
 * The same again until it was in time, or many times in vain: on a busy machine this process may
 * wait for a processor, and what is measured then is that. One that waits too long by itself does
 * so each time.
 */
static bool in_time(const int64_t *at, double speed, int64_t stall_ns, int64_t when[COUNT],
		    bool (*is_good)(const int64_t *when, unsigned flushes))
{
	for (int i = 0; i < 50; i++) {
		unsigned flushes = run(at, speed, stall_ns, when);

		if (is_good(when, flushes))
			return true;
	}
	return false;
}

static bool waits_each_time(const int64_t *when, unsigned flushes)
{
	(void)when;
	return flushes >= COUNT - 1;
}

static bool is_faster(const int64_t *when, unsigned flushes)
{
	(void)flushes;
	return when[5] < 100 * MS;
}

static bool comes_at_once(const int64_t *when, unsigned flushes)
{
	(void)flushes;
	return when[2] - when[1] < 15 * MS && when[3] - when[1] < 15 * MS;
}

static bool is_made_up_for(const int64_t *when, unsigned flushes)
{
	(void)flushes;
	return when[5] - when[1] < 15 * MS + 80 * MS;
}

static bool refuse_wait(void *arg)
{
	(void)arg;
	return false;
}

/*
 * A simple packet says time 0, decades before the next one. The hook ends the run at the first
 * wait, which has to be that in front of the second packet that has a time.
 */
static void test_simple_first(void)
{
	const int64_t at[COUNT] = { 0, 0, 1700000000 * second, 1700000060 * second };
	struct error err = { 0 };
	struct source *inner = times_open(at), *source = replay_open(inner, 1, &err);
	struct packet packet;
	struct block block;
	unsigned got = 0;

	((struct times *)inner)->timed = 2;
	source_before_wait(source, (struct source_hook){ .before_wait = refuse_wait });
	while (source_next(source, &packet, &block, &err) == SOURCE_PACKET)
		got++;
	is_u64(source_percent(source), 66, "it is as far as what it replays");
	source_close(source);
	is_u64(got, 3,
	       "simple packets in front neither wait nor make the first one with a time wait");
}

int main(void)
{
	const int64_t base = 1700000000 * second;
	const int64_t even[COUNT] = { base,	      base + 20 * MS, base + 40 * MS,
				      base + 60 * MS, base + 80 * MS, base + 100 * MS };
	const int64_t back[COUNT] = { base,	      base + 20 * MS, base - 90 * second,
				      base + 10 * MS, base + 40 * MS, base + 60 * MS };
	int64_t when[COUNT];

	ok(in_time(even, 1, 0, when, waits_each_time), "the sink is flushed before each wait");
	ok(when[1] >= 20 * MS && when[5] >= 100 * MS, "as recorded");
	ok(in_time(even, 4, 0, when, is_faster), "four times faster");
	ok(when[1] >= 5 * MS && when[5] >= 25 * MS, "... and no more");
	run(even, 0.5, 0, when);
	ok(when[5] >= 200 * MS, "half as fast");
	ok(in_time(back, 1, 0, when, comes_at_once), "times that go back come at once");
	ok(when[4] >= 40 * MS && when[5] >= 60 * MS, "... and change nothing for the others");
	ok(in_time(even, 1, 300 * MS, when, is_made_up_for), "up to 100 ms are made up for");
	run(even, 10, 300 * MS, when);
	ok(when[5] >= 300 * MS, "after a stall time goes on from there");
	test_simple_first();
	return tap_done();
}
