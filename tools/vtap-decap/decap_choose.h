/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last question about a packet that is as it would be written: do -f, --since and --until take
 * it (filter/choice.h)? Both paths of the stage ask before they count it as written.
 */
#ifndef VTAP_DECAP_DECAP_CHOOSE_H
#define VTAP_DECAP_DECAP_CHOOSE_H

#include "decap_internal.h"

/* Counts a packet that is left out: verdict is CHOICE_OUT_OF_TIME or CHOICE_FILTERED. */
void decap_choose_count(struct decap *decap, enum choice_verdict verdict);

/* Is decap_choose() for a run that has a choice. */
enum verdict decap_choose_packet(struct decap *decap, const struct packet *out,
				 struct interface_statistics_entry *entry, bool timed,
				 struct error *err);

/*
 * Returns PASS if a packet is to be written. Otherwise counts it: DROP if it is left out, FAILED,
 * with err set, without memory. entry: of the interface on which it is written, which is in the
 * list from its first packet on; NULL for one of the input. timed: the packet has a time.
 */
static inline enum verdict decap_choose(struct decap *decap, const struct packet *out,
					struct interface_statistics_entry *entry, bool timed,
					struct error *err)
{
	return decap->asks ? decap_choose_packet(decap, out, entry, timed, err) : PASS;
}

/* Returns true if some packets, from which a tunnel was taken off or not, were left out. */
static inline bool decap_choose_left_out(const struct decap *decap)
{
	return decap->counters.filtered + decap->counters.out_of_time > 0;
}

#endif
