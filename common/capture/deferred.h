/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture file as a source that is open only while it is read: of thousands that are merged, few
 * are read at a time.
 */
#ifndef VTAP_CAPTURE_DEFERRED_H
#define VTAP_CAPTURE_DEFERRED_H

#include "capture/source_file.h"

/* How many files may be open at once, which all sources that share it keep to. */
struct deferred_limit {
	unsigned open, most;
};

/* How such files are read. */
struct deferred_manner {
	int64_t window_ns;	      /* of reorder_open(), and */
	size_t memory;		      /* its bytes, for each file that is open */
	struct deferred_limit *limit; /* must outlive the sources */
};

/*
 * Reads a file that source_file_park() has closed up to its first packet, sets *first_ns to the
 * time of that, INT64_MIN if it has none, and closes the file. The source that is returned opens it
 * again when it is read, and closes it at its end. Returns NULL and sets err and file->state if the
 * file is no capture or cannot be opened; what is wrong later, the source says.
 */
struct source *deferred_open(struct source_file *file, struct deferred_manner manner,
			     int64_t *first_ns, struct error *err);

#endif
