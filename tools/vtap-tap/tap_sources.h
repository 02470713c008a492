/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps counters per interface on which packets were captured, for -v and --stats. In a capture it
 * is the interface that the file names; packets of a file that names none are in no row.
 */
#ifndef VTAP_TAP_SOURCES_H
#define VTAP_TAP_SOURCES_H

#include "base/hash_table.h"
#include "cli/stats_sources.h"

/* A file may name any number of interfaces; those beyond share a row. */
enum { TAP_SOURCES_MAX = 16384 };

struct tap_source {
	uint64_t packets, bytes; /* as captured */
	/* Packets that the kernel, and the interface or its driver, dropped. */
	uint64_t kernel_dropped, interface_dropped;
	struct tap_source *next; /* in the order of appearance */
	const char *name;	 /* stands behind the struct */
};

struct tap_sources {
	struct hash_table by_name;
	struct tap_source *first, **last;
	struct tap_source others;  /* those beyond the limit, or without memory */
	struct tap_source unnamed; /* packets of interfaces without a name */
};

/* Begins without any source. */
void tap_sources_init(struct tap_sources *sources);
void tap_sources_free(struct tap_sources *sources);

/* Returns the counters of the interface with a name, which may be NULL; they are added if they are
 * new. They live until tap_sources_free(). */
struct tap_source *tap_sources_find(struct tap_sources *sources, const char *name);

/* The table of interfaces; its argument is a struct tap_sources. */
extern const struct stats_sources tap_sources_table;

#endif
