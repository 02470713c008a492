/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads every capture format that Wireshark knows, compressed ones too, through its wiretap. */
#ifndef VTAP_SOURCE_WIRETAP_H
#define VTAP_SOURCE_WIRETAP_H

#include "source.h"

/* Loads wiretap; once for the process. False and err when it is not installed. */
bool source_wiretap_load(struct error *err);
bool source_wiretap_loaded(void);

/*
 * Takes over fd, also on failure: a regular file with all bytes of the capture.
 * What wiretap does not hand on is lost: name resolution, secrets, statistics, custom blocks.
 * source->format is a name that wiretap can write: "pcapng" for formats that it only reads.
 */
struct source *source_wiretap_open(const char *name, int fd, struct error *err);

#endif
