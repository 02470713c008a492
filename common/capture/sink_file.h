/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files as sinks: chooses the format and the writer, and opens a file or a pipe. */
#ifndef VTAP_CAPTURE_SINK_FILE_H
#define VTAP_CAPTURE_SINK_FILE_H

#include "capture/sink.h"

/* Returns true for the names of pcap and pcapng, false for those of wiretap's formats. */
bool sink_file_is_native(const char *format);

/*
 * Opens a capture for writing; config->name "-" is standard output. A regular file is written as
 * NAME.tmp and renamed by a complete sink_close(), or under its own name with OUTPUT_WATCH; a FIFO
 * or a device is written directly. The name must outlive the sink. Returns NULL and sets err if no
 * writer has the format, if the file cannot be opened, or if it is a terminal.
 */
struct sink *sink_file_open(const struct sink_config *config, struct error *err);

/*
 * Does what sink_file_open() does, in a format that sink_file_format() has returned:
 * config->format, config->fallback and the ending of the name are not looked at. format must
 * outlive the sink.
 */
struct sink *sink_file_open_as(const struct sink_config *config, const char *format,
			       struct error *err);

/*
 * Returns what makes encoders for a file of this name (struct sink_config), or NULL if its ending
 * asks for no compression. Call it for a name that sink_file_format() took.
 */
struct encoder *(*sink_file_encode(const char *name))(struct error *err);

/*
 * Returns the format that sink_file_open() would write: "pcap" (times as fine as the input's),
 * "usecpcap", "nsecpcap", "pcapng", or a name of wiretap's. Returns NULL and sets err if wiretap is
 * needed but not installed. Returns NULL with a usage error if no writer has the format, or if it
 * is one of wiretap's for a file of OUTPUT_WATCH (not standard output): those writers go back to
 * their header at the end, so the file cannot be read while it grows. The result lives as long as
 * the strings in config.
 */
const char *sink_file_format(const struct sink_config *config, struct error *err);

#endif
