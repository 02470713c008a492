/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 16 }; /* of values within values; a line that goes deeper is no log line */

/* The bytes that are left of a line. */
struct text {
	const char *at, *end;
};

static char rclone_log_peek(const struct text *text)
{
	if (text->at == text->end)
		return '\0';
	return *text->at;
}

static void rclone_log_skip_space(struct text *text)
{
	while (text->at < text->end && strchr(" \t\r\n", *text->at) && *text->at)
		text->at++;
}

/* Takes a byte and the spaces around it. Returns false if another one stands there. */
static bool rclone_log_take(struct text *text, char byte)
{
	rclone_log_skip_space(text);
	if (text->at >= text->end || *text->at != byte)
		return false;
	text->at++;
	rclone_log_skip_space(text);
	return true;
}

/* Where a string is copied to; bytes that find no room are left out. */
struct copy {
	char *to;
	size_t size, len;
};

/* A character goes as a whole or not at all, and after one that did not go none does. */
static void rclone_log_put(struct copy *copy, const char *bytes, size_t len)
{
	if (copy->size == 0 || copy->len + len >= copy->size) {
		copy->size = 0;
		return;
	}
	memcpy(copy->to + copy->len, bytes, len);
	copy->len += len;
	copy->to[copy->len] = '\0';
}

