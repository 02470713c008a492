/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a finished file of a sink pool its name, or converts it into the format that was asked for.
 */
#ifndef VTAP_CAPTURE_SINK_POOL_CONVERT_H
#define VTAP_CAPTURE_SINK_POOL_CONVERT_H

#include "capture/sink.h"
#include "capture/sink_pool.h"

/*
 * Reads the capture named `from`, writes it as *to says, adds the counters of the new sink to
 * *counters, removes the file `from`, and sets *made to the new one. Returns false and sets err if
 * that fails; `from` then stays.
 */
bool sink_pool_convert(const char *from, const struct sink_config *to, struct output_path_id *made,
		       struct sink_pool_counters *counters, struct error *err);

#endif
