/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of each input of a run, as JSON and in words. */
#ifndef VTAP_CLI_STATS_INPUTS_H
#define VTAP_CLI_STATS_INPUTS_H

#include "cli/stats.h"

/* Writes the member `inputs`, an array with an object for each input, to a JSON object that is
 * open; writes nothing if the run has no inputs that are captures. */
void stats_inputs_json(struct json *json, const struct stats *stats);

enum { STATS_STATE_SIZE = 64 }; /* bytes of a state's text, at most */

/* Returns the state of an input in words, such as "damaged at byte 90". The words are constant or
 * stand in text. */
const char *stats_inputs_state(struct capture_end end, char text[STATS_STATE_SIZE]);

#endif
