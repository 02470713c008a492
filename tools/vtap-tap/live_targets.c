/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_targets.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "host/route.h"

/* A name server that does not answer within START_NS does not delay the start, nor a reload for
 * more than RELOAD_NS. Targets that are waited for are tried every RETRY_NS. */
#define SECOND_NS INT64_C(1000000000)
static const int64_t start_ns = 2 * SECOND_NS, reload_ns = 5 * SECOND_NS, retry_ns = 5 * SECOND_NS;

static ERROR_PRINTF(2, 3) void targets_say(const struct live_targets *targets, const char *format,
					   ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	targets->say(targets->say_arg, text);
}

static uint64_t target_bit(unsigned i)
{
	return UINT64_C(1) << i;
}

bool live_targets_wait(const struct options *options)
{
	return options->interface_count > 0 && !options->no_follow && !options->common.output;
}

/* Routes are watched before they are asked for again, so that no change is missed. Without a watch
 * they are asked for every RETRY_NS only. */
static void targets_await(struct live_targets *targets, unsigned i, const struct error *why)
{
	if (targets->awaited & target_bit(i))
		return;
	if (!targets->routes)
		targets->routes = monitor_open(MONITOR_ROUTES, &(struct error){ 0 });
	targets->awaited |= target_bit(i);
	targets->since_ns[i] = clock_ns(CLOCK_MONOTONIC);
	targets_say(targets, "%s: %s; waiting for it (--no-follow would end the run)",
		    targets->options->uris[i], why->text);
}

static bool targets_start_resolver(struct live_targets *targets, struct error *err)
{
	const struct cli_common *common = &targets->options->common;
	const struct resolver_config config = { .user = common->user,
						.no_sandbox = common->no_sandbox };

	if (!live_targets_wait(targets->options) || !endpoints_have_names(targets->options))
		return true;
	targets->resolver = resolver_start(&config, err);
	return targets->resolver != NULL;
}

/* A name that has an answer later than the caller waits for is one without an address. */
static bool targets_find_address(struct live_targets *targets, unsigned i, uint8_t version,
				 struct target *target, struct error *err)
{
	switch (endpoints_resolve(targets->options, i, version, targets->resolver, target, err)) {
	case RESOLVER_FOUND:
		return true;
	case RESOLVER_PENDING:
		error_set(err, "cannot find the address of %s: no name server answers",
			  target->host);
		break;
	case RESOLVER_FAILED:
		break;
	}
	return false;
}

bool live_targets_resolve(struct live_targets *targets, struct error *err)
{
	struct options *options = targets->options;

	targets->tried_ns = clock_ns(CLOCK_MONOTONIC);
	if (!targets_start_resolver(targets, err))
		return false;
	for (unsigned i = 0; i < options->target_count; i++)
		endpoints_ask(options, i, 0, targets->resolver);
	if (targets->resolver)
		resolver_wait(targets->resolver, start_ns);
	for (unsigned i = 0; i < options->target_count; i++) {
		if (targets_find_address(targets, i, 0, &options->targets[i], err))
			continue;
		if (!live_targets_wait(options))
			return error_wrap(err, "%s", options->uris[i]);
		targets_await(targets, i, err);
	}
	return true;
}

bool live_targets_sources(struct live_targets *targets, struct error *err)
{
	const struct options *options = targets->options;

	for (unsigned i = 0; i < options->target_count; i++) {
		struct outer_header *outer_header = &targets->setup->targets[i].outer_header;

		targets->outer_headers[i] = outer_header;
		if (targets->awaited & target_bit(i) ||
		    endpoints_outer_header(options, &options->targets[i], outer_header, err))
			continue;
		if (!live_targets_wait(options) || !route_is_missing(err))
			return error_wrap(err, "%s", options->uris[i]);
		targets_await(targets, i, err);
	}
	return true;
}

static void targets_frame_failed(void *arg, unsigned target, uint64_t number)
{
	tap_not_sent(((struct live_targets *)arg)->tap, target, number);
}

static void targets_path_mtu(void *arg, unsigned target, uint32_t mtu)
{
	const struct live_targets *targets = arg;

	if (targets->options->mtu == 0)
		tap_set_mtu(targets->tap, target, mtu);
}

static void targets_absent(void *arg, unsigned target, const struct error *why)
{
	targets_await(arg, target, why);
}

static void targets_say_text(void *arg, const char *text)
{
	const struct live_targets *targets = arg;

	targets->say(targets->say_arg, text);
}

static struct send_config targets_config(struct live_targets *targets)
{
	const struct options *options = targets->options;

	return (struct send_config){ .outer_headers = targets->outer_headers,
				     .targets = options->targets,
				     .count = options->target_count,
				     .engine = options->engine,
				     .ports = (unsigned)options->ports,
				     .failed = targets_frame_failed,
				     .mtu = targets_path_mtu,
				     .absent = live_targets_wait(options) ? targets_absent : NULL,
				     .say = targets_say_text,
				     .arg = targets };
}

struct sink *live_targets_open(struct live_targets *targets, struct error *err)
{
	const struct send_config config = targets_config(targets);

	targets->sink = send_open(&config, err);
	return targets->sink;
}

static void targets_say_engine(const struct live_targets *targets, unsigned i)
{
	if (targets->options->common.verbose)
		targets_say(targets, "%s: engine %s", targets->options->uris[i],
			    send_engine(targets->sink, i));
}

void live_targets_say_engines(const struct live_targets *targets)
{
	for (unsigned i = 0; targets->sink && i < targets->options->target_count; i++)
		if (!(targets->awaited & target_bit(i)))
			targets_say_engine(targets, i);
}

/* What cannot be opened although there is a route is told once. It may be a matter of time, too: a
 * source address that is not there yet. */
