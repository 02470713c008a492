/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_pool_convert.h"

#include <errno.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "capture/source_file.h"

static bool sink_pool_convert_all(struct source *source, struct sink *sink, uint64_t *refused,
				  struct error *err)
{
	struct packet packet;
	struct block block;

	for (;;) {
		switch (source_next(source, &packet, &block, err)) {
		case SOURCE_PACKET:
			if (!sink_put(sink, &packet, err) && !sink_refused(err))
				return false;
			*refused += sink_refused(err);
			*err = (struct error){ 0 };
			break;
		case SOURCE_BLOCK:
			if (!sink_block(sink, &block, err))
				return false;
			break;
		case SOURCE_END:
			return true;
		case SOURCE_ERROR:
			return false;
		}
	}
}

bool sink_pool_convert(const char *from, const struct sink_config *to, struct output_path_id *made,
		       struct sink_pool_counters *counters, struct error *err)
{
	struct source *source = source_file_open(from, READER_AUTO, err);
	struct sink *sink = source ? sink_file_open_as(to, to->format, err) : NULL;
	struct error close_err = { 0 };
	bool done = sink && sink_pool_convert_all(source, sink, &counters->refused, err);

	if (done) {
		sink_pool_count(counters, sink);
		*made = sink_output(sink)->id;
	}
	if (sink && !sink_close(sink, done, done ? err : &close_err))
		done = false;
	source_close(source);
	if (done && TEMP_FAILURE_RETRY(unlink(from)) < 0)
		done = error_errno(err, "%s", from);
	return done;
}
