/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink.h"

#include <errno.h>

bool sink_close(struct sink *sink, bool complete, struct error *err)
{
	return sink->ops->close(sink, complete, err);
}

bool sink_gone(const struct error *err)
{
	return err->number == EPIPE;
}

struct output *sink_output(struct sink *sink)
{
	return sink->ops->output ? sink->ops->output(sink) : NULL;
}

bool sink_evict(struct sink *sink, struct error *err)
{
	return output_evict(sink_output(sink), err);
}

bool sink_suspend(struct sink *sink, struct error *err)
{
	return output_suspend(sink_output(sink), err);
}

uint64_t sink_size(struct sink *sink)
{
	struct output *output = sink_output(sink);

	return output ? output_taken(output) : 0;
}
