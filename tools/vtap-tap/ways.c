/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ways.h"

#include <string.h>

#include "resolve.h"
#include "route.h"

/* The family that --from names when it names one only; 0: any. */
static uint8_t wanted_version(const struct options *options)
{
	if (options->from4.given == options->from6.given)
		return 0;
	return options->from4.given ? 4 : 6;
}

/* Of an address with a zone the interface is still to be found. */
static bool is_complete(const struct target *target)
{
	return target->version != 0 && !target->zone[0];
}

bool ways_resolve(struct options *options, struct error *err)
{
	for (unsigned i = 0; i < options->target_count; i++) {
		struct target *target = &options->targets[i];
		uint8_t version = target->version ? target->version : wanted_version(options);

		if (!is_complete(target) && !target_resolve(target, version, err))
			return error_wrap(err, "%s", options->uris[i]);
	}
	return true;
}

static bool find_source(const struct options *options, const struct target *target,
			struct envelope *envelope, struct error *err)
{
	static const uint8_t none[16];
	struct route route;

	if (target->version == 4 ? options->from4.given : options->from6.given)
		return true;

	if (!route_find(&route, target->version, target->address, NULL, target->scope, err))
		return false;
	if (memcmp(route.source, none, sizeof(none)) == 0)
		return error_set(err, "this host has no address to send from: --from ADDR");
	memcpy(envelope->source, route.source, sizeof(envelope->source));
	return true;
}

bool ways_sources(const struct options *options, struct setup *setup, struct error *err)
{
	for (unsigned i = 0; i < options->target_count; i++)
		if (!find_source(options, &options->targets[i], &setup->targets[i].envelope, err))
			return error_wrap(err, "%s", options->uris[i]);
	return true;
}

/* target: as it was; parsed anew to see whether it is a name. */
static bool resolve_again(const struct options *options, const char *uri, struct target *target,
			  struct envelope *envelope, struct error *err)
{
	struct target again;

	if (!target_parse(&again, uri, err))
		return false;
	if (is_complete(&again)) {
		/* Without a route its source stays, too. */
		find_source(options, &again, envelope, &(struct error){ 0 });
		return true;
	}
	if (!target_resolve(&again, target->version, err) ||
	    !find_source(options, &again, envelope, err))
		return error_wrap(err, "%s", uri);
	memcpy(envelope->destination, again.address, sizeof(again.address));
	*target = again;
	return true;
}

bool ways_again(struct options *options, struct setup *setup, struct error *err)
{
	struct target targets[TAP_TARGETS_MAX];
	struct envelope envelopes[TAP_TARGETS_MAX] = { 0 };

	memcpy(targets, options->targets, sizeof(targets));
	for (unsigned i = 0; i < options->target_count; i++) {
		envelopes[i] = setup->targets[i].envelope;
		if (!resolve_again(options, options->uris[i], &targets[i], &envelopes[i], err))
			return false;
	}
	memcpy(options->targets, targets, sizeof(targets));
	for (unsigned i = 0; i < options->target_count; i++)
		setup->targets[i].envelope = envelopes[i];
	return true;
}
