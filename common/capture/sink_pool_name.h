/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the files of a sink pool: which are free, and how a complete file gets its own. */
#ifndef VTAP_CAPTURE_SINK_POOL_NAME_H
#define VTAP_CAPTURE_SINK_POOL_NAME_H

#include "capture/sink_pool.h"

/* A name that a file of a pool is to get. */
struct sink_pool_name {
	const char *name;
	const char *names;   /* stands for the names of all files, as in struct sink_pool_config */
	const char *foreign; /* the format if it is one of wiretap's, else NULL */
	size_t trusted;	     /* as in filename_is_free() */
	bool replace;	     /* as in sink_pool_open() */
	bool sync;	     /* as in struct sink_pool_config */
};

/* Returns true if a file may get the name. Otherwise sets err as sink_pool_open() does. */
bool sink_pool_name_is_free(struct sink_pool_name wanted, struct error *err);

/* Returns true if NAME.tmp is free, or NAME.pcapng.tmp if that is converted at the end. Otherwise
 * sets err as sink_pool_open() does. */
bool sink_pool_name_can_begin(struct sink_pool_name wanted, struct error *err);

/*
 * Gives the name to the file *id, which is called FROM.tmp and closed, and converts it first if the
 * format is wiretap's: *id is then the new file; adds what that loses to *counters. Returns false
 * and sets err as sink_pool_close() does.
 */
bool sink_pool_name_give(const struct sink_pool_name *wanted, const char *from,
			 struct output_path_id *id, struct sink_pool_counters *counters,
			 struct error *err);

#endif
