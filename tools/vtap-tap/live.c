/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "capture/replay.h"
#include "cli/tool.h"
#include "endpoints.h"
#include "host/local_addresses.h"
#include "host/monitor.h"
#include "host/xfrm.h"
#include "io/interrupt.h"
#include "live_stats.h"

static const char tool[] = "vtap-tap";

/* Cut so short, most packets have the same length. */
enum { BUFFER_DEFAULT = 8 << 20, EVEN_CUT = 256 };

struct live {
	struct options *options;
	struct setup setup;
	struct tap *tap;
	struct local_addresses *local_addresses;
	struct monitor *watch; /* of addresses; NULL: they are as they were at the start */
	struct sink *tunnel;   /* NULL: frames go into a file */
	bool directions;       /* packets tell theirs */
	const struct outer_header *outer_headers[TAP_TARGETS_MAX];
	struct live_stats live_stats;
};

static void say(void *arg, const char *text)
{
	const struct live *live = arg;

	if (live->options->common.quiet)
		return;
	live_stats_make_way(&live->live_stats);
	tool_say(tool, "%s", text);
}

/* True for what tunnels are sent from: a packet socket does so from any address, such as one of
 * --from, or one that this host has no more. */
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

/* Who asks for the direction of packets: it may cost a second ring. */
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

static struct source *open_interfaces(void *arg, struct error *err)
{
	struct live *live = arg;
	const struct options *options = live->options;
	const struct interfaces_config config = {
		.interfaces = options->interfaces,
		.count = options->interface_count,
		.filter = options->filter,
		.promiscuous = !options->no_promiscuous,
		.buffer = options->buffer ? options->buffer : BUFFER_DEFAULT,
		.wanted = options->wanted,
		.directions = live->directions,
		.follow = !options->no_follow,
		.say = say,
		.say_arg = live,
	};
	struct source *source = interfaces_open(&config, err);

	live->live_stats.live = source;
	return source;
}

static struct source *pace(void *arg, struct source *source, struct error *err)
{
	const struct live *live = arg;

	return replay_open(source, live->options->speed, err);
}

static void not_sent(void *arg, unsigned target, uint64_t number)
{
	tap_not_sent(((struct live *)arg)->tap, target, number);
}

static void path_mtu(void *arg, unsigned target, uint32_t mtu)
{
	const struct live *live = arg;

	if (live->options->mtu == 0)
		tap_set_mtu(live->tap, target, mtu);
}

static struct send_config send_config(struct live *live)
{
	const struct options *options = live->options;

	return (struct send_config){ .outer_headers = live->outer_headers,
				     .targets = options->targets,
				     .count = options->target_count,
				     .engine = options->engine,
				     .even = options->cut != 0 && options->cut <= EVEN_CUT,
				     .ports = (unsigned)options->ports,
				     .failed = not_sent,
				     .mtu = path_mtu,
				     .say = say,
				     .arg = live };
}

static struct sink *open_tunnel(void *arg, struct error *err)
{
	struct live *live = arg;
	struct send_config config = send_config(live);

	live->tunnel = send_open(&config, err);
	live->live_stats.tunnel = live->tunnel;
	return live->tunnel;
}

/* To open an interface again, and sockets of GRE or engine packet after SIGHUP; --no-follow does
 * without. */
static bool keeps_raw(const struct options *options)
{
	return options->interface_count > 0 && !options->no_follow;
}

static bool has_names(const struct options *options)
{
	for (unsigned i = 0; i < options->target_count; i++) {
		struct target target;

		if (target_parse(&target, options->uris[i], &(struct error){ 0 }) &&
		    target.version == 0)
			return true;
	}
	return false;
}

/* An expression is compiled again for an interface that comes back, and may hold names. */
static unsigned needs(const struct options *options)
{
	bool again = keeps_raw(options);
	unsigned needs = SANDBOX_NETLINK;

	if (options->interface_count > 0)
		needs |= SANDBOX_RECEIVE | SANDBOX_CAPTURE;
	if (again)
		needs |= SANDBOX_FOLLOW;
	if (!options->common.output)
		needs |= SANDBOX_SEND;
	if ((!options->common.output && has_names(options)) ||
	    (options->filter[0] && (again || options->interface_count == 0)))
		needs |= SANDBOX_NAMES;
	return needs;
}

static void permit(void *arg, struct sandbox *sandbox)
{
	const struct live *live = arg;

	if (live->options->rules)
		sandbox_read(sandbox, live->options->rules);
	if (live->options->metrics)
		sandbox_write(sandbox, live->options->metrics);
}

static bool begin(void *arg, struct error *err)
{
	const struct live *live = arg;
	const struct options *options = live->options;

	for (unsigned i = 0; live->tunnel && options->common.verbose && i < options->target_count;
	     i++)
		tool_say(tool, "%s: engine %s", options->uris[i], send_engine(live->tunnel, i));
	interrupt_catch_events();
	if (!interrupt_tick(live_stats_interval(options)))
		return error_errno(err, "the timer for the counters");
	if (options->duration_ns && !interrupt_after(options->duration_ns))
		return error_errno(err, "--duration");
	return true;
}

/* A rule that fails leaves the old ones in force. */
static void reload_rules(struct live *live)
{
	struct error err = { 0 };
	struct rules *rules;

	if (!live->options->rules)
		return;
	rules = rules_read(live->options->rules, &err);
	if (rules && rules_want_direction(rules) && !live->directions && live->live_stats.live) {
		rules_free(rules);
		rules = NULL;
		error_set(
			&err,
			"%s: rules with in or out need a restart, since the old rules had neither",
			live->options->rules);
	}
	if (rules) {
		tap_set_rules(live->tap, rules);
		return;
	}
	tool_say(tool, "%s; the old rules stay in force", err.text);
}

