/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choose.h"

static enum choose_verdict choose_leave_out(const struct choose *choose,
					    const struct packet *packet, uint64_t *count)
{
	(*count)++;
	choose->counts->bytes_left_out += packet->caplen;
	return CHOOSE_LEFT_OUT;
}

enum choose_verdict choose_judge(const struct choose *choose, const struct packet *packet,
				 const struct named_interface *on, int64_t time_ns,
				 struct error *err)
{
	struct recall_counts *counts = choose->counts;

	if (time_ns < choose->since_ns || time_ns >= choose->until_ns)
		return choose_leave_out(choose, packet, &counts->outside);
	if (!on->wanted)
		return choose_leave_out(choose, packet, &counts->other_source);
	if (!choose->choice)
		return CHOOSE_TAKEN;
	switch (choice_judge(choose->choice, packet, true, err)) {
	case CHOICE_TAKEN:
		return CHOOSE_TAKEN;
	case CHOICE_FAILED:
		return CHOOSE_FAILED;
	default:
		return choose_leave_out(choose, packet, &counts->filtered);
	}
}
