/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/sink_pool_name.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "capture/replaceable.h"
#include "capture/sink_pool_convert.h"
#include "io/abandoned.h"
#include "io/filename.h"

/* Returns true if err says that the name is taken by a capture that makes room; err is empty then.
 */
static bool sink_pool_name_makes_room(const struct sink_pool_name *wanted, struct error *err)
{
	struct error no_capture = { 0 };
	bool makes_room;

	if (!wanted->replace || err->number != EEXIST)
		return false;
	makes_room = replaceable_capture(wanted->name, wanted->names, wanted->foreign, &no_capture);
	*err = no_capture;
	return makes_room;
}

bool sink_pool_name_is_free(struct sink_pool_name wanted, struct error *err)
{
	return filename_is_free(wanted.name, wanted.trusted, err) ||
	       sink_pool_name_makes_room(&wanted, err);
}

bool sink_pool_name_can_begin(struct sink_pool_name wanted, struct error *err)
{
	char tmp[PATH_MAX + sizeof(".pcapng.tmp")];

	snprintf(tmp, sizeof(tmp), "%s%s.tmp", wanted.name, wanted.foreign ? ".pcapng" : "");
	return abandoned_is_cleared(tmp, err);
}

/* What has the name is looked at once more: it may have got there while the file was written. */
bool sink_pool_name_give(const struct sink_pool_name *wanted, const char *from,
			 struct output_path_id *id, struct sink_pool_counters *counters,
			 struct error *err)
{
	char tmp[PATH_MAX + sizeof(".tmp")];
	bool keep = filename_is_free(wanted->name, wanted->trusted, err);
	bool done = keep || sink_pool_name_makes_room(wanted, err);
	struct sink_config final = { .name = wanted->name,
				     .format = wanted->foreign,
				     .manner = keep ? OUTPUT_KEEP : OUTPUT_REPLACE,
				     .sync = wanted->sync };

	snprintf(tmp, sizeof(tmp), "%s.tmp", from);
	if (done && wanted->foreign)
		done = output_path_is(tmp, id, err) &&
		       sink_pool_convert(tmp, &final, id, counters, err);
	else if (done)
		done = (!final.sync || output_path_sync(tmp, id, err)) &&
		       output_path_rename(tmp, id, wanted->name, keep, err);
	if (!done && err->number != ESTALE)
		error_wrap(err, "what was written is in %s", tmp);
	return done;
}
