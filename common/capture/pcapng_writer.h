/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes pcapng (draft-ietf-opsawg-pcapng). Blocks that nobody changed are copied as they are, in
 * the byte order of their section; interfaces get new numbers in the order of their
 * first appearance.
 */
#ifndef VTAP_CAPTURE_PCAPNG_WRITER_H
#define VTAP_CAPTURE_PCAPNG_WRITER_H

#include "capture/interface_ids.h"
#include "capture/sink.h"

/* For who writes blocks himself: the output of the sink; NULL when it is none of these. */
struct output *pcapng_writer_output(struct sink *sink);
/* The numbers of the interfaces described in the section that is being written. */
const struct interface_ids *pcapng_writer_ids(const struct sink *sink);
/* The number of an interface, which is described first. */
bool pcapng_writer_id(struct sink *sink, const struct interface *interface, uint32_t *id,
		      struct error *err);

struct sink *pcapng_writer_open(const struct sink_config *config, struct error *err);

#endif
