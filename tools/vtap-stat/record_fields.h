/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of a record: names of the Elastic Common Schema
 * (https://www.elastic.co/docs/reference/ecs) and our own below `vtap`, in one table, from which
 * record_ndjson.c and record_csv.c are both made. docs/records.md describes each.
 */
#ifndef VTAP_STAT_RECORD_FIELDS_H
#define VTAP_STAT_RECORD_FIELDS_H

#include "record.h"
#include "record_config.h"

/* Which member of union record_value a field has. */
enum record_kind {
	RECORD_TEXT,
	RECORD_WORD, /* text; in JSON an array of this one, as ECS wants it */
	RECORD_NUMBER,
	RECORD_TIME, /* nanoseconds since 1970 */
	RECORD_BOOL,
};

enum { RECORD_SCRATCH = 64 }; /* bytes of the texts that are made here, with their NUL */

struct record_value {
	struct span text; /* lives as long as the record and this struct */
	uint64_t number;
	int64_t time_ns;
	bool truth;
	char scratch[RECORD_SCRATCH];
};

struct record_field {
	const char *name; /* with dots between the objects of JSON */
	enum record_kind kind;
	/* Fills *value and returns true; false if the record has no such value. */
	bool (*get)(const struct record_field *field, const struct record_config *config,
		    const struct record *record, struct record_value *value);
	uint16_t at; /* of counters: where in struct counts */
	uint8_t end; /* 0: of the source; 1: of the destination */
	bool tcp;    /* absent where flows are not followed (--no-flows) */
};

/*
 * All fields. A new one belongs at the end, for the columns of csv keep their places; fields of an
 * object of JSON stand together all the same (record_fields_test in tests/unit/vtap-stat).
 */
extern const struct record_field record_fields[];
extern const unsigned record_field_count;

/* Fills *value. Returns false if the record has no value for a field. */
bool record_fields_get(const struct record_field *field, const struct record_config *config,
		       const struct record *record, struct record_value *value);

/*
 * Returns the text of a part of the key by the name of its kind, which is len 0 if --by does not
 * have that kind or the record's packets have no such part.
 */
struct span record_fields_part(const struct record_config *config, const struct record *record,
			       const char *kind);

#endif
