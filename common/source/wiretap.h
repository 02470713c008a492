/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads every capture format that Wireshark knows, compressed ones too, through its wiretap. */
#ifndef VTAP_SOURCE_WIRETAP_H
#define VTAP_SOURCE_WIRETAP_H

#include "source.h"

/*
 * Takes over fd, also on failure: a regular file with all bytes of the capture.
 * What wiretap does not hand on is lost: name resolution, secrets, statistics, custom blocks.
 * source->format is a name that wiretap can write: "pcapng" for formats that it only reads.
 */
struct source *source_wiretap_open(const char *name, int fd, struct error *err);

#endif
