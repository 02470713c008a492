/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receive.h"

#include <string.h>
#include <time.h>

#include "interrupt.h"
#include "privileges.h"
#include "tool.h"

struct receive {
	const struct options *options;
	struct decap *decap;
	int64_t start_ns;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

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

	return source_listen_open(&config, err);
}

static struct source *open_source(void *arg, struct error *err)
{
	return open_sockets(arg, err);
}

/* All is open: what opened it is no longer needed. */
static bool begin(void *arg, struct source *source, struct sink *sink, struct error *err)
{
	struct receive *receive = arg;
	const struct options *options = receive->options;
	const struct privileges none = { .user = options->user };

	(void)source, (void)sink;
	receive->start_ns = now_ns();
	if (options->user && !privileges_drop(&none, err))
		return false;
	if (options->duration_ns && !interrupt_after(options->duration_ns))
		return error_errno(err, "--duration");
	return true;
}

static void ask_kernel(struct receive *receive, struct source *source)
{
	struct decap_kernel kernel = { 0 };

	kernel.dropped = source_listen_dropped(source);
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

	ask_kernel(receive, source);
	if (!sink || !is_pcapng(&receive->options->common))
		return true;
	return decap_statistics(receive->decap, sink, receive->start_ns, now_ns(), err);
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
				      .finish = finish,
				      .arg = &receive };

	return tool_run(&job);
}
