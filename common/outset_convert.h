/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the pcapng that an output was while it grew to the format of wiretap's that it is to have.
 */
#ifndef VTAP_OUTSET_CONVERT_H
#define VTAP_OUTSET_CONVERT_H

#include "outset.h"
#include "sink.h"

/* Adds what a sink that ends had to count. */
void outset_count(struct outset_counters *counters, const struct sink *sink);

/* Writes the capture `from` once more, as `to` has it, and removes it. On failure it stays. */
bool outset_convert(const char *from, const struct sink_config *to,
		    struct outset_counters *counters, struct error *err);

#endif
