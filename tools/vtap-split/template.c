/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/moment.h"
#include "key/shorten.h"

enum token_kind { TOKEN_LITERAL, TOKEN_KEY, TOKEN_PART, TOKEN_N, TOKEN_START, TOKEN_END };

/*
 * File systems allow names of 255 bytes. What may be added to a name: two bytes by hide_tmp(), five
 * by template_vary(), and behind that ".pcapng.tmp" by a sink, from which a later run may make
 * ".abandoned-9999.pcapng". A template that leaves a key less than LIMIT_MIN bytes is an error.
 */
#define TEMPLATE_ADDED "%2E-9999.abandoned-9999.pcapng"
enum { COMPONENT_MAX = 255 - (sizeof(TEMPLATE_ADDED) - 1), LIMIT_MIN = 40 };

/* A number has 20 digits at most, and stands behind `unfinished-` in {end}. Keys are not counted.
 */
static size_t token_size_max(const struct template_token *token)
{
	switch (token->kind) {
	case TOKEN_LITERAL:
		return token->len;
	case TOKEN_KEY:
	case TOKEN_PART:
		return 0;
	case TOKEN_N:
		return 20;
	default:
		return 31;
	}
}

static bool add_token(struct name_template *tmpl, enum token_kind kind, const char *text,
		      size_t len, struct error *err)
{
	if (len == 0)
		return true;
	if (tmpl->count == TEMPLATE_TOKENS)
		return error_usage(err, "-w: more than %d pieces", TEMPLATE_TOKENS);
	tmpl->token[tmpl->count++] =
		(struct template_token){ .kind = (uint8_t)kind, .text = text, .len = len };
	return true;
}

/* Literals are split at slashes, so that each token belongs to one component of the path. */
static bool add_literal(struct name_template *tmpl, const char *text, size_t len, struct error *err)
{
	const char *slash;

	while ((slash = memchr(text, '/', len))) {
		size_t head = (size_t)(slash - text) + 1;

		if (!add_token(tmpl, TOKEN_LITERAL, text, head, err))
			return false;
		text += head;
		len -= head;
	}
	return add_token(tmpl, TOKEN_LITERAL, text, len, err);
}

static bool is_word(const char *name, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(name, word, len) == 0;
}

static bool add_name(struct name_template *tmpl, const char *name, size_t len,
		     const struct key_spec *spec, struct error *err)
{
	int part = key_find(spec, name, len);
	enum token_kind kind;

	if (part >= 0)
		kind = TOKEN_PART;
	else if (is_word(name, len, "key"))
		kind = TOKEN_KEY;
	else if (is_word(name, len, "n"))
		kind = TOKEN_N;
	else if (is_word(name, len, "start"))
		kind = TOKEN_START;
	else if (is_word(name, len, "end"))
		kind = TOKEN_END;
	else if (key_known(name, len))
		return error_usage(err, "-w: {%.*s} is not in --by", (int)len, name);
	else
		return error_usage(err,
				   "-w: unknown {%.*s}: expected {key}, a key of --by, {n}, "
				   "{start} or {end}",
				   (int)len, name);
	tmpl->has_n |= kind == TOKEN_N;
	tmpl->has_start |= kind == TOKEN_START;
	tmpl->has_end |= kind == TOKEN_END;
	if (!add_token(tmpl, kind, name, len, err))
		return false;
	tmpl->token[tmpl->count - 1].part = part < 0 ? 0 : (unsigned)part;
	return true;
}

static bool template_tokenize(struct name_template *tmpl, const char *text,
			      const struct key_spec *spec, struct error *err)
{
	while (*text) {
		size_t len = strcspn(text, "{");
		const char *end;

		if (!add_literal(tmpl, text, len, err))
			return false;
		text += len;
		if (!*text)
			break;
		end = strchr(text, '}');
		if (!end)
			return error_usage(err, "-w: '{' without '}'");
		if (!add_name(tmpl, text + 1, (size_t)(end - text) - 1, spec, err))
			return false;
		text = end + 1;
	}
	return true;
}

