/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes pcapng files (draft-ietf-opsawg-pcapng). Blocks that nobody changed are copied as they
 * are, in the byte order of their section; interfaces get new numbers in the order in which they
 * first appear.
 */
#ifndef VTAP_CAPTURE_PCAPNG_WRITER_H
#define VTAP_CAPTURE_PCAPNG_WRITER_H

#include "capture/interface_ids.h"
#include "capture/sink.h"

/*
 * Opens a sink, which sink_close() frees. config->name must outlive the sink. Returns NULL and sets
 * err if the file cannot be opened.
 */
struct sink *pcapng_writer_open(const struct sink_config *config, struct error *err);

/*
 * For the fast path, which writes blocks itself: returns the output of the sink, which lives as
 * long as the sink, or NULL if this writer did not open the sink.
 */
struct output *pcapng_writer_output(struct sink *sink);

/*
 * Returns the numbers of the interfaces that are described in the section being written; each
 * section empties the map. Only for a sink of this writer. The pointer lives as long as the sink.
 */
const struct interface_ids *pcapng_writer_ids(const struct sink *sink);

/*
 * Sets *id to the number of an interface, and describes the interface and its section before, if
 * need be. Only for a sink of this writer. Returns false and sets err if that fails.
 */
bool pcapng_writer_id(struct sink *sink, const struct interface *interface, uint32_t *id,
		      struct error *err);

#endif
