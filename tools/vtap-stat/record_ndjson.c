/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_ndjson.h"

#include "base/json.h"
#include "record_fields.h"

enum { WORD_SIZE = 32 }; /* bytes of a word between the dots of a name, with its NUL */

/* Which object is open: the front of the last field's name, up to its last dot. */
struct record_ndjson {
	struct json json;
	const char *name;
	size_t open;
};

/* How much of two names is the same objects, with the dot behind the last. */
static size_t same_objects(const char *one, size_t one_len, const char *other)
{
	size_t same = 0;

	for (size_t i = 0; i < one_len && one[i] == other[i]; i++)
		if (one[i] == '.')
			same = i + 1;
	return same;
}

static void close_objects(struct record_ndjson *ndjson, size_t from)
{
	for (size_t i = from; i < ndjson->open; i++)
		if (ndjson->name[i] == '.')
			json_object_end(&ndjson->json);
	ndjson->open = from;
}

/* Returns what stands behind the last dot of the name, in an object that is open. */
static const char *open_objects(struct record_ndjson *ndjson, const char *name)
{
	const char *dot;

	close_objects(ndjson, same_objects(ndjson->name, ndjson->open, name));
	ndjson->name = name;
	while ((dot = strchr(name + ndjson->open, '.'))) {
		size_t len = (size_t)(dot - name) - ndjson->open;
		char word[WORD_SIZE] = { 0 };

		/* Names are those of the table: a test opens them all. */
		memcpy(word, name + ndjson->open, len < WORD_SIZE ? len : WORD_SIZE - 1);
		json_object(&ndjson->json, word);
		ndjson->open += len + 1;
	}
	return name + ndjson->open;
}

static void put_value(struct json *json, const char *name, enum record_kind kind,
		      const struct record_value *value)
{
	const char *text = (const char *)value->text.data;

	switch (kind) {
	case RECORD_TEXT:
		json_string(json, name, text, value->text.len);
		break;
	case RECORD_WORD:
		json_array(json, name);
		json_string(json, NULL, text, value->text.len);
		json_array_end(json);
		break;
	case RECORD_NUMBER:
		json_number(json, name, value->number);
		break;
	case RECORD_TIME:
		json_time(json, name, value->time_ns);
		break;
	case RECORD_BOOL:
		json_bool(json, name, value->truth);
		break;
	}
}

void record_ndjson_write(const struct record_config *config, const struct record *record, FILE *to)
{
	struct record_ndjson ndjson = { .name = "" };
	struct record_value value;

	json_init(&ndjson.json, to);
	json_object(&ndjson.json, NULL);
	for (unsigned i = 0; i < record_field_count; i++) {
		const struct record_field *field = &record_fields[i];

		if (record_fields_get(field, config, record, &value))
			put_value(&ndjson.json, open_objects(&ndjson, field->name), field->kind,
				  &value);
	}
	close_objects(&ndjson, 0);
	json_object_end(&ndjson.json);
	putc_unlocked('\n', to);
}
