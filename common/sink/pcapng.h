/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes pcapng (draft-ietf-opsawg-pcapng). Blocks that nobody changed are copied as they are, in
 * the byte order of their section; interfaces get new numbers in the order of their
 * first appearance.
 */
#ifndef VTAP_SINK_PCAPNG_H
#define VTAP_SINK_PCAPNG_H

#include "sink.h"

struct sink *sink_pcapng_open(const struct sink_config *config, struct error *err);

#endif
