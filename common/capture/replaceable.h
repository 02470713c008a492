/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells whether a file that stands where a capture is to be written may make room for it. What is
 * no capture is never lost to a name that packets made.
 */
#ifndef VTAP_CAPTURE_REPLACEABLE_H
#define VTAP_CAPTURE_REPLACEABLE_H

#include "base/error.h"

/*
 * Returns true if `name` is that of a regular file, and no link, that begins as a pcap or pcapng
 * or as what this run would put there: compressed if the ending of `names`, which stands for the
 * names of all files, says so; or in the format `foreign` of wiretap's, which is NULL if none of
 * these is written. Otherwise returns false and sets err, with EEXIST as err->number.
 */
bool replaceable_capture(const char *name, const char *names, const char *foreign,
			 struct error *err);

#endif
