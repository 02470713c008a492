/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which packets of those that a stage would write are written: those between two moments that match
 * a filter expression. A stage asks for each packet when it is as it would be written.
 */
#ifndef VTAP_FILTER_CHOICE_H
#define VTAP_FILTER_CHOICE_H

#include "base/error.h"
#include "base/moment.h"
#include "packet/packet.h"

struct choice;

struct choice_config {
	const char *expression;		    /* pcap-filter(7); NULL if every packet matches */
	const struct moment *since, *until; /* since <= time < until; NULL without a limit */
	/* Called once for each link type for which the expression does not compile, for ten at
	 * most. May be NULL. */
	void (*tell)(const void *arg, uint32_t linktype, const struct error *why);
	const void *tell_arg;
};

/*
 * Makes a choice, and checks the expression (expression_check()), whose names are resolved: that
 * may take time. The texts and moments of config are copied, and tell_arg must outlive the choice.
 * Returns NULL and sets err if the expression is wrong (a usage error), if libpcap is not
 * installed, or without memory. The caller frees it with choice_free().
 */
struct choice *choice_new(const struct choice_config *config, struct error *err);
void choice_free(struct choice *choice); /* NULL is allowed */

enum choice_verdict {
	CHOICE_TAKEN,
	CHOICE_OUT_OF_TIME, /* the expression was not asked */
	CHOICE_FILTERED,    /* no match, or the expression does not compile for the link type */
	CHOICE_FAILED,	    /* err is set: there is no memory */
};

/*
 * Judges a packet. timed says whether it has a time: one of a simple packet block has none, and is
 * within no moments. The first packet with a time is the one that moments behind the first packet
 * count from.
 */
enum choice_verdict choice_judge(struct choice *choice, const struct packet *packet, bool timed,
				 struct error *err);

/* Sets the earliest and the latest time of the packets that were judged, in nanoseconds since 1970.
 * Returns false if none had a time, or if the choice has no moments. */
bool choice_span(const struct choice *choice, int64_t *earliest_ns, int64_t *latest_ns);

#endif
