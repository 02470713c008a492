/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to live*.c: a live run, whose parts live_reload.c replaces at SIGHUP. */
#ifndef VTAP_TAP_LIVE_INTERNAL_H
#define VTAP_TAP_LIVE_INTERNAL_H

#include "live_stats.h"
#include "live_targets.h"

struct live {
	struct options *options;
	struct setup setup;
	struct tap *tap;
	struct local_addresses *local_addresses;
	struct monitor *watch; /* of addresses; NULL if changes are not noticed */
	bool locals_changed;   /* local_addresses is older than the last change */
	bool said_locals;      /* the user was told why */
	struct live_targets targets;
	bool directions; /* the source says the direction of packets */
	struct live_stats live_stats;
	/* The options of the last reload, whose strings *options has; NULL before the first. */
	struct options *reloaded;
	char *filter; /* of the interfaces, since a reload has changed it; NULL before */
};

#endif
