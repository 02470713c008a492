/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_choose.h"

void decap_choose_count(struct decap *decap, enum choice_verdict verdict)
{
	++*(verdict == CHOICE_OUT_OF_TIME ? &decap->counters.out_of_time
					  : &decap->counters.filtered);
}

/* Counts a packet that is left out, or for which there was no memory. */
static enum verdict decap_choose_judge(struct decap *decap, const struct packet *out, bool timed,
				       struct error *err)
{
	enum choice_verdict verdict = choice_judge(decap->config->choice, out, timed, err);

	if (verdict == CHOICE_TAKEN)
		return PASS;
	if (verdict == CHOICE_FAILED) {
		decap->counters.unwritten++;
		return FAILED;
	}
	decap_choose_count(decap, verdict);
	return DROP;
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
