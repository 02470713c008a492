/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/inputs.h"

#include <limits.h>
#include <stdlib.h>

#include "capture/deferred.h"
#include "capture/merge.h"
#include "capture/reorder.h"
#include "io/descriptors.h"
#include "io/interrupt.h"
#include "io/reader_watch.h"

/* Descriptors that are neither of inputs nor of outputs, with room to spare. */
enum { INPUTS_RESERVED = 32 };

struct input_one {
	const char *name;
	struct source_file file;
	bool deferred;	       /* it is closed until its time comes */
	int64_t first_ns;      /* of one that is deferred, once it was started */
	struct source *source; /* NULL if it was not started */
};

struct inputs {
	struct input_one *input;
	struct input_report *reports;
	struct source **good; /* the sources of those that were started, in their order */
	const char **later;   /* names of those that are deferred */
	unsigned count, good_count, later_count;
	struct deferred_limit limit;
	bool merged; /* good are parts of `whole` */
	struct source *whole;
	enum source_reader reader;
	void (*tell)(const void *arg, const struct error *err);
	const void *arg;
	struct error held; /* of the last bad input: what the run fails with if none is good */
	bool failed;
};

struct inputs *inputs_new(const char *const *names, unsigned count, enum source_reader reader,
			  void (*tell)(const void *arg, const struct error *err), const void *arg,
			  struct error *err)
{
	struct inputs *inputs = calloc(1, sizeof(*inputs));

	if (inputs) {
		inputs->input = calloc(count, sizeof(*inputs->input));
		inputs->reports = calloc(count, sizeof(*inputs->reports));
		inputs->good = calloc(count, sizeof(struct source *));
		inputs->later = calloc(count, sizeof(*inputs->later));
	}
	if (!inputs || !inputs->input || !inputs->reports || !inputs->good || !inputs->later) {
		error_errno(err, "%u inputs", count);
		inputs_free(inputs);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++)
		inputs->input[i].name = names[i];
	inputs->count = count;
	inputs->reader = reader;
	inputs->tell = tell;
	inputs->arg = arg;
	inputs_leave(inputs, 0);
	return inputs;
}

void inputs_leave(struct inputs *inputs, uint64_t descriptors)
{
	uint64_t most = descriptors_raise().most, used = INPUTS_RESERVED + descriptors;
	uint64_t left = most > used ? most - used : 1;

	inputs->limit.most = left < UINT_MAX ? (unsigned)left : UINT_MAX;
}

void inputs_permit(const struct inputs *inputs, struct sandbox *sandbox)
{
	sandbox_reopen(sandbox, inputs->later, inputs->later_count);
}

static void inputs_tell(void *arg, const struct error *err)
{
	struct inputs *inputs = arg;

	inputs->failed = true;
	inputs->tell(inputs->arg, err);
}

static void inputs_tell_held(struct inputs *inputs)
{
	if (inputs->held.text[0])
		inputs_tell(inputs, &inputs->held);
	inputs->held.text[0] = '\0';
}

static void inputs_hold(struct inputs *inputs, const struct error *err)
{
	inputs_tell_held(inputs);
	inputs->held = *err;
}

static bool inputs_are_many(const struct inputs *inputs)
{
	return inputs->count > INPUTS_OPEN ||
	       inputs->count + INPUTS_RESERVED > descriptors_raise().most;
}

static void inputs_defer(struct inputs *inputs, struct input_one *input)
{
	input->deferred = source_file_park(&input->file);
	if (input->deferred)
		inputs->later[inputs->later_count++] = input->name;
}

bool inputs_probe(struct inputs *inputs, struct error *err)
{
	bool many = inputs_are_many(inputs);
	unsigned good = 0;

	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_one *input = &inputs->input[i];

		if (!source_file_probe(&input->file, input->name, inputs->reader, err)) {
			if (reader_watch_gone())
				return false;
			inputs_hold(inputs, err);
			continue;
		}
		good++;
		if (many)
			inputs_defer(inputs, input);
	}
	if (good == 0)
		*err = inputs->held;
	return good > 0;
}

bool inputs_are_regular(const struct inputs *inputs)
{
	for (unsigned i = 0; i < inputs->count; i++)
		if (inputs->input[i].file.input && !source_file_is_regular(&inputs->input[i].file))
			return false;
	return true;
}

