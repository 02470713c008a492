/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads every capture format that Wireshark knows, compressed ones too, through its library
 * wiretap.
 */
#ifndef VTAP_CAPTURE_WIRETAP_READER_H
#define VTAP_CAPTURE_WIRETAP_READER_H

#include "capture/source.h"
#include "host/dynload.h"

/* Loads wiretap, once for the process. Returns false and sets err if it is not installed. */
bool wiretap_reader_load(struct error *err);

/* Returns true if wiretap is loaded. */
bool wiretap_reader_loaded(void);

/*
 * Returns a source that reads from fd, a regular file. fd is closed in any case, as wiretap reads
 * from a duplicate. name must outlive the source. wiretap does not hand on names, secrets,
 * statistics and custom blocks, so these are lost. source->format is a name that wiretap can write:
 * "pcapng" for a format that it only reads. Returns NULL and sets err if the file is no capture.
 */
struct source *wiretap_reader_open(const char *name, int fd, struct error *err);

/* The library, for --version. */
extern const struct dynload_library wiretap_library;

#endif
