/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/source.h"

#include "io/input.h"

enum capture_state source_input_state(const struct input *input)
{
	switch (input->fault) {
	case INPUT_CUT:
		return CAPTURE_TRUNCATED;
	case INPUT_DAMAGED:
		return CAPTURE_DAMAGED;
	case INPUT_UNREADABLE:
		break;
	}
	return CAPTURE_UNREADABLE;
}

void source_before_wait(struct source *source, struct source_hook hook)
{
	source->hook = hook;
	if (source->ops->hooked)
		source->ops->hooked(source);
}

void source_progress(const struct source *source, struct source_progress *progress)
{
	if (source->ops->progress)
		source->ops->progress(source, progress);
}

uint64_t source_size(const struct source *source)
{
	struct source_progress progress = { 0 };

	source_progress(source, &progress);
	return progress.total;
}

unsigned source_percent(const struct source *source)
{
	struct source_progress progress = { 0 };

	source_progress(source, &progress);
	if (progress.done >= progress.total)
		return progress.total ? 100 : 0;
	return (unsigned)(100.0 * (double)progress.done / (double)progress.total);
}

void source_shut(struct source *source)
{
	if (source->ops->shut)
		source->ops->shut(source);
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}
