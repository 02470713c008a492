/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink.h"

#include <inttypes.h>

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

bool sink_release(struct sink *sink, struct error *err)
{
	return output_release(sink_output(sink), err);
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

bool sink_refuse(const struct packet *packet, const char *file, const char *format,
		 uint32_t linktype, struct error *err)
{
	error_set(err,
		  "%s: packet %" PRIu64
		  " has link type %u, the first one written has %u, and a file of format "
		  "%s holds only one type: packets of others are left out",
		  file, packet->number, packet->linktype, linktype, format);
	sink_refused_by_type(err);
	return false;
}

void sink_refused_by_type(struct error *err)
{
	err->number = EMEDIUMTYPE;
}

bool sink_refused(const struct error *err)
{
	return err->number == EMEDIUMTYPE;
}
