/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_choose.h"

#include "split_internal.h"

enum verdict split_choose_put(void *self, const struct packet *in, struct packet *out,
			      struct error *err)
{
	struct split *split = self;

	switch (choice_judge(split->config->choice, in, in->form != PACKET_SIMPLE, err)) {
	case CHOICE_TAKEN:
		return split_put(self, in, out, err);
	case CHOICE_OUT_OF_TIME:
		split->counters.out_of_time++;
		return DROP;
	case CHOICE_FILTERED:
		split->counters.filtered++;
		return DROP;
	case CHOICE_FAILED:
		break;
	}
	split->counters.unwritten++;
	return FAILED;
}
