/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_quiet.h"

#include "split_files.h"

/* Nanoseconds: packets of an interval may travel so long after its end. */
enum { QUIET_SLACK_NS = 1000000000 };

/*
 * A process that was stopped, or had to wait for a disk, has not read what came meanwhile: such
 * times do not count as quiet. The clock of this function goes on by two ticks a call at most.
 */
static int64_t quiet_clock(struct split *split, int64_t now_ns)
{
	int64_t passed_ns = now_ns - split->looked_ns;

	if (passed_ns > 2 * (int64_t)SPLIT_QUIET_TICK_NS)
		passed_ns = 2 * (int64_t)SPLIT_QUIET_TICK_NS;
	split->looked_ns = now_ns;
	return split->clock_ns += passed_ns;
}

/* Whether packets came is seen by their number, so that a packet need not ask for the time. */
static bool quiet_is_due(const struct split *split, struct split_key *key, int64_t clock_ns)
{
	if (key->file.packets == key->looked_packets)
		return clock_ns - key->came_ns - QUIET_SLACK_NS >= split->config->interval_ns;
	key->looked_packets = key->file.packets;
	key->came_ns = clock_ns;
	return false;
}

/* Keys without a file leave the list, so that nobody looks at them while nothing comes. A name that
 * was refused stays so until the interval ends. */
bool split_quiet_end(struct split *split, int64_t now_ns)
{
	int64_t clock_ns = quiet_clock(split, now_ns);
	struct split_key **link = &split->listed, *key;
	bool good = !split->block_error.text[0];

	if (split->config->interval_ns == 0)
		return true;
	while (good && (key = *link)) {
		if (key->file.out && quiet_is_due(split, key, clock_ns))
			good = split_files_end(split, key, true, &split->block_error);
		key->listed = key->file.out || key->refused;
		if (key->listed)
			link = &key->next_listed;
		else
			*link = key->next_listed;
	}
	if (good)
		split->last_listed = link;
	return good;
}
