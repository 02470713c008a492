/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the pcapng that an output was while it grew to the format of wiretap's that it is to have.
 */
#ifndef VTAP_CAPTURE_SINK_POOL_CONVERT_H
#define VTAP_CAPTURE_SINK_POOL_CONVERT_H

#include "capture/sink.h"
#include "capture/sink_pool.h"

/* Writes the capture `from` once more, as `to` has it, and removes it. On failure it stays. */
bool sink_pool_convert(const char *from, const struct sink_config *to,
		       struct sink_pool_counters *counters, struct error *err);

#endif
