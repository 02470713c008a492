/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads every capture format that Wireshark knows, compressed ones too, through its wiretap. */
#ifndef VTAP_CAPTURE_WIRETAP_READER_H
#define VTAP_CAPTURE_WIRETAP_READER_H

#include "capture/source.h"

/* Loads wiretap; once for the process. False and err when it is not installed. */
bool wiretap_reader_load(struct error *err);
bool wiretap_reader_loaded(void);

/*
 * Takes over fd, also on failure: a regular file with all bytes of the capture.
 * What wiretap does not hand on is lost: name resolution, secrets, statistics, custom blocks.
 * source->format is a name that wiretap can write: "pcapng" for formats that it only reads.
 */
struct source *wiretap_reader_open(const char *name, int fd, struct error *err);

#endif
