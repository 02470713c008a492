/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the addresses of a run that sends: resolves the names of targets, and chooses the outer
 * source address for each target as the kernel's routes say.
 */
#ifndef VTAP_TAP_ENDPOINTS_H
#define VTAP_TAP_ENDPOINTS_H

#include "options.h"

/*
 * Resolves the targets in options that are names. Returns false and sets err if a name is not found
 * or has no address of the only IP version that --from gives.
 */
bool endpoints_resolve(struct options *options, struct error *err);

/*
 * Sets the source of each outer header in setup for which --from gives none to the address that the
 * kernel would send from. Returns false and sets err if there is no route or no such address.
 */
bool endpoints_sources(const struct options *options, struct setup *setup, struct error *err);

/*
 * Resolves names and chooses sources again, after SIGHUP; a target keeps its IP version. Returns
 * false, sets err and changes nothing if that fails for one of them.
 */
bool endpoints_again(struct options *options, struct setup *setup, struct error *err);

#endif