/* Two keys that differ in a part that is not in the name would share a file. */
static bool tells_apart(const struct name_template *tmpl, const struct key_spec *spec)
{
	uint32_t shown = 0;

	for (unsigned i = 0; i < tmpl->count; i++) {
		if (tmpl->token[i].kind == TOKEN_KEY)
			return true;
		if (tmpl->token[i].kind == TOKEN_PART)
			shown |= 1U << tmpl->token[i].part;
	}
	return shown == (1U << spec->count) - 1;
}

static bool ends_component(const struct template_token *token)
{
	return token->kind == TOKEN_LITERAL && token->text[token->len - 1] == '/';
}

size_t template_trusted(const struct name_template *tmpl)
{
	size_t len = 0;

	for (unsigned i = 0; i < tmpl->count; i++) {
		if (tmpl->token[i].kind != TOKEN_LITERAL || !ends_component(&tmpl->token[i]))
			break;
		len += tmpl->token[i].len;
	}
	return len;
}

/* Keys share what the rest of their component leaves, so that no packet makes a name too long. */
static bool share_out(struct name_template *tmpl, struct error *err)
{
	size_t fixed = 0, keys = 0;

	tmpl->limit = TEMPLATE_KEY_LIMIT;
	for (unsigned i = 0; i < tmpl->count; i++) {
		const struct template_token *token = &tmpl->token[i];

		fixed += token_size_max(token);
		keys += token->kind == TOKEN_KEY || token->kind == TOKEN_PART;
		if (!ends_component(token) && i + 1 < tmpl->count)
			continue;
		if (fixed + keys * LIMIT_MIN > COMPONENT_MAX)
			return error_usage(err, "-w: the name is too long");
		if (keys > 0 && (COMPONENT_MAX - fixed) / keys < tmpl->limit)
			tmpl->limit = (COMPONENT_MAX - fixed) / keys;
		fixed = keys = 0;
	}
	return true;
}

/* Counts the longest path that packets can make. */
static bool fits_path(const struct name_template *tmpl, struct error *err)
{
	size_t most = sizeof(TEMPLATE_ADDED);

	for (unsigned i = 0; i < tmpl->count; i++)
		most += tmpl->token[i].kind == TOKEN_LITERAL ? tmpl->token[i].len
							     : TEMPLATE_KEY_LIMIT;
	return most <= TEMPLATE_NAME_SIZE ||
	       error_usage(err, "-w: the name may become longer than %d bytes", TEMPLATE_NAME_SIZE);
}

static bool ends_with(const char *text, const char *ending)
{
	size_t n = strlen(text), e = strlen(ending);

	return n >= e && strcmp(text + n - e, ending) == 0;
}

/*
 * Returns the byte of a literal that sets the parts beside it apart, or 0. Best is one that no part
 * has unencoded. Of the others those will do whose encoding leaves addresses readable.
 */
static char template_separator(const struct template_token *literal)
{
	char found = '\0';

	for (size_t i = 0; i < literal->len; i++) {
		char c = literal->text[i];

		if (c == '%' || c == '~') /* they stand in parts: encoded bytes and hashes */
			continue;
		if (!key_text_is_plain(c, true) && c != ':')
			return c;
		if (strchr("-_,+=", c))
			found = c;
	}
	return found;
}

/* Where {key} is in the name, it tells keys apart alone. */
static bool template_separate(struct name_template *tmpl, struct error *err)
{
	const struct template_token *last = NULL;
	char between = '\0';
	size_t count = 0;

	for (unsigned i = 0; i < tmpl->count; i++)
		if (tmpl->token[i].kind == TOKEN_KEY)
			return true;
	for (unsigned i = 0; i < tmpl->count; i++) {
		const struct template_token *token = &tmpl->token[i];

		if (token->kind == TOKEN_LITERAL &&
		    (!between || key_text_is_plain(between, true))) {
			char separator = template_separator(token);

			if (separator)
				between = separator;
		}
		if (token->kind != TOKEN_PART)
			continue;
		if (last && !between)
			return error_usage(err,
					   "-w: different keys could have one name: expected / or "
					   "one of -_,+= between {%.*s} and {%.*s}",
					   (int)last->len, last->text, (int)token->len,
					   token->text);
		if (last && !strchr(tmpl->separators, between))
			tmpl->separators[count++] = between;
		last = token;
		between = '\0';
	}
	return true;
}

