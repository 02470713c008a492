/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes pcap files (draft-ietf-opsawg-pcap) in this host's byte order. */
#ifndef VTAP_CAPTURE_PCAP_WRITER_H
#define VTAP_CAPTURE_PCAP_WRITER_H

#include "capture/sink.h"

enum pcap_precision {
	PCAP_AS_INPUT, /* nanoseconds if an interface that is known at the first packet has finer
			  times than microseconds; else microseconds */
	PCAP_MICRO,
	PCAP_NANO,
};

/*
 * Opens a sink, which sink_close() frees. config->name must outlive the sink. The file header
 * is written with the first packet, whose link type all others must have: sink_put() fails for a
 * packet of another one. The file header says that packets end with a frame check sequence if
 * that of the pcap from which the first packet comes says so, unless config->without_fcs is true.
 * A longer sequence of another packet is cut to what the header says. Times outside 1970 to 2106
 * are written as the nearest that fits. Returns NULL and sets err if the file cannot be opened.
 */
struct sink *pcap_writer_open(const struct sink_config *config, enum pcap_precision precision,
			      struct error *err);

/*
 * For the fast path, which writes records itself: returns the output of the sink, which lives as
 * long as the sink, or NULL if this writer did not open the sink.
 */
struct output *pcap_writer_output(struct sink *sink);

/*
 * Returns true if the file header is written and the times of the file are in ticks_per_s; then
 * sets *linktype to the link type that packets must have. Only for a sink of this writer.
 */
bool pcap_writer_takes(const struct sink *sink, uint64_t ticks_per_s, uint32_t *linktype);

#endif
