/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the flows of a key. */
#ifndef VTAP_STAT_STAT_FLOW_H
#define VTAP_STAT_STAT_FLOW_H

#include "stat_internal.h"

/*
 * Takes note of a packet that has a flow, and counts what is decided by it. key: touched just now.
 * Returns the flow, which may be new, and sets *from_source; or NULL and sets err if the sink
 * failed.
 */
struct entry *stat_flow_see(struct stat_stage *stat, struct entry *key,
			    const struct stat_look *look, bool *from_source, struct error *err);

/* Is the `find` of tcp_room_init(); arg is the stage. */
struct tcp_owner stat_flow_owner(void *arg, uint32_t owner);

#endif
