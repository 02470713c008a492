/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoints.h"

#include <errno.h>
#include <string.h>

#include "host/route.h"
#include "live/resolve.h"

/* Returns the IP version if --from gives one only, otherwise 0. */
static uint8_t endpoints_wanted_version(const struct options *options)
{
	if (options->from4.given == options->from6.given)
		return 0;
	return options->from4.given ? 4 : 6;
}

/* Options were parsed before, so the URI is a target. Returns true if that is a name. */
static bool endpoints_parse(const struct options *options, unsigned i, struct target *target)
{
	struct error ignored;

	return target_parse(target, options->uris[i], &ignored) && target->version == 0;
}

bool endpoints_have_names(const struct options *options)
{
	struct target target;

	for (unsigned i = 0; i < options->target_count; i++)
		if (endpoints_parse(options, i, &target))
			return true;
	return false;
}

void endpoints_ask(const struct options *options, unsigned i, uint8_t version,
		   struct resolver *resolver)
{
	struct target target;

	if (resolver && endpoints_parse(options, i, &target))
		resolver_ask(resolver, i, &target,
			     version ? version : endpoints_wanted_version(options));
}

/* An address with a zone (fe80::1%eth0) is resolved for the index of the interface, and no name
 * server is asked for it. */
enum resolver_result endpoints_resolve(const struct options *options, unsigned i, uint8_t version,
				       struct resolver *resolver, struct target *target,
				       struct error *err)
{
	bool is_name = endpoints_parse(options, i, target);

	if (!is_name && !target->zone[0])
		return RESOLVER_FOUND;
	if (is_name && resolver)
		return resolver_fetch(resolver, i, target, err);
	if (!is_name)
		version = target->version;
	else if (version == 0)
		version = endpoints_wanted_version(options);
	return resolve_target(target, version, err) ? RESOLVER_FOUND : RESOLVER_FAILED;
}

static bool endpoints_source(const struct target *target, struct outer_header *outer_header,
			     struct error *err)
{
	static const uint8_t none[16];
	struct route route;

	if (!route_find(&route, target->version, target->address, NULL, target->scope, err))
		return false;
	if (memcmp(route.source, none, sizeof(none)) == 0) {
		error_set(err, "this host has no address to send from: give one with --from ADDR");
		err->number = EADDRNOTAVAIL;
		return false;
	}
	memcpy(outer_header->source, route.source, sizeof(outer_header->source));
	return true;
}

bool endpoints_outer_header(const struct options *options, const struct target *target,
			    struct outer_header *outer_header, struct error *err)
{
	tap_options_outer_header(options, target, outer_header);
	return (target->version == 4 ? options->from4.given : options->from6.given) ||
	       endpoints_source(target, outer_header, err);
}
