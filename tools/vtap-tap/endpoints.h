/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the addresses of a run that sends: resolves the names of targets, and chooses the outer
 * source address for each target as the kernel's routes say.
 */
#ifndef VTAP_TAP_ENDPOINTS_H
#define VTAP_TAP_ENDPOINTS_H

#include "live/resolver.h"
#include "options.h"

/* Returns true if some target of options is named by a host name, not by an address. */
bool endpoints_have_names(const struct options *options);

/*
 * Asks the resolver for the address of target number i of options if that is a name. Does nothing
 * if there is no resolver (NULL). version: 4 or 6 if the target keeps its IP version, else 0.
 */
void endpoints_ask(const struct options *options, unsigned i, uint8_t version,
		   struct resolver *resolver);

/*
 * Fills *target with target number i of options and its address. That of a name is the answer to
 * the last endpoints_ask(), or without a resolver the system's, which may let it wait; version is
 * as there. If the result is RESOLVER_FAILED, err is set. *target is whole in any case, but for the
 * address, or for the index of its zone, if the result is not RESOLVER_FOUND.
 */
enum resolver_result endpoints_resolve(const struct options *options, unsigned i, uint8_t version,
				       struct resolver *resolver, struct target *target,
				       struct error *err);

/*
 * Fills *outer_header with that of target number i, which is *target. Its source is that of --from,
 * or else the address that the kernel would send from. Returns false, sets err and leaves the
 * source 0 if there is no route or no such address; route_is_missing() then says whether to wait
 * may help.
 */
bool endpoints_outer_header(const struct options *options, const struct target *target,
			    struct outer_header *outer_header, struct error *err);

#endif
