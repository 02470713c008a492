/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receive.h"

#include <net/if_arp.h>
#include <string.h>

#include "clock.h"
#include "holders.h"
#include "interrupt.h"
#include "route.h"
#include "tool.h"

enum { DEFAULT_RING = 8 << 20 }; /* bytes an interface */

struct receive {
	const struct options *options;
	struct decap *decap;
	struct source *source; /* that of the kernel */
	int64_t start_ns;
	struct holders holders;
	char filter[SELECTION_FILTER_MAX];
};

static void say(void *arg, const char *text)
{
	const struct receive *receive = arg;

	if (!receive->options->common.quiet)
		tool_say(options_cli.tool, "%s", text);
}

static struct source *open_sockets(struct receive *receive, struct error *err)
{
	const struct options *options = receive->options;
	const struct listen_config config = { .addresses = options->listen,
					      .count = options->listen_count,
					      .buffer = options->buffer,
					      .say = say,
					      .say_arg = receive };

	receive->source = source_listen_open(&config, err);
	return receive->source;
}

/* Only on Ethernet does the kernel's filter know of tags; one filter is for all interfaces. */
static bool all_ethernet(const struct options *options)
{
	struct link link;

	for (unsigned i = 0; i < options->interface_count; i++)
		if (!link_find(&link, options->interface[i], 0, &(struct error){ 0 }) ||
		    (link.type != ARPHRD_ETHER && link.type != ARPHRD_LOOPBACK))
			return false;
	return true;
}

static struct source *open_interfaces(struct receive *receive, struct error *err)
{
	const struct options *options = receive->options;
	const struct encap_select *select = &options->decap.select;
	const struct live_config config = {
		.interfaces = options->interface,
		.count = options->interface_count,
		.filter = receive->filter,
		.promiscuous = !options->no_promiscuous,
		.buffer = options->buffer ? options->buffer : DEFAULT_RING,
		.say = say,
		.say_arg = receive,
	};
	uint16_t ports[SELECTION_PORTS_MAX];

	selection_filter(select, all_ethernet(options), receive->filter);
	receive->source = source_live_open(&config, err);
	if (!receive->source)
		return NULL;
	holders_open(&receive->holders, ports, selection_ports(select, ports), say, receive);
	return receive->source;
}

static struct source *open_source(void *arg, struct error *err)
{
	struct receive *receive = arg;

	return receive->options->listen_count ? open_sockets(receive, err)
					      : open_interfaces(receive, err);
}

static bool begin(void *arg, struct error *err)
{
	struct receive *receive = arg;
	const struct options *options = receive->options;

	receive->start_ns = clock_ns(CLOCK_REALTIME);
	interrupt_catch_events();
	if (options->duration_ns && !interrupt_after(options->duration_ns))
		return error_errno(err, "--duration");
	return true;
}

static void ask_kernel(struct receive *receive)
{
	struct decap_kernel kernel = { 0 };
	struct live_counts counts;

	if (receive->options->listen_count) {
		kernel.dropped = source_listen_dropped(receive->source);
	} else {
		source_live_counts(receive->source, &counts);
		kernel = (struct decap_kernel){ counts.kernel_dropped, counts.interface_dropped,
						counts.gaps };
	}
	decap_set_kernel(receive->decap, &kernel);
}

/* What other formats than pcapng cannot carry is not counted as lost: nobody put it there. */
static bool is_pcapng(const struct cli_common *common)
{
	const struct sink_config config = { .name = common->output ? common->output : "-",
					    .format = common->format,
					    .fallback = "pcapng" };
	const char *format = sink_format(&config, &(struct error){ 0 });

	return format && strcmp(format, "pcapng") == 0;
}

static bool finish(void *arg, struct source *source, struct sink *sink, struct error *err)
{
	struct receive *receive = arg;

	(void)source;
	ask_kernel(receive);
	if (!sink || !is_pcapng(&receive->options->common))
		return true;
	return decap_statistics(receive->decap, sink, receive->start_ns, clock_ns(CLOCK_REALTIME),
				err);
}

/* SIGHUP is what it is to a tool without a configuration to read again: the end. */
static void on_events(void *arg, unsigned events, struct stats *stats)
{
	struct receive *receive = arg;

	if (events & INTERRUPT_RELOAD)
		interrupt_now();
	if (!(events & INTERRUPT_REPORT))
		return;
	ask_kernel(receive);
	stats_print(stats, stderr);
}

int receive_run(const struct options *options, struct decap *decap, struct stats *stats)
{
	struct receive receive = { .options = options, .decap = decap };
	const struct stage stage = decap_stage(decap);
	const struct tool_job job = { .common = &options->common,
				      .stage = &stage,
				      .stats = stats,
				      .fallback = "pcapng",
				      .watch = true,
				      .open_source = open_source,
				      .begin = begin,
				      .needs = options->interface_count
						       ? SANDBOX_RECEIVE | SANDBOX_CAPTURE |
								 SANDBOX_LOOK
						       : SANDBOX_RECEIVE,
				      .events = on_events,
				      .finish = finish,
				      .arg = &receive };
	int status = tool_run(&job);

	holders_close(&receive.holders);
	return status;
}
