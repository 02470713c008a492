/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes pcapng (draft-ietf-opsawg-pcapng). Blocks that nobody changed are copied as they are, in
 * the byte order of their section; interfaces get new numbers in the order of their
 * first appearance.
 */
#ifndef VTAP_SINK_PCAPNG_H
#define VTAP_SINK_PCAPNG_H

#include "idmap.h"
#include "sink.h"

/* For who writes blocks himself: the output of the sink; NULL when it is none of these. */
struct output *sink_pcapng_output(struct sink *sink);
/* The numbers of the interfaces described in the section that is being written. */
const struct idmap *sink_pcapng_ids(const struct sink *sink);
/* The number of an interface, which is described first. */
bool sink_pcapng_id(struct sink *sink, const struct interface *interface, uint32_t *id,
		    struct error *err);

struct sink *sink_pcapng_open(const struct sink_config *config, struct error *err);

#endif
