/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The targets of a live run: their addresses are found and paths to them opened at the start, at
 * SIGHUP they are found anew, and a target without an address or a route is waited for.
 */
#ifndef VTAP_TAP_LIVE_TARGETS_H
#define VTAP_TAP_LIVE_TARGETS_H

#include "endpoints.h"
#include "live/send.h"
#include "tap.h"

struct live_targets {
	/* The caller sets these, and tap before live_targets_open(). */
	struct options *options;
	struct setup *setup; /* of options; outer headers are filled in and changed here */
	struct tap *tap;     /* gets new outer headers and MTUs, and hears of frames that failed */
	void (*say)(void *arg, const char *text);
	void *say_arg;

	struct sink *sink;	   /* of live/send.h; NULL until live_targets_open() */
	struct resolver *resolver; /* NULL if no name is waited for */
	struct monitor *routes;	   /* NULL if no target is waited for */
	uint64_t awaited;	   /* targets that are waited for, a bit each */
	uint64_t asked;		   /* those whose name is being asked for */
	uint64_t told;	  /* those of which the user knows why a path could not be opened */
	int64_t tried_ns; /* CLOCK_MONOTONIC when routes and names were last asked */
	int64_t since_ns[TAP_TARGETS_MAX]; /* CLOCK_MONOTONIC when the wait began */
	const struct outer_header *outer_headers[TAP_TARGETS_MAX]; /* those in setup */
};

/* Returns true if targets of such a run are waited for: it captures, sends, and follows. */
bool live_targets_wait(const struct options *options);

/*
 * Fills in the addresses in options->targets; *targets is as the caller has set it. Returns false
 * and sets err if one has none and is not waited for. The caller ends with live_targets_close() in
 * any case.
 */
bool live_targets_resolve(struct live_targets *targets, struct error *err);

/* Fills in the sources of the outer headers in *setup. Returns false and sets err if there is none
 * and the target is not waited for. */
bool live_targets_sources(struct live_targets *targets, struct error *err);

/* Opens the sink to the targets. Returns NULL and sets err if that fails. The pipeline closes it.
 */
struct sink *live_targets_open(struct live_targets *targets, struct error *err);

/* With -v, tells the user how packets are sent to each target that is not waited for. */
void live_targets_say_engines(const struct live_targets *targets);

/* To be called each second or more often: tries targets that are waited for when routes have
 * changed, when their names are answered, and every five seconds. */
void live_targets_tick(struct live_targets *targets);

/* Finds all addresses again, which may be others now. Returns false, sets err and keeps all as they
 * are if that fails for a target that is in use. */
bool live_targets_reload(struct live_targets *targets, struct error *err);

/* Frees what the other functions made, but not the sink. */
void live_targets_close(struct live_targets *targets);

#endif
