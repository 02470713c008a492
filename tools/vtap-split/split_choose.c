/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "split_choose.h"

#include "split_internal.h"

enum { LOOKED = 64 }; /* packets that -f leaves out and that are looked into for a tunnel */

/* What is inside a tunnel is not seen by -f, which a line says if nothing is left. */
static void split_choose_look(struct split *split, const struct packet *in)
{
	if (split->counters.filtered > LOOKED || split->filtered_tunnel)
		return;
	peel_packet(&split->peel, &split->table, in->linktype, in->data, in->caplen, in->len);
	split->filtered_tunnel = split->peel.count > 0;
}

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
		split_choose_look(split, in);
		return DROP;
	case CHOICE_FAILED:
		break;
	}
	split->counters.unwritten++;
	return FAILED;
}
