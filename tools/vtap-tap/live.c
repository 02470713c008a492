/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "capture/replay.h"
#include "cli/tool.h"
#include "host/local_addresses.h"
#include "host/monitor.h"
#include "host/xfrm.h"
#include "io/interrupt.h"
#include "live_reload.h"

static const char tool[] = "vtap-tap";

enum { TICK_NS = 1000000000 }; /* of what is asked for again: addresses, targets */

static void tap_live_say(void *arg, const char *text)
{
	const struct live *live = arg;

	if (!live->options->common.quiet)
		tool_say(tool, "%s", text);
}

/*
 * Returns true for a source address of tunnels. It need not be an address of this host: a packet
 * socket sends from any, such as that of --from.
 */
static bool is_source(const struct live *live, uint8_t version, const uint8_t *address)
{
	for (unsigned i = 0; i < live->options->target_count; i++) {
		const struct outer_header *outer_header = &live->setup.targets[i].outer_header;

		if (outer_header->version == version &&
		    memcmp(outer_header->source, address, version == 4 ? 4 : 16) == 0)
			return true;
	}
	return false;
}

static bool is_local(void *arg, uint8_t version, const uint8_t *address)
{
	const struct live *live = arg;

	return local_addresses_has(live->local_addresses, version, address) ||
	       is_source(live, version, address);
}

/*
 * Returns true if some option needs the directions of packets. An interface may need a second
 * packet ring for them, so the source gives them only then.
 */
static bool wants_direction(const struct live *live)
{
	const struct options *options = live->options;
	const struct tap_config *config = &live->setup.config;

	if (options->meta || options->wanted != DIRECTION_UNKNOWN ||
	    (config->rules && rules_want_direction(config->rules)))
		return true;
	for (unsigned i = 0; i < options->target_count; i++)
		if (strcmp(options->targets[i].encap->name, "erspan3") == 0)
			return true;
	return false;
}

static struct source *tap_live_open_interfaces(void *arg, struct error *err)
{
	struct live *live = arg;
	const struct options *options = live->options;
	const struct interfaces_config config = {
		.interfaces = options->interfaces,
		.count = options->interface_count,
		.filter = options->filter,
		.promiscuous = !options->no_promiscuous,
		.buffer = options->buffer,
		.wanted = options->wanted,
		.directions = live->directions,
		.follow = !options->no_follow,
		.say = tap_live_say,
		.say_arg = live,
	};
	struct source *source = interfaces_open(&config, err);

	live->live_stats.source = source;
	return source;
}

static struct source *tap_live_replay(void *arg, struct source *source, struct error *err)
{
	const struct live *live = arg;

	return replay_open(source, live->options->speed, err);
}

static struct sink *tap_live_open_send(void *arg, struct error *err)
{
	struct live *live = arg;
	struct sink *sink = live_targets_open(&live->targets, err);

	live->live_stats.sink = sink;
	return sink;
}

/*
 * Raw sockets (CAP_NET_RAW) are needed later to open an interface that comes back. The right also
 * serves targets that are waited for, and those that get another address at SIGHUP. Where no
 * interface is waited for, it is given up, and if a new address needs a raw socket, all targets
 * keep their old addresses.
 */
static bool keeps_raw(const struct options *options)
{
	return options->interface_count > 0 && !options->no_follow;
}

/* An expression may have names, and is compiled again for an interface that comes back and when the
 * file of --config is read again. */
static unsigned tap_live_needs(const struct options *options)
{
	bool again = keeps_raw(options), reads = options->common.config;
	unsigned needs = SANDBOX_NETLINK;

	if (options->interface_count > 0)
		needs |= SANDBOX_RECEIVE | SANDBOX_CAPTURE;
	if (again)
		needs |= SANDBOX_FOLLOW;
	if (!options->common.output)
		needs |= SANDBOX_SEND;
	/* A process of its own asks for the names of targets that are waited for. */
	if ((!options->common.output && !live_targets_wait(options) &&
	     endpoints_have_names(options)) ||
	    (options->filter[0] && (again || reads || options->interface_count == 0)))
		needs |= SANDBOX_NAMES;
	return needs;
}

static void tap_live_permit(void *arg, struct sandbox *sandbox)
{
	const struct live *live = arg;

	if (live->options->rules)
		sandbox_read(sandbox, live->options->rules);
	if (live->options->common.config)
		sandbox_read(sandbox, live->options->common.config);
}

static bool tap_live_begin(void *arg, struct error *err)
{
	const struct live *live = arg;
	const struct options *options = live->options;

	live_targets_say_engines(&live->targets);
	if (!interrupt_catch_events(err))
		return false;
	if (options->duration_ns && !interrupt_after(options->duration_ns))
		return error_errno(err, "--duration");
	return true;
}

/* The old addresses stay until the new ones can be read, which is tried again at each tick: the
 * kernel does not notify of a change twice. */
static void refresh_locals(struct live *live)
{
	struct error err;

	if (live->watch && monitor_read(live->watch) & MONITOR_ADDRESSES)
		live->locals_changed = true;
	if (!live->locals_changed)
		return;
	live->locals_changed = !local_addresses_refresh(live->local_addresses, &err);
	if (live->locals_changed && !live->said_locals)
		tap_live_say(live, err.text);
	live->said_locals = live->locals_changed;
}