/* Names may stand for other addresses now. */
static void reload_targets(struct live *live)
{
	struct options *options = live->options;
	struct send_config config = send_config(live);
	struct error err = { 0 };

	if (!live->tunnel)
		return;
	if (!endpoints_again(options, &live->setup, &err) ||
	    !send_retarget(live->tunnel, &config, &err)) {
		tool_say(tool, "%s; the old targets stay in use", err.text);
		return;
	}
	for (unsigned i = 0; i < options->target_count; i++)
		tap_set_envelope(live->tap, i, &live->setup.targets[i].outer_header);
}

static void refresh_locals(struct live *live)
{
	struct error ignored;

	if (live->watch && monitor_read(live->watch) & MONITOR_ADDRESSES)
		local_addresses_refresh(live->local_addresses, &ignored);
}

static void on_events(void *arg, unsigned events, struct stats *stats)
{
	struct live *live = arg;

	if (events & INTERRUPT_RELOAD) {
		reload_rules(live);
		reload_targets(live);
	}
	if (events & INTERRUPT_TICK) {
		refresh_locals(live);
		live_stats_tick(&live->live_stats, stats);
	}
	if (events & INTERRUPT_REPORT)
		live_stats_report(&live->live_stats, stats);
}

/* What is queued is sent, and its fate known, before the last live_stats. */
static bool finish(void *arg, struct source *source, struct sink *sink, struct error *err)
{
	struct live *live = arg;
	struct stats ignored = { 0 };
	bool flushed = sink_flush(sink, err);

	(void)source;
	live_stats_collect(&live->live_stats, &ignored);
	live_stats_leave_line(&live->live_stats);
	return flushed;
}

/*
 * Fragments are left to the kernel, which sends them with nothing in between, but makes them for
 * the MTU of the path and no other; a packet socket takes ours. Not both in one run.
 */
static bool choose_fragments(struct options *options, struct tap_config *config, struct error *err)
{
	if (options->common.output || options->oversize != OVERSIZE_FRAGMENT)
		return true;
	if (options->engine == ENGINE_AUTO && options->mtu == 0)
		options->engine = ENGINE_SOCKET;
	else if (options->engine == ENGINE_AUTO && !xfrm_has_policies())
		options->engine = ENGINE_PACKET;
	config->fragment_by_sender = options->mtu == 0;
	return options->mtu == 0 || options->engine == ENGINE_PACKET ||
	       error_usage(err,
			   "--oversize fragment with --mtu %u needs --engine packet: sockets "
			   "fragment for the MTU of the path",
			   (unsigned)options->mtu);
}

/*
 * Several senders may share both addresses, the kernel among them, and a receiver tells their
 * fragments apart by identification alone (RFC 6864 section 4.3). If each begins at a random number
 * they seldom meet, and nobody can guess the next one (RFC 7739). Files are the same in every run.
 */
static void choose_first_id(const struct options *options, struct tap_config *config)
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

static bool prepare(struct live *live, struct error *err)
{
	struct options *options = live->options;
	struct tap_config *config = &live->setup.config;

	if (!check_terminal(options, err) || !endpoints_resolve(options, err) ||
	    !tap_options_setup(options, &live->setup, err) ||
	    !endpoints_sources(options, &live->setup, err) ||
	    !choose_fragments(options, config, err))
		return false;
	live->local_addresses = local_addresses_new(err);
	if (!live->local_addresses)
		return false;
	live->watch = monitor_open(MONITOR_ADDRESSES, &(struct error){ 0 });
	/* What a file holds is sent as it was asked for: it cannot feed itself. */
	if (options->interface_count)
		config->is_local = is_local;
	config->is_local_arg = live;
	choose_first_id(options, config);
	config->live_clock = !options->common.output;
	live->directions = wants_direction(live);
	/* The kernel runs the expression on interfaces. */
	if (options->interface_count) {
		expression_free(config->expression);
		config->expression = NULL;
	}
	for (unsigned i = 0; i < options->target_count; i++)
		live->outer_headers[i] = &live->setup.targets[i].outer_header;
	live->tap = tap_new(config, err);
	return live->tap != NULL;
}

static int run(struct live *live)
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
		.open_source = options->interface_count ? open_interfaces : NULL,
		.open_sink = options->common.output ? NULL : open_tunnel,
		.begin = begin,
		.keep_raw = keeps_raw(options),
		.needs = needs(options),
		.permit = permit,
		.wrap = options->speed > 0 ? pace : NULL,
		.events = on_events,
		.finish = finish,
		.arg = live,
	};
	int status;

	live->live_stats.options = options;
	live->live_stats.tap = live->tap;
	live_stats_connect(&live->live_stats, &stats);
	status = tool_run(&job);
	if (!live_stats_end(&live->live_stats, &stats) && status == EXIT_DONE)
		status = EXIT_FAILED;
	return status;
}

int tap_live_run(struct options *options)
{
	struct live live = { .options = options };
	struct error err = { 0 };
	int status;

	if (prepare(&live, &err))
		status = run(&live);
	else
		status = tool_fail(tool, &err);
	tap_free(live.tap);
	tap_options_teardown(&live.setup);
	monitor_close(live.watch);
	local_addresses_free(live.local_addresses);
	return status;
}