bool inputs_have_regular(const struct inputs *inputs)
{
	for (unsigned i = 0; i < inputs->count; i++)
		if (inputs->input[i].deferred || source_file_is_regular(&inputs->input[i].file))
			return true;
	return false;
}

static struct source *inputs_start_one(struct inputs *inputs, struct input_one *input,
				       int64_t window_ns, struct error *err)
{
	size_t memory = INPUTS_WINDOW_MEMORY / inputs->count;
	struct deferred_manner manner = { window_ns, memory, &inputs->limit };
	struct source *source;

	if (input->deferred)
		return deferred_open(&input->file, manner, &input->first_ns, err);
	source = source_file_start(&input->file, err);
	return source ? reorder_open(source, window_ns, memory, err) : NULL;
}

/* Files that a signal keeps from being looked at are not read, which is no error of theirs. */
static void inputs_start_all(struct inputs *inputs, int64_t window_ns, struct error *err)
{
	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_one *input = &inputs->input[i];

		if (!input->file.input && !input->deferred)
			continue;
		input->source = inputs_start_one(inputs, input, window_ns, err);
		if (input->source)
			inputs->good[inputs->good_count++] = input->source;
		else if (input->deferred && inputs->good_count > 0 && interrupt_seen())
			input->file.state = CAPTURE_NOT_READ;
		else
			inputs_hold(inputs, err);
	}
}

static struct source *inputs_merge(struct inputs *inputs, struct error *err)
{
	const struct merge_watch watch = { inputs_tell, inputs };
	struct source *merge = merge_sources(inputs->good, inputs->good_count, watch, err);
	unsigned index = 0;

	for (unsigned i = 0; merge && i < inputs->count; i++) {
		const struct input_one *input = &inputs->input[i];

		if (input->source && input->deferred)
			merge_wait(merge, index, input->first_ns);
		index += input->source != NULL;
	}
	return merge;
}

struct source *inputs_start(struct inputs *inputs, int64_t window_ns, struct error *err)
{
	inputs_start_all(inputs, window_ns, err);
	if (inputs->good_count == 0) {
		*err = inputs->held;
		return NULL;
	}
	inputs_tell_held(inputs);
	inputs->merged = inputs->count > 1;
	inputs->whole = inputs->merged ? inputs_merge(inputs, err) : inputs->good[0];
	return inputs->whole;
}

bool inputs_failed(const struct inputs *inputs)
{
	return inputs->failed;
}

static void inputs_report_one(const struct input_one *input, struct input_report *report)
{
	*report = (struct input_report){ .name = input->name,
					 .end.state = input->file.state,
					 .first_ns = INT64_MIN,
					 .last_ns = INT64_MIN };
	if (!input->source)
		return;
	report->end = input->source->end;
	report->packets = input->source->packets;
}

static void inputs_report_merged(struct inputs *inputs, const struct merge_figures *figures)
{
	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_report *report = &inputs->reports[i];

		if (!inputs->input[i].source)
			continue;
		report->packets = figures->packets;
		report->first_ns = figures->first_ns;
		report->last_ns = figures->last_ns;
		figures++;
	}
}

struct input_report *inputs_report(struct inputs *inputs)
{
	struct merge_figures *figures = NULL;

	for (unsigned i = 0; i < inputs->count; i++)
		inputs_report_one(&inputs->input[i], &inputs->reports[i]);
	if (inputs->whole && inputs->merged)
		figures = calloc(inputs->good_count, sizeof(*figures));
	if (figures) {
		merge_figures(inputs->whole, figures);
		inputs_report_merged(inputs, figures);
	}
	free(figures);
	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_report *report = &inputs->reports[i];

		report->partly = report->end.state == CAPTURE_NOT_READ && report->packets > 0;
		if (report->partly)
			report->end.state = CAPTURE_OK;
	}
	return inputs->reports;
}

void inputs_free(struct inputs *inputs)
{
	if (!inputs)
		return;
	for (unsigned i = 0; i < inputs->count; i++)
		source_file_discard(&inputs->input[i].file);
	free(inputs->input);
	free(inputs->reports);
	free(inputs->good);
	free(inputs->later);
	free(inputs);
}
