/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as comma-separated values (RFC 4180, so lines end with CRLF): columns are the fields of
 * record_fields.h in their order, for every --by. A value that is absent is empty.
 */
#ifndef VTAP_STAT_RECORD_CSV_H
#define VTAP_STAT_RECORD_CSV_H

#include "record.h"
#include "record_config.h"

/* Writes the row of names: `_` stands for each dot, and `@` is left out. */
void record_csv_header(FILE *to);

/* Writes one row. */
void record_csv_write(const struct record_config *config, const struct record *record, FILE *to);

#endif
