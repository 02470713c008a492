/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/inputs.h"

#include <stdlib.h>

#include "capture/merge.h"
#include "capture/reorder.h"

struct input_one {
	const char *name;
	struct source_file file;
	struct source *source; /* NULL if it was not started */
};

struct inputs {
	struct input_one *input;
	struct input_report *reports;
	struct source **good; /* the sources of those that were started, in their order */
	unsigned count, good_count;
	bool merged; /* good are parts of `whole` */
	struct source *whole;
	enum source_reader reader;
	void (*tell)(void *arg, const struct error *err);
	void *arg;
	struct error held; /* of the last bad input: what the run fails with if none is good */
	bool failed;
};

struct inputs *inputs_new(const char *const *names, unsigned count, enum source_reader reader,
			  void (*tell)(void *arg, const struct error *err), void *arg,
			  struct error *err)
{
	struct inputs *inputs = calloc(1, sizeof(*inputs));

	if (inputs) {
		inputs->input = calloc(count, sizeof(*inputs->input));
		inputs->reports = calloc(count, sizeof(*inputs->reports));
		inputs->good = calloc(count, sizeof(struct source *));
	}
	if (!inputs || !inputs->input || !inputs->reports || !inputs->good) {
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
	return inputs;
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

bool inputs_probe(struct inputs *inputs, struct error *err)
{
	unsigned open = 0;

	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_one *input = &inputs->input[i];

		if (source_file_probe(&input->file, input->name, inputs->reader, err))
			open++;
		else
			inputs_hold(inputs, err);
	}
	if (open == 0)
		*err = inputs->held;
	return open > 0;
}

bool inputs_are_regular(const struct inputs *inputs)
{
	for (unsigned i = 0; i < inputs->count; i++)
		if (inputs->input[i].file.input && !source_file_is_regular(&inputs->input[i].file))
			return false;
	return true;
}

static struct source *inputs_start_one(struct inputs *inputs, struct input_one *input,
				       int64_t window_ns, struct error *err)
{
	struct source *source = source_file_start(&input->file, err);

	if (source && window_ns > 0)
		return reorder_open(source, window_ns, INPUTS_WINDOW_MEMORY / inputs->count, err);
	return source;
}

static void inputs_start_all(struct inputs *inputs, int64_t window_ns, struct error *err)
{
	for (unsigned i = 0; i < inputs->count; i++) {
		struct input_one *input = &inputs->input[i];

		if (!input->file.input)
			continue;
		input->source = inputs_start_one(inputs, input, window_ns, err);
		if (input->source)
			inputs->good[inputs->good_count++] = input->source;
		else
			inputs_hold(inputs, err);
	}
}

struct source *inputs_start(struct inputs *inputs, int64_t window_ns, struct error *err)
{
	const struct merge_watch watch = { inputs_tell, inputs };

	inputs_start_all(inputs, window_ns, err);
	if (inputs->good_count == 0) {
		*err = inputs->held;
		return NULL;
	}
	inputs_tell_held(inputs);
	inputs->merged = inputs->count > 1;
	inputs->whole = inputs->merged ? merge_sources(inputs->good, inputs->good_count, watch, err)
				       : inputs->good[0];
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
	for (unsigned i = 0; i < inputs->count; i++)
		if (inputs->reports[i].end.state == CAPTURE_NOT_READ &&
		    inputs->reports[i].packets > 0)
			inputs->reports[i].end.state = CAPTURE_OK;
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
	free(inputs);
}
