/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_csv.h"

#include "base/digits.h"
#include "base/moment.h"
#include "base/utf8.h"
#include "record_fields.h"

enum {
	CSV_BLOCK = 1024,
	NS_PER_S = 1000000000,
	NS_DIGITS = 9,
	DECIMALS = 20, /* where they begin in what moment_write() writes */
};

/* What is collected for the stream: most texts are of a few bytes. */
struct csv {
	FILE *to;
	size_t used;
	int64_t second;		/* of `time`, since 1970 */
	char time[MOMENT_TEXT]; /* the last one that was put; empty at first */
	char bytes[CSV_BLOCK];
};

static void csv_begin(struct csv *csv, FILE *to)
{
	csv->to = to;
	csv->used = 0;
	csv->time[0] = '\0';
}

static void csv_flush(struct csv *csv)
{
	fwrite_unlocked(csv->bytes, 1, csv->used, csv->to);
	csv->used = 0;
}

/* Returns where so many bytes fit, at most CSV_BLOCK. */
static char *csv_room(struct csv *csv, size_t len)
{
	if (len > CSV_BLOCK - csv->used)
		csv_flush(csv);
	return csv->bytes + csv->used;
}

static void csv_char(struct csv *csv, char c)
{
	*csv_room(csv, 1) = c;
	csv->used++;
}

static void csv_put(struct csv *csv, const void *bytes, size_t len)
{
	if (len > CSV_BLOCK) {
		csv_flush(csv);
		fwrite_unlocked(bytes, 1, len, csv->to);
		return;
	}
	memcpy(csv_room(csv, len), bytes, len);
	csv->used += len;
}

static void csv_word(struct csv *csv, const char *word)
{
	csv_put(csv, word, strlen(word));
}

/* Which bytes make a text stand in quotes (section 2, rule 6), and which are no ASCII. */
enum csv_kind { CSV_PLAIN, CSV_QUOTED, CSV_WIDE };

static const uint8_t csv_kinds[256] = {
	[','] = CSV_QUOTED,  ['"'] = CSV_QUOTED,	 ['\r'] = CSV_QUOTED,
	['\n'] = CSV_QUOTED, [0x80 ... 0xff] = CSV_WIDE,
};

static bool needs_quotes(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (csv_kinds[text.data[i]] == CSV_QUOTED)
			return true;
	return false;
}

/* Most texts hold nothing but ASCII that stays as it is. Puts such a text; returns false, with
 * nothing put, for any other. */
static bool csv_put_plain(struct csv *csv, struct span text)
{
	char *to;

	if (text.len > CSV_BLOCK)
		return false;
	to = csv_room(csv, text.len);
	for (size_t i = 0; i < text.len; i++) {
		if (csv_kinds[text.data[i]] != CSV_PLAIN)
			return false;
		to[i] = (char)text.data[i];
	}
	csv->used += text.len;
	return true;
}

/* Returns how many bytes at the front of a text are ASCII and no quote: these stay as they are. */
static size_t csv_ascii(struct span text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] < 0x80 && text.data[len] != '"')
		len++;
	return len;
}

/* Bytes that are not UTF-8 become U+FFFD, as in JSON; a quote is doubled (rule 7). Returns how many
 * bytes of the text it took. */
static size_t csv_put_wide(struct csv *csv, struct span text)
{
	size_t len = utf8_len(text.data, text.len);

	if (*text.data == '"')
		csv_char(csv, '"');
	if (len > 0)
		csv_put(csv, text.data, len);
	else
		csv_word(csv, "\xef\xbf\xbd");
	return len ? len : 1;
}

static void csv_text(struct csv *csv, struct span text)
{
	bool quotes;

	if (csv_put_plain(csv, text))
		return;
	quotes = needs_quotes(text);
	if (quotes)
		csv_char(csv, '"');
	while (text.len > 0) {
		size_t len = csv_ascii(text);

		csv_put(csv, text.data, len);
		text = span_from(text, len);
		if (text.len > 0)
			text = span_from(text, csv_put_wide(csv, text));
	}
	if (quotes)
		csv_char(csv, '"');
}

static void csv_number(struct csv *csv, uint64_t number)
{
	char *to;

	if (number < 10) { /* as most counters are */
		csv_char(csv, (char)('0' + number));
		return;
	}
	to = csv_room(csv, DIGITS_MAX);
	csv->used += (size_t)(digits_put(to, number) - to);
}

/* The times of a record are often within one second: only the decimals differ then. */
static void csv_time(struct csv *csv, int64_t time_ns)
{
	int64_t part = time_ns % NS_PER_S, second = time_ns / NS_PER_S - (part < 0);

	if (!csv->time[0] || second != csv->second)
		moment_write(time_ns, csv->time);
	else
		digits_put_fixed(csv->time + DECIMALS,
				 (uint64_t)(part < 0 ? part + NS_PER_S : part), NS_DIGITS);
	csv->second = second;
	csv_put(csv, csv->time, DECIMALS + NS_DIGITS + 1);
}

static void csv_value(struct csv *csv, enum record_kind kind, const struct record_value *value)
{
	switch (kind) {
	case RECORD_TEXT:
	case RECORD_WORD:
		csv_text(csv, value->text);
		break;
	case RECORD_NUMBER:
		csv_number(csv, value->number);
		break;
	case RECORD_TIME:
		csv_time(csv, value->time_ns);
		break;
	case RECORD_BOOL:
		csv_word(csv, value->truth ? "true" : "false");
		break;
	}
}

void record_csv_header(FILE *to)
{
	struct csv csv;

	csv_begin(&csv, to);
	for (unsigned i = 0; i < record_field_count; i++) {
		if (i > 0)
			csv_char(&csv, ',');
		for (const char *c = record_fields[i].name; *c; c++)
			if (*c != '@')
				csv_char(&csv, (char)(*c == '.' ? '_' : *c));
	}
	csv_word(&csv, "\r\n");
	csv_flush(&csv);
}

void record_csv_write(const struct record_config *config, const struct record *record, FILE *to)
{
	struct record_value value;
	struct csv csv;

	csv_begin(&csv, to);
	for (unsigned i = 0; i < record_field_count; i++) {
		if (i > 0)
			csv_char(&csv, ',');
		if (record_fields_get(&record_fields[i], config, record, &value))
			csv_value(&csv, record_fields[i].kind, &value);
	}
	csv_word(&csv, "\r\n");
	csv_flush(&csv);
}
