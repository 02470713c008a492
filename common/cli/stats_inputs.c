/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stats_inputs.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"

static const char *const state_names[] = {
	[CAPTURE_NOT_READ] = "not read",     [CAPTURE_OK] = "ok",
	[CAPTURE_EMPTY] = "empty",	     [CAPTURE_TRUNCATED] = "truncated",
	[CAPTURE_DAMAGED] = "damaged",	     [CAPTURE_ANOTHER] = "another capture",
	[CAPTURE_NOT_ONE] = "not a capture", [CAPTURE_UNREADABLE] = "unreadable",
};

const char *stats_inputs_state(struct capture_end end, char text[STATS_STATE_SIZE])
{
	bool placed = end.state == CAPTURE_TRUNCATED || end.state == CAPTURE_DAMAGED ||
		      end.state == CAPTURE_ANOTHER;

	if (!placed)
		return state_names[end.state];
	snprintf(text, STATS_STATE_SIZE, "%s at byte %" PRIu64, state_names[end.state], end.at);
	return text;
}

static void stats_inputs_json_one(struct json *json, const struct input_report *input)
{
	char text[STATS_STATE_SIZE];
	const char *state = stats_inputs_state(input->end, text);

	json_object(json, NULL);
	json_string(json, "name", input->name, strlen(input->name));
	json_string(json, "state", state, strlen(state));
	json_number(json, "packets", input->packets);
	if (input->first_ns != INT64_MIN) {
		json_time(json, "first", input->first_ns);
		json_time(json, "last", input->last_ns);
	}
	json_object_end(json);
}

void stats_inputs_json(struct json *json, const struct stats *stats)
{
	if (stats->input_count == 0)
		return;
	json_array(json, "inputs");
	for (unsigned i = 0; i < stats->input_count; i++)
		stats_inputs_json_one(json, &stats->inputs[i]);
	json_array_end(json);
}