static bool rclone_log_take_hex(struct text *text, unsigned *value)
{
	*value = 0;
	for (unsigned i = 0; i < 4; i++, text->at++) {
		char digit = rclone_log_peek(text);

		if (digit >= '0' && digit <= '9')
			*value = *value << 4 | (unsigned)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			*value = *value << 4 | (unsigned)((digit | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* Half a surrogate pair is no character: U+FFFD stands for it, as RFC 8259, 8.2, allows. */
static bool rclone_log_take_surrogate(struct text *text, unsigned *code)
{
	struct text rest = *text;
	unsigned low;

	if (*code < 0xdc00 && rest.end - rest.at > 2 && rest.at[0] == '\\' && rest.at[1] == 'u') {
		rest.at += 2;
		if (!rclone_log_take_hex(&rest, &low))
			return false;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
			*text = rest;
			return true;
		}
	}
	*code = 0xfffd;
	return true;
}

static void rclone_log_put_code(struct copy *copy, unsigned code)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	/* A NUL would end what follows. */
	if (code == 0) {
		rclone_log_put(copy, "?", 1);
		return;
	}
	for (size_t i = len; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(first[len] | code);
	rclone_log_put(copy, bytes, len);
}

static bool rclone_log_take_escape(struct text *text, struct copy *copy)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char name = rclone_log_peek(text);
	const char *known = name ? strchr(names, name) : NULL;
	unsigned code;

	if (text->at < text->end)
		text->at++;
	if (known) {
		rclone_log_put(copy, &meant[known - names], 1);
		return true;
	}
	if (name != 'u' || !rclone_log_take_hex(text, &code))
		return false;
	if (code >= 0xd800 && code <= 0xdfff && !rclone_log_take_surrogate(text, &code))
		return false;
	rclone_log_put_code(copy, code);
	return true;
}

/* A byte that is no UTF-8, or a NUL, becomes a question mark. */
static void rclone_log_take_character(struct text *text, struct copy *copy)
{
	size_t len = utf8_len((const uint8_t *)text->at, (size_t)(text->end - text->at));

	if (len == 0 || !*text->at)
		rclone_log_put(copy, "?", 1);
	else
		rclone_log_put(copy, text->at, len);
	text->at += len ? len : 1;
}

static bool rclone_log_take_string(struct text *text, struct copy *copy)
{
	if (rclone_log_peek(text) != '"')
		return false;
	for (text->at++; text->at < text->end && *text->at != '"';) {
		if (*text->at != '\\') {
			rclone_log_take_character(text, copy);
			continue;
		}
		text->at++;
		if (!rclone_log_take_escape(text, copy))
			return false;
	}
	return text->at++ < text->end;
}

static bool rclone_log_skip_string(struct text *text)
{
	struct copy none = { 0 };

	return rclone_log_take_string(text, &none);
}

/* Takes a number, true, false or null: no value of these is needed but whole numbers. */
static bool rclone_log_take_word(struct text *text, uint64_t *number)
{
	const char *from = text->at;
	char word[32] = "";
	size_t len;

	while (text->at < text->end && *text->at &&
	       strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *text->at))
		text->at++;
	len = (size_t)(text->at - from);
	if (len == 0 || len >= sizeof(word))
		return false;
	memcpy(word, from, len);
	*number = *word >= '0' && *word <= '9' ? strtoull(word, NULL, 10) : 0;
	return true;
}

/*
 * Skips a value of any kind. Objects and arrays are not told from each other: only where they end
 * matters, and what rclone writes is JSON. It does not call itself, so that depth costs nothing.
 */
static bool rclone_log_skip_value(struct text *text)
{
	unsigned depth = 0;
	uint64_t number;

	do {
		char byte;

		rclone_log_skip_space(text);
		byte = rclone_log_peek(text);
		if (byte == '{' || byte == '[') {
			text->at++;
			if (++depth > DEPTH_MAX)
				return false;
		} else if (depth > 0 && (byte == '}' || byte == ']')) {
			text->at++;
			depth--;
		} else if (depth > 0 && (byte == ',' || byte == ':')) {
			text->at++;
		} else if (byte == '"' ? !rclone_log_skip_string(text)
				       : !rclone_log_take_word(text, &number)) {
			return false;
		}
	} while (depth > 0);
	return true;
}

/* Takes the name of the next member and the colon behind it. Returns false at the end of the object
 * (*end is true) or if it is none (*end is false). */
static bool rclone_log_next_member(struct text *text, bool first, char *name, size_t size,
				   bool *end)
{
	struct copy copy = { .to = name, .size = size };

	*name = '\0';
	*end = rclone_log_take(text, '}');
	if (*end || (!first && !rclone_log_take(text, ',')))
		return false;
	return rclone_log_take_string(text, &copy) && rclone_log_take(text, ':');
}

static bool rclone_log_take_stats(struct text *text, struct rclone_log *log)
{
	const struct {
		const char *name;
		uint64_t *value;
	} counts[] = { { "bytes", &log->bytes },
		       { "transfers", &log->transfers },
		       { "checks", &log->checks },
		       { "errors", &log->errors } };
	char name[16];
	bool end = false;

	if (!rclone_log_take(text, '{'))
		return false;
	log->has_stats = true;
	for (bool first = true; rclone_log_next_member(text, first, name, sizeof(name), &end);
	     first = false) {
		uint64_t *value = NULL;

		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			if (strcmp(name, counts[i].name) == 0)
				value = counts[i].value;
		if (value ? !rclone_log_take_word(text, value) : !rclone_log_skip_value(text))
			return false;
	}
	return end;
}

static enum rclone_log_level rclone_log_level_of(const char *name)
{
	static const struct {
		const char *name;
		enum rclone_log_level level;
	} levels[] = { { "debug", RCLONE_LOG_DEBUG },	 { "info", RCLONE_LOG_INFO },
		       { "warning", RCLONE_LOG_NOTICE }, { "notice", RCLONE_LOG_NOTICE },
		       { "fatal", RCLONE_LOG_FATAL },	 { "critical", RCLONE_LOG_FATAL } };

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (strcmp(name, levels[i].name) == 0)
			return levels[i].level;
	return RCLONE_LOG_ERROR;
}

static bool rclone_log_take_member(struct text *text, const char *name, struct rclone_log *log)
{
	char level[16] = "";
	struct copy to = { 0 };

	if (strcmp(name, "msg") == 0)
		to = (struct copy){ .to = log->message, .size = sizeof(log->message) };
	else if (strcmp(name, "object") == 0)
		to = (struct copy){ .to = log->object, .size = sizeof(log->object) };
	else if (strcmp(name, "level") == 0)
		to = (struct copy){ .to = level, .size = sizeof(level) };
	else if (strcmp(name, "stats") == 0 && rclone_log_peek(text) == '{')
		return rclone_log_take_stats(text, log);
	if (!to.to || rclone_log_peek(text) != '"')
		return rclone_log_skip_value(text);
	*to.to = '\0';
	if (!rclone_log_take_string(text, &to))
		return false;
	if (to.to == level)
		log->level = rclone_log_level_of(level);
	return true;
}

static bool rclone_log_take_object(struct text *text, struct rclone_log *log)
{
	char name[16];
	bool end = false;

	rclone_log_take(text, '{');
	for (bool first = true; rclone_log_next_member(text, first, name, sizeof(name), &end);
	     first = false)
		if (!rclone_log_take_member(text, name, log))
			return false;
	return end && text->at == text->end;
}

/* `2026/12/01 00:23:28 ERROR : f1: text` or `2026/12/01 00:23:28 Failed to copy: text`. */
static void rclone_log_take_plain(struct text *text, struct rclone_log *log)
{
	static const struct {
		char name[9];
		enum rclone_log_level level;
	} levels[] = { { "DEBUG : ", RCLONE_LOG_DEBUG },
		       { "INFO  : ", RCLONE_LOG_INFO },
		       { "NOTICE: ", RCLONE_LOG_NOTICE },
		       { "ERROR : ", RCLONE_LOG_ERROR } };
	struct copy copy = { .to = log->message, .size = sizeof(log->message) };
	static const char time[] = "0000/00/00 00:00:00 ";
	size_t i = 0;

	while (i < sizeof(time) - 1 && text->at + i < text->end &&
	       (time[i] == '0' ? text->at[i] >= '0' && text->at[i] <= '9' : text->at[i] == time[i]))
		i++;
	if (i == sizeof(time) - 1)
		text->at += i;
	log->level = RCLONE_LOG_FATAL;
	for (i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		if (text->end - text->at < 8 || memcmp(text->at, levels[i].name, 8) != 0)
			continue;
		log->level = levels[i].level;
		text->at += 8;
		break;
	}
	while (text->at < text->end)
		rclone_log_take_character(text, &copy);
}

/* Messages of stores have lines of their own, and perhaps bytes that a terminal obeys. */
static void rclone_log_make_one_line(char *text)
{
	size_t len = 0;

	for (const char *from = text; *from; from++) {
		bool space = strchr(" \t\r\n", *from) != NULL;

		if (!space)
			text[len++] = *from;
		else if (len > 0 && text[len - 1] != ' ')
			text[len++] = ' ';
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	printable(text);
}

bool rclone_log_parse(const char *line, size_t len, struct rclone_log *log)
{
	struct text text = { line, line + len };

	*log = (struct rclone_log){ .level = RCLONE_LOG_ERROR };
	rclone_log_skip_space(&text);
	if (text.at == text.end)
		return false;
	if (*text.at != '{')
		rclone_log_take_plain(&text, log);
	else if (!rclone_log_take_object(&text, log)) {
		*log = (struct rclone_log){ 0 };
		return false;
	}
	rclone_log_make_one_line(log->message);
	printable(log->object);
	return true;
}
