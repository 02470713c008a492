/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli_choice.h"
#include "cli/tool.h"
#include "io/interrupt.h"
#include "port_reserve.h"

struct decap_live {
	const struct options *options;
	struct decap *decap;
	struct source *source; /* sockets or interfaces */
	int64_t start_ns;
	struct port_reserve reserve;
	char filter[CAPTURE_FILTER_MAX], bare_filter[CAPTURE_FILTER_MAX];
};

static void decap_live_say(void *arg, const char *text)
{
	const struct decap_live *live = arg;

	if (!live->options->common.quiet)
		tool_say(options_cli.tool, "%s", text);
}

static struct source *decap_live_open_sockets(struct decap_live *live, struct error *err)
{
	const struct options *options = live->options;
	const struct listen_config config = { .addresses = options->listen,
					      .count = options->listen_count,
					      .buffer = options->buffer,
					      .say = decap_live_say,
					      .say_arg = live };

	live->source = listen_open(&config, err);
	return live->source;
}

/*
 * vtap-decap gets no file capability: dumpcap has one already, for members of Wireshark's group. It
 * can capture on all these interfaces at once.
 */
static bool decap_live_not_permitted(const struct options *options, struct error *err)
{
	char interfaces[512];
	size_t used = 0;

	for (unsigned i = 0; i < options->interface_count && used < sizeof(interfaces); i++)
		used += (size_t)snprintf(interfaces + used, sizeof(interfaces) - used, " -i %s",
					 options->interface[i]);
	return error_set(err,
			 "no permission to capture on %s: needs CAP_NET_RAW (root). Members of "
			 "Wireshark's group can type: dumpcap%s -w - | vtap-decap",
			 options->interface[0], interfaces);
}

static struct source *decap_live_open_interfaces(struct decap_live *live, struct error *err)
{
	const struct options *options = live->options;
	const struct encap_select *select = &options->decap.select;
	const struct interfaces_config config = {
		.interfaces = options->interface,
		.count = options->interface_count,
		.filter = live->filter,
		.bare_filter = live->bare_filter,
		.promiscuous = !options->no_promiscuous,
		.buffer = options->buffer,
		.say = decap_live_say,
		.say_arg = live,
	};
	uint16_t ports[CAPTURE_FILTER_PORTS_MAX];

	capture_filter_text(select, true, live->filter);
	capture_filter_text(select, false, live->bare_filter);
	live->source = interfaces_open(&config, err);
	if (!live->source && err->number == EPERM)
		decap_live_not_permitted(options, err);
	if (!live->source)
		return NULL;
	port_reserve_open(&live->reserve, ports, capture_filter_ports(select, ports),
			  decap_live_say, live);
	return live->source;
}

static struct source *decap_live_open(void *arg, struct error *err)
{
	struct decap_live *live = arg;

	return live->options->listen_count ? decap_live_open_sockets(live, err)
					   : decap_live_open_interfaces(live, err);
}

static bool decap_live_begin(void *arg, struct error *err)
{
	struct decap_live *live = arg;
	const struct options *options = live->options;

	live->start_ns = clock_ns(CLOCK_REALTIME);
	if (options->duration_ns && !interrupt_after(options->duration_ns))
		return error_errno(err, "--duration");
	return true;
}

/* Returns the packets that kernel and interfaces dropped. */
static uint64_t decap_live_ask_kernel(struct decap_live *live)
{
	struct decap_kernel kernel = { 0 };
	struct interfaces_counts counts;

	if (live->options->listen_count) {
		kernel.dropped = listen_dropped(live->source);
	} else {
		interfaces_counts(live->source, &counts);
		kernel = (struct decap_kernel){ counts.kernel_dropped, counts.interface_dropped,
						counts.interface_gaps, counts.interface_replaced };
	}
	decap_set_kernel(live->decap, &kernel);
	return kernel.dropped + kernel.interface_dropped;
}

static void decap_live_collect(void *arg, struct stats *stats)
{
	stats->not_received = decap_live_ask_kernel(arg);
}

static void decap_live_ask_end(void *arg, struct stage_times *times)
{
	struct decap_live *live = arg;

	decap_live_ask_kernel(live);
	*times = (struct stage_times){ true, live->start_ns, clock_ns(CLOCK_REALTIME) };
}

static unsigned decap_live_needs(const struct options *options)
{
	unsigned needs = SANDBOX_RECEIVE | cli_choice_needs(&options->common);

	return options->interface_count ? needs | SANDBOX_CAPTURE | SANDBOX_NETLINK : needs;
}

static void decap_live_each_interface(void *arg, void (*each)(void *arg, const char *name, bool up),
				      void *each_arg)
{
	const struct decap_live *live = arg;

	if (live->source)
		interfaces_each(live->source, each, each_arg);
}

/* live: NULL once the run has ended. */
static void decap_live_tell_interfaces(const struct options *options, struct stats *stats,
				       struct decap_live *live)
{
	stats->interfaces = live && options->interface_count ? decap_live_each_interface : NULL;
	stats->interfaces_arg = live;
}

int decap_live_run(const struct options *options, struct decap *decap, struct stats *stats)
{
	struct decap_live live = { .options = options, .decap = decap };
	const struct stage stage = decap_stage(decap);
	const struct tool_job job = { .common = &options->common,
				      .stage = &stage,
				      .stats = stats,
				      .fallback = "pcapng",
				      .interfaces = INTERFACES_WITH_PACKETS,
				      .watch = true,
				      .open_source = decap_live_open,
				      .begin = decap_live_begin,
				      .needs = decap_live_needs(options),
				      .collect = decap_live_collect,
				      .arg = &live };
	int status;

	decap_at_end(decap, &(struct decap_end){ decap_live_ask_end, &live });
	decap_live_tell_interfaces(options, stats, &live);
	status = tool_run(&job);
	decap_live_tell_interfaces(options, stats, NULL);
	port_reserve_close(&live.reserve);
	return status;
}
