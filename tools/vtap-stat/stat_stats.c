/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/cli_choice.h"
#include "stat_internal.h"

#define OUTCOME(which, name, text)                                                                \
	{                                                                                         \
		STATS_OUTCOME, name, text, offsetof(struct stat_counters, outcome[which]), false, \
			NULL                                                                      \
	}
#define ROW(group, field, name, text)                                                         \
	{                                                                                     \
		STATS_##group, name, text, offsetof(struct stat_counters, field), false, NULL \
	}

const struct stats_row stat_rows[] = {
	OUTCOME(STAT_COUNTED, "counted", "counted"),
	OUTCOME(STAT_NOT_IP, "not_ip", "counted: not IP"),
	OUTCOME(STAT_FRAGMENT, "fragment", "counted: fragments without ports"),
	OUTCOME(STAT_TRUNCATED, "truncated", "counted: cut in front of the addresses"),
	OUTCOME(STAT_MALFORMED, "malformed", "counted: malformed headers"),
	OUTCOME(STAT_UNKNOWN_LINK, "unknown_link", "counted: link type not known"),
	ROW(OUTCOME, filtered, "filtered", CLI_CHOICE_FILTERED),
	ROW(OUTCOME, out_of_time, "out_of_time", CLI_CHOICE_OUT_OF_TIME),
	ROW(OUTCOME, uncounted, "uncounted", "not counted: the run failed"),
	ROW(DETAIL, cut, "cut", "cut: fewer bytes captured than on the wire"),
	ROW(DETAIL, hidden_cut, "hidden_cut", "cut, and only their headers say so (vtap-fixlen)"),
	ROW(DETAIL, oversize, "oversize", "IP packets above 1500 bytes"),
	ROW(DETAIL, late, "late",
	    "out of order: they come after a packet with a later time (--window sorts them)"),
	ROW(DETAIL, keys, "keys", "keys, and flows of --by flow"),
	ROW(DETAIL, forgotten, "keys_forgotten", "keys and flows told early: --max-keys"),
	ROW(DETAIL, gaps_evicted, "gaps_evicted", "gaps decided early: a ninth of its direction"),
	ROW(DETAIL, pool_full, "pool_full", "times that the pool of 64 MiB was full"),
	{ 0 },
};

static uint64_t stat_counted(const struct stat_counters *counters)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < STAT_OUTCOMES; i++)
		sum += counters->outcome[i];
	return sum;
}

/* Says that -f, --since and --until leave nothing. An empty input is no news. */
static bool stat_nothing(void *self, const struct stats *stats, FILE *to)
{
	const struct stat_stage *stat = self;
	const struct stat_counters *counters = &stat->counters;
	const char *sees = "-f sees the outside of tunnels: for what is inside, filter behind "
			   "vtap-decap";
	char none[CLI_CHOICE_SAID];

	(void)stats;
	if (stat_counted(counters) > 0 || counters->filtered + counters->out_of_time == 0)
		return false;
	cli_choice_say_none(stat->config->choice, counters->filtered, counters->out_of_time,
			    stat->filtered_tunnel ? sees : NULL, none);
	fputs(none, to);
	return true;
}

void stat_stats(struct stat_stage *stat, struct stats *stats)
{
	stats->rows = stat_rows;
	stats->counters = &stat->counters;
	stats->nothing = stat_nothing;
	stats->nothing_arg = stat;
}

void stat_totals(struct stat_stage *stat)
{
	stat->counters.gaps_evicted = stat->room.gaps_evicted;
	stat->counters.pool_full =
		stat->room.pool_full + stat->counters.names_full + stat->numbers.failed;
}
