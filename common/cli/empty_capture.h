/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run writes whose input was bad from the start: whoever reads a pipe gets a capture without
 * packets, about which a tool has nothing to say, so that one cause is one line.
 */
#ifndef VTAP_CLI_EMPTY_CAPTURE_H
#define VTAP_CLI_EMPTY_CAPTURE_H

#include "capture/sink.h"

/* Returns true if an output of that name is a pipe, a FIFO or a socket; "-" is standard output. */
bool empty_capture_is_wanted(const char *output);

/* Opens the sink, writes a capture without packets and closes it. A failure is no further cause. */
void empty_capture_write(const struct sink_config *config);

#endif
