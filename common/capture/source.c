/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/source.h"

void source_before_wait(struct source *source, struct source_hook hook)
{
	source->hook = hook;
	if (source->ops->hooked)
		source->ops->hooked(source);
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}
