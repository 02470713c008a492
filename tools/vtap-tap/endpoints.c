/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoints.h"

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

/* An address with a zone (fe80::1%eth0) needs resolving, too: for the interface. */
static bool is_complete(const struct target *target)
{
	return target->version != 0 && !target->zone[0];
}

bool endpoints_resolve(struct options *options, struct error *err)
{
	for (unsigned i = 0; i < options->target_count; i++) {
		struct target *target = &options->targets[i];
		uint8_t version =
			target->version ? target->version : endpoints_wanted_version(options);

		if (!is_complete(target) && !resolve_target(target, version, err))
			return error_wrap(err, "%s", options->uris[i]);
	}
	return true;
}

static bool endpoints_find_source(const struct options *options, const struct target *target,
				  struct outer_header *outer_header, struct error *err)
{
	static const uint8_t none[16];
	struct route route;

	if (target->version == 4 ? options->from4.given : options->from6.given)
		return true;
	if (!route_find(&route, target->version, target->address, NULL, target->scope, err))
		return false;
	if (memcmp(route.source, none, sizeof(none)) == 0)
		return error_set(
			err, "this host has no address to send from: give one with --from ADDR");
	memcpy(outer_header->source, route.source, sizeof(outer_header->source));
	return true;
}

bool endpoints_sources(const struct options *options, struct setup *setup, struct error *err)
{
	for (unsigned i = 0; i < options->target_count; i++)
		if (!endpoints_find_source(options, &options->targets[i],
					   &setup->targets[i].outer_header, err))
			return error_wrap(err, "%s", options->uris[i]);
	return true;
}

/* The URI is parsed again to see whether the target is a name. */
static bool endpoints_resolve_again(const struct options *options, const char *uri,
				    struct target *target, struct outer_header *outer_header,
				    struct error *err)
{
	struct target again;

	if (!target_parse(&again, uri, err))
		return false;
	if (is_complete(&again)) {
		/* Without a route the old source stays. */
		endpoints_find_source(options, &again, outer_header, &(struct error){ 0 });
		return true;
	}
	if (!resolve_target(&again, target->version, err) ||
	    !endpoints_find_source(options, &again, outer_header, err))
		return error_wrap(err, "%s", uri);
	memcpy(outer_header->destination, again.address, sizeof(again.address));
	*target = again;
	return true;
}

bool endpoints_again(struct options *options, struct setup *setup, struct error *err)
{
	struct target targets[TAP_TARGETS_MAX];
	struct outer_header outer_headers[TAP_TARGETS_MAX] = { 0 };

	memcpy(targets, options->targets, sizeof(targets));
	for (unsigned i = 0; i < options->target_count; i++) {
		outer_headers[i] = setup->targets[i].outer_header;
		if (!endpoints_resolve_again(options, options->uris[i], &targets[i],
					     &outer_headers[i], err))
			return false;
	}
	memcpy(options->targets, targets, sizeof(targets));
	for (unsigned i = 0; i < options->target_count; i++)
		setup->targets[i].outer_header = outer_headers[i];
	return true;
}