static void targets_still_awaited(struct live_targets *targets, unsigned i, const struct error *why)
{
	if (why->number == ENETUNREACH || targets->told & target_bit(i))
		return;
	targets->told |= target_bit(i);
	targets_say(targets, "%s: %s; waiting for it", targets->options->uris[i], why->text);
}

static void targets_arrived(struct live_targets *targets, unsigned i)
{
	int64_t away_ns = clock_ns(CLOCK_MONOTONIC) - targets->since_ns[i];

	targets->awaited &= ~target_bit(i);
	targets->told &= ~target_bit(i);
	targets_say(targets, "%s is there after %.1f s", targets->options->uris[i],
		    (double)away_ns / 1e9);
	targets_say_engine(targets, i);
	if (targets->awaited == 0) {
		monitor_close(targets->routes);
		targets->routes = NULL;
	}
}

/* Opens the path to a target that has an address now. */
static void targets_try_path(struct live_targets *targets, unsigned i, const struct target *target)
{
	const struct target old = targets->options->targets[i];
	struct outer_header *outer_header = &targets->setup->targets[i].outer_header;
	const struct outer_header old_header = *outer_header;
	const struct send_config config = targets_config(targets);
	struct error err;

	if (!endpoints_outer_header(targets->options, target, outer_header, &err)) {
		*outer_header = old_header;
		if (!route_is_missing(&err))
			targets_still_awaited(targets, i, &err);
		return;
	}
	targets->options->targets[i] = *target;
	/* The stage learns of the header first: the MTU that it gets next is limited by it. */
	tap_set_outer_header(targets->tap, i, outer_header);
	if (send_arrive(targets->sink, &config, i, &err)) {
		targets_arrived(targets, i);
		return;
	}
	targets_still_awaited(targets, i, &err);
	targets->options->targets[i] = old;
	*outer_header = old_header;
	tap_set_outer_header(targets->tap, i, outer_header);
}

static void targets_try(struct live_targets *targets, unsigned i)
{
	struct target target;
	struct error err;

	switch (endpoints_resolve(targets->options, i, 0, targets->resolver, &target, &err)) {
	case RESOLVER_FOUND:
		targets->asked &= ~target_bit(i);
		targets_try_path(targets, i, &target);
		break;
	case RESOLVER_FAILED:
		targets->asked &= ~target_bit(i);
		break;
	case RESOLVER_PENDING:
		break;
	}
}

static bool targets_are_due(struct live_targets *targets)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	bool changed = targets->routes && monitor_read(targets->routes) != 0;

	if (!changed && now_ns - targets->tried_ns < retry_ns)
		return false;
	targets->tried_ns = now_ns;
	return true;
}

static void targets_try_all(struct live_targets *targets, bool due)
{
	for (unsigned i = 0; i < targets->options->target_count; i++) {
		if (!(targets->awaited & target_bit(i)))
			continue;
		if (due) {
			endpoints_ask(targets->options, i, 0, targets->resolver);
			targets->asked |= target_bit(i);
		}
		if (targets->asked & target_bit(i))
			targets_try(targets, i);
	}
}

void live_targets_tick(struct live_targets *targets)
{
	if (targets->sink && targets->awaited)
		targets_try_all(targets, targets_are_due(targets));
}

/* What a reload changes, until it is known whether it can be done. */
struct targets_reload {
	struct target targets[TAP_TARGETS_MAX];
	struct tap_target setup[TAP_TARGETS_MAX];
};

static bool targets_find_again(struct live_targets *targets, unsigned i, struct error *err)
{
	struct options *options = targets->options;
	struct outer_header *outer_header = &targets->setup->targets[i].outer_header, fresh;
	struct target target;

	if (!targets_find_address(targets, i, options->targets[i].version, &target, err))
		return error_wrap(err, "%s", options->uris[i]);
	if (endpoints_outer_header(options, &target, &fresh, err))
		*outer_header = fresh;
	/* An address without a route keeps its old source. */
	else if (memcmp(target.address, outer_header->destination, sizeof(target.address)) != 0)
		return error_wrap(err, "%s", options->uris[i]);
	options->targets[i] = target;
	return true;
}

static bool targets_find_all_again(struct live_targets *targets, struct error *err)
{
	const struct options *options = targets->options;

	for (unsigned i = 0; i < options->target_count; i++)
		if (!(targets->awaited & target_bit(i)))
			endpoints_ask(options, i, options->targets[i].version, targets->resolver);
	if (targets->resolver)
		resolver_wait(targets->resolver, reload_ns);
	for (unsigned i = 0; i < options->target_count; i++)
		if (!(targets->awaited & target_bit(i)) && !targets_find_again(targets, i, err))
			return false;
	return true;
}

static bool targets_replace(struct live_targets *targets, struct error *err)
{
	const struct send_config config = targets_config(targets);
	struct targets_reload old;

	memcpy(old.targets, targets->options->targets, sizeof(old.targets));
	memcpy(old.setup, targets->setup->targets, sizeof(old.setup));
	if (targets_find_all_again(targets, err) && send_retarget(targets->sink, &config, err))
		return true;
	memcpy(targets->options->targets, old.targets, sizeof(old.targets));
	memcpy(targets->setup->targets, old.setup, sizeof(old.setup));
	return false;
}

bool live_targets_reload(struct live_targets *targets, struct error *err)
{
	if (!targets->sink)
		return true;
	targets_try_all(targets, true);
	if (!targets_replace(targets, err))
		return false;
	for (unsigned i = 0; i < targets->options->target_count; i++)
		tap_set_outer_header(targets->tap, i, &targets->setup->targets[i].outer_header);
	return true;
}

void live_targets_close(struct live_targets *targets)
{
	resolver_close(targets->resolver);
	monitor_close(targets->routes);
}
