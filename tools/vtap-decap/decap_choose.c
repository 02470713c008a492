/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_choose.h"

/* Counts a packet that is left out, or for which there was no memory. */
static enum verdict decap_choose_judge(struct decap *decap, const struct packet *out, bool timed,
				       struct error *err)
{
	struct counters *counters = &decap->counters;

	switch (choice_judge(decap->config->choice, out, timed, err)) {
	case CHOICE_TAKEN:
		return PASS;
	case CHOICE_OUT_OF_TIME:
		counters->out_of_time++;
		return DROP;
	case CHOICE_FILTERED:
		counters->filtered++;
		return DROP;
	case CHOICE_FAILED:
		break;
	}
	counters->unwritten++;
	return FAILED;
}

enum verdict decap_choose_packet(struct decap *decap, const struct packet *out, bool timed,
				 struct error *err)
{
	const struct decap_config *config = decap->config;
	enum verdict verdict = PASS;

	if (config->choice)
		verdict = decap_choose_judge(decap, out, timed, err);
	if (verdict == PASS && config->live &&
	    !interface_statistics_see(&decap->statistics, out->interface))
		return decap_out_of_memory(decap, err);
	return verdict;
}
