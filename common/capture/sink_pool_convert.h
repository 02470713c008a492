/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a finished file of a sink pool its name, or converts it into the format that was asked for.
 */
#ifndef VTAP_CAPTURE_SINK_POOL_CONVERT_H
#define VTAP_CAPTURE_SINK_POOL_CONVERT_H

#include "capture/sink.h"
#include "capture/sink_pool.h"

/*
 * Reads the capture named `from`, writes it as *to says, adds the counters of the new sink to
 * *counters, and removes the file `from`. Returns false and sets err if that fails; `from` then
 * stays.
 */
bool sink_pool_convert(const char *from, const struct sink_config *to,
		       struct sink_pool_counters *counters, struct error *err);

/*
 * Gives the closed file `id`, called `from`, the name of *to, by its manner and sync. Returns false
 * and sets err as output_path_rename() does, or if the file does not reach the disk.
 */
bool sink_pool_rename(const char *from, const struct output_path_id *id,
		      const struct sink_config *to, struct error *err);

/*
 * Returns whether a pcapng of this name may be written to be converted. It is never written
 * directly, and something that is no regular file may be somebody's link to a FIFO or a device:
 * then it returns false and sets err, with err->number EEXIST.
 */
bool sink_pool_can_convert(const char *name, struct error *err);

#endif