bool template_parse(struct name_template *tmpl, const char *text, const struct key_spec *spec,
		    bool portable, struct error *err)
{
	*tmpl = (struct name_template){ .portable = portable };
	if (strcmp(text, "-") == 0)
		return error_usage(err, "-w -: many files do not go to standard output: expected a "
					"name with {key} in it");
	if (ends_with(text, "/"))
		return error_usage(err, "-w: '%s' names a directory: expected %s{key}.pcapng", text,
				   text);
	if (ends_with(text, ".tmp"))
		return error_usage(err, "-w: names that end in .tmp are for unfinished files");
	if (!template_tokenize(tmpl, text, spec, err))
		return false;
	if (!tells_apart(tmpl, spec))
		return error_usage(
			err, "-w: different keys would share a name: expected {key}, or every "
			     "key of --by as {NAME}");
	return template_separate(tmpl, err) && fits_path(tmpl, err) && share_out(tmpl, err);
}

static size_t put_part(const struct name_template *tmpl, const char *raw, char *to)
{
	char text[KEY_TEXT_ENCODED_SIZE];

	return shorten(to, text, key_text_encode(raw, tmpl->portable, tmpl->separators, text),
		       tmpl->limit);
}

static size_t put_time(int64_t time_ns, char *to)
{
	moment_write_basic(time_ns, to);
	return MOMENT_BASIC_LEN;
}

static size_t put_token(const struct name_template *tmpl, const struct template_token *token,
			const struct template_values *values, char *to)
{
	switch (token->kind) {
	case TOKEN_LITERAL:
		memcpy(to, token->text, token->len);
		return token->len;
	case TOKEN_KEY:
		return key_text_join(values->key, tmpl->portable, tmpl->limit, to);
	case TOKEN_PART:
		return put_part(tmpl, values->key->part[token->part], to);
	case TOKEN_N:
		return (size_t)sprintf(to, "%" PRIu64, values->n);
	case TOKEN_START:
		return put_time(values->start_ns, to);
	default:
		if (values->ended)
			return put_time(values->end_ns, to);
		return (size_t)sprintf(to, "unfinished-%" PRIu64, values->serial);
	}
}

/* Tokens may end in `.tmp` together although none of them does. */
static void hide_tmp(char *name, size_t len)
{
	if (ends_with(name, ".tmp"))
		memcpy(name + len - 4, "%2Etmp", sizeof("%2Etmp"));
}

void template_expand(const struct name_template *tmpl, const struct template_values *values,
		     char name[TEMPLATE_NAME_SIZE])
{
	size_t len = 0;

	for (unsigned i = 0; i < tmpl->count; i++)
		len += put_token(tmpl, &tmpl->token[i], values, name + len);
	name[len] = '\0';
	hide_tmp(name, len);
}

/* Returns the length of what the template itself has at the end of every name: ".pcap.gz". */
static size_t template_ending(const struct name_template *tmpl)
{
	const struct template_token *last = &tmpl->token[tmpl->count - 1];
	const char *end = last->text + last->len, *dot = end;
	bool packed = ends_with(last->text, ".gz") || ends_with(last->text, ".zst");

	if (last->kind != TOKEN_LITERAL)
		return 0;
	for (unsigned dots = 0; dot > last->text && dots < 1U + packed;)
		dots += *--dot == '.';
	return *dot == '.' ? (size_t)(end - dot) : 0;
}

void template_vary(const struct name_template *tmpl, const char *name, unsigned number,
		   char varied[TEMPLATE_NAME_SIZE])
{
	size_t ending = template_ending(tmpl), len = strlen(name);

	snprintf(varied, TEMPLATE_NAME_SIZE, "%.*s-%u%s", (int)(len - ending), name, number,
		 name + len - ending);
}

void template_folder(const struct name_template *tmpl, char folder[TEMPLATE_NAME_SIZE])
{
	size_t len = 0;

	for (unsigned i = 0;
	     i < tmpl->count && tmpl->token[i].kind == TOKEN_LITERAL &&
	     ends_component(&tmpl->token[i]) && len + tmpl->token[i].len < TEMPLATE_NAME_SIZE;
	     i++) {
		memcpy(folder + len, tmpl->token[i].text, tmpl->token[i].len);
		len += tmpl->token[i].len;
	}
	folder[len] = '\0';
	if (len == 0)
		memcpy(folder, "./", sizeof("./"));
}
