/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_choose.h"

#include "stat_internal.h"

/* The numbers of tunnels go on with packets that -f leaves out. What is inside a tunnel is not seen
 * by -f, which a line says if nothing is left. */
static void stat_choose_look(struct stat_stage *stat, const struct packet *in)
{
	peel_packet(&stat->peel, &stat->table, in->linktype, in->data, in->caplen, in->len);
	stat->filtered_tunnel |= stat->peel.count > 0;
	if (stat_numbers_are_in(&stat->peel))
		stat_numbers_see(&stat->numbers, &stat->peel, in, (struct stat_numbers_owner){ 0 });
}

enum verdict stat_choose_put(void *self, const struct packet *in, struct packet *out,
			     struct error *err)
{
	struct stat_stage *stat = self;

	switch (choice_judge(stat->config->choice, in, in->form != PACKET_SIMPLE, err)) {
	case CHOICE_TAKEN:
		return stat_put(self, in, out, err);
	case CHOICE_OUT_OF_TIME:
		stat->counters.out_of_time++;
		return DROP;
	case CHOICE_FILTERED:
		stat->counters.filtered++;
		stat_choose_look(stat, in);
		return DROP;
	case CHOICE_FAILED:
		break;
	}
	stat->counters.uncounted++;
	return FAILED;
}
