/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the formats that `editcap -F` lists, through Wireshark's library wiretap. */
#ifndef VTAP_CAPTURE_WIRETAP_WRITER_H
#define VTAP_CAPTURE_WIRETAP_WRITER_H

#include "capture/sink.h"

/*
 * Returns true if wiretap can write a format of that name. Otherwise err->text is empty, or says
 * that wiretap is not installed.
 */
bool wiretap_writer_knows(const char *format, struct error *err);

/*
 * Opens a sink for packets only: these formats hold no interfaces and no other blocks. Most of them
 * have one link type, that of the first packet: sink_put() fails for packets of another one. Times
 * outside 1970 to 2106 are written as the nearest that fits. format and config->name must outlive
 * the sink. Returns NULL and sets err if the file cannot be opened.
 */
struct sink *wiretap_writer_open(const struct sink_config *config, const char *format,
				 struct error *err);

#endif
