/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes pcap (draft-ietf-opsawg-pcap) in this host's byte order. */
#ifndef VTAP_CAPTURE_PCAP_WRITER_H
#define VTAP_CAPTURE_PCAP_WRITER_H

#include "capture/sink.h"

enum pcap_precision {
	PCAP_AS_INPUT, /* nanoseconds when an interface known at the first packet has finer times
			  than microseconds */
	PCAP_MICRO,
	PCAP_NANO,
};

/* The file header is written with the first packet: it fixes the link type of all. */
struct sink *pcap_writer_open(const struct sink_config *config, enum pcap_precision precision,
			      struct error *err);

/* For who writes records himself: the output of the sink; NULL when it is none of these. */
struct output *pcap_writer_output(struct sink *sink);
/* True when packets with times in such ticks go out; then *linktype is what they must have. */
bool pcap_writer_takes(const struct sink *sink, uint64_t ticks_per_s, uint32_t *linktype);

#endif
