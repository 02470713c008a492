/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the formats that `editcap -F` lists through Wireshark's wiretap. */
#ifndef VTAP_CAPTURE_WIRETAP_WRITER_H
#define VTAP_CAPTURE_WIRETAP_WRITER_H

#include "capture/sink.h"

/* True when wiretap can write a format of that name; err->text is empty unless there is no wiretap.
 */
bool wiretap_writer_knows(const char *format, struct error *err);

/*
 * Packets only: such formats know no interfaces or other blocks. The first packet fixes the link
 * type of most of them. Times outside 1970 to 2106 are written as the nearest that fits.
 */
struct sink *wiretap_writer_open(const struct sink_config *config, const char *format,
				 struct error *err);

#endif
