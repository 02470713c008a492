/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which programs a capture consists of, and their command lines. */
#ifndef VTAP_EXTCAP_PLAN_H
#define VTAP_EXTCAP_PLAN_H

#include <limits.h>

#include "extcap_options.h"

enum {
	PLAN_WORDS = 96,  /* words of a command line; more are refused */
	PLAN_PROGRAMS = 3 /* dumpcap, vtap-decap, vtap-fixlen */
};

struct plan_program {
	char path[PATH_MAX];
	char *words[PLAN_WORDS + 1]; /* NULL behind the last; they belong to the plan */
	unsigned count;
	/* It loses a SIGTERM that comes before it captures, and ends with 1 if its reader goes, but
	 * with 0 if its interface does. */
	bool is_dumpcap;
};

/* Each program reads what the one before it writes; the last writes the capture. */
struct plan {
	struct plan_program program[PLAN_PROGRAMS];
	unsigned count;
	char *listen; /* the words of --listen */
};

/*
 * Chooses the programs of a capture. The words of the plan live as long as the plan and options do.
 * Returns false and sets err if there is no dumpcap that this user may run, if no interface is
 * named, if --listen has too many words, or if there is no memory; plan_free() is called in any
 * case.
 */
bool plan_make(struct plan *plan, const struct extcap_options *options, struct error *err);

/* Frees what plan_make() allocated. */
void plan_free(struct plan *plan);

#endif
