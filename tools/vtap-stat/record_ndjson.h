/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as lines of JSON (https://github.com/ndjson/ndjson-spec), with the objects of ECS. */
#ifndef VTAP_STAT_RECORD_NDJSON_H
#define VTAP_STAT_RECORD_NDJSON_H

#include "record.h"
#include "record_config.h"

/* Writes one object and the end of its line. */
void record_ndjson_write(const struct record_config *config, const struct record *record, FILE *to);

#endif