static void tap_live_handle_events(void *arg, unsigned events)
{
	struct live *live = arg;

	if (events & INTERRUPT_RELOAD)
		live_reload(live);
	if (events & INTERRUPT_TICK) {
		refresh_locals(live);
		live_targets_tick(&live->targets);
	}
}

static void tap_live_collect(void *arg, struct stats *stats)
{
	struct live *live = arg;

	live_stats_collect(&live->live_stats, stats);
}

/* Frames that wait are sent, and counted, before the last statistics. */
static bool tap_live_finish(void *arg, struct source *source, struct sink *sink, struct error *err)
{
	(void)arg, (void)source;
	return sink_flush(sink, err);
}

/*
 * The kernel fragments, since it sends the fragments of a packet with nothing in between, but only
 * to the MTU of the path. For another MTU the stage fragments, which only a packet socket can send.
 */
bool tap_live_choose_fragments(struct options *options, struct tap_config *config,
			       struct error *err)
{
	if (options->common.output || options->oversize != OVERSIZE_FRAGMENT)
		return true;
	if (options->engine == ENGINE_AUTO && options->mtu != 0 && !xfrm_has_policies())
		options->engine = ENGINE_PACKET;
	config->fragment_by_sender = options->mtu == 0;
	return tap_options_check_fragments(options, err);
}

/*
 * Several senders may share both addresses, the kernel among them, and a receiver tells their
 * fragments apart by identification alone (RFC 6864 section 4.3). If each begins at a random number
 * their numbers seldom collide, and nobody can guess the next one (RFC 7739). A file is the same in
 * every run.
 */
static void tap_live_choose_first_id(const struct options *options, struct tap_config *config)
{
	if (!options->common.output)
		(void)!getrandom(&config->first_id, sizeof(config->first_id), GRND_NONBLOCK);
}

static bool check_terminal(const struct options *options, struct error *err)
{
	if (options->interface_count > 0 || strcmp(options->common.inputs[0], "-") != 0 ||
	    !isatty(STDIN_FILENO))
		return true;
	return error_usage(err,
			   "standard input is a terminal: use -i INTERFACE, -r FILE or a pipe");
}

static bool tap_live_prepare(struct live *live, struct error *err)
{
	struct options *options = live->options;
	struct tap_config *config = &live->setup.config;

	if (!check_terminal(options, err) || !live_targets_resolve(&live->targets, err) ||
	    !tap_options_setup(options, &live->setup, err) ||
	    !live_targets_sources(&live->targets, err) ||
	    !tap_live_choose_fragments(options, config, err))
		return false;
	/* Before the addresses are read, so that no change in between goes unnoticed. */
	live->watch = monitor_open(MONITOR_ADDRESSES, &(struct error){ 0 });
	live->local_addresses = local_addresses_new(err);
	if (!live->local_addresses)
		return false;
	/* A file cannot have packets of tunnels that are sent from it, so all of it is sent. */
	if (options->interface_count)
		config->is_local = is_local;
	config->is_local_arg = live;
	config->say = tap_live_say;
	config->say_arg = live;
	tap_live_choose_first_id(options, config);
	config->live_clock = !options->common.output;
	live->directions = wants_direction(live);
	/* The kernel runs the expression on interfaces. */
	if (options->interface_count) {
		expression_free(config->expression);
		config->expression = NULL;
	}
	live_reload_prepare(live);
	live->tap = tap_new(config, err);
	live->targets.tap = live->tap;
	return live->tap != NULL;
}

static int tap_live_run_job(struct live *live)
{
	struct options *options = live->options;
	struct stats stats = { .tool = tool };
	struct stage stage = tap_stage(live->tap);
	const struct tool_job job = {
		.common = &options->common,
		.stage = &stage,
		.stats = &stats,
		.fallback = "pcapng",
		.watch = options->common.output != NULL,
		.open_source = options->interface_count ? tap_live_open_interfaces : NULL,
		.open_sink = options->common.output ? NULL : tap_live_open_send,
		.begin = tap_live_begin,
		.keep_raw = keeps_raw(options),
		.needs = tap_live_needs(options),
		.permit = tap_live_permit,
		.wrap = options->speed > 0 ? tap_live_replay : NULL,
		.tick_ns = TICK_NS,
		.events = tap_live_handle_events,
		.collect = tap_live_collect,
		.label = { "tap", live->live_stats.label },
		.finish = tap_live_finish,
		.arg = live,
	};

	live->live_stats.options = options;
	live->live_stats.tap = live->tap;
	live_stats_connect(&live->live_stats, &stats);
	return tool_run(&job);
}

int tap_live_run(struct options *options)
{
	struct live live = { .options = options };
	struct error err = { 0 };
	int status;

	live.targets.options = options;
	live.targets.setup = &live.setup;
	live.targets.say = tap_live_say;
	live.targets.say_arg = &live;
	if (tap_live_prepare(&live, &err))
		status = tap_live_run_job(&live);
	else
		status = tool_fail(tool, &err);
	tap_free(live.tap);
	tap_options_teardown(&live.setup);
	live_reload_free(&live);
	free(live.filter);
	live_targets_close(&live.targets);
	monitor_close(live.watch);
	local_addresses_free(live.local_addresses);
	return status;
}
