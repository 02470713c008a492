/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of --by: keys of vtap-split, `none` or `flow`. */
#ifndef VTAP_STAT_STAT_BY_H
#define VTAP_STAT_STAT_BY_H

#include "key/key.h"

struct stat_by {
	const char *list;     /* with what it means: `source,flow` for `flow` */
	struct key_spec spec; /* all but `flow`; no kinds: everything together */
	bool flow;	      /* each flow has records of its own */
};

/* Parses a list, which is borrowed and must outlive *by. Returns false and sets err if it is
 * wrong. */
bool stat_by_parse(struct stat_by *by, const char *list, struct error *err);

#endif
