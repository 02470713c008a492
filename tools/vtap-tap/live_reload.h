/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SIGHUP does to a live run: the file of --config and the rules are read again, and names of
 * targets are resolved again. All of the file takes effect, or nothing of it.
 */
#ifndef VTAP_TAP_LIVE_RELOAD_H
#define VTAP_TAP_LIVE_RELOAD_H

#include "live_internal.h"

/* Opens what a reload cannot open in the sandbox, and a file of --config may come to need: names of
 * services, libpcap. To be called after tap_options_setup(). */
void live_reload_prepare(struct live *live);

/* Reads all again. Tells the user in a line what is wrong; that part of the run stays as it is. */
void live_reload(struct live *live);

/* Frees the options of the last reload. */
void live_reload_free(struct live *live);

#endif
