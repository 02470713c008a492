/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decap_choose.h"

void decap_choose_count(struct decap *decap, enum choice_verdict verdict)
{
	++*(verdict == CHOICE_OUT_OF_TIME ? &decap->counters.out_of_time
					  : &decap->counters.filtered);
}

enum verdict decap_choose_packet(struct decap *decap, const struct packet *out,
				 struct interface_statistics_entry *entry, bool timed,
				 struct error *err)
{
	enum choice_verdict verdict = choice_judge(decap->config->choice, out, timed, err);

	if (verdict == CHOICE_TAKEN && entry)
		interface_statistics_add(&decap->statistics, entry);
	if (verdict == CHOICE_TAKEN)
		return PASS;
	if (verdict == CHOICE_FAILED) {
		decap->counters.unwritten++;
		return FAILED;
	}
	decap_choose_count(decap, verdict);
	return DROP;
}
