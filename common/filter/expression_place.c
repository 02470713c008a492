/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/expression_place.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* libpcap looks names up each time, which may take long: there is no mark then. */
#define LONGEST_NS INT64_C(5000000000)

enum {
	TOKENS_MAX = 512,
	DEPTH_MAX = 16, /* open brackets; more get no mark */
	GOING_ON = 64,	/* bytes of what is put behind a part of an expression */
	CONTEXT = 36	/* bytes in front of the mark, and behind it */
};

static const char syntax[] = "syntax error";

/* A part of the text, from one byte up to another. */
struct part {
	size_t at, end;
};

struct place {
	const char *text;
	char *failure;
	const char *(*compile)(void *arg, const char *text);
	void *arg;
	char *copy;	/* room for the text and what makes a part of it whole */
	int64_t end_ns; /* of CLOCK_MONOTONIC: nothing more is tried then */
	size_t tokens;
	struct part token[TOKENS_MAX];
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Words, numbers and addresses are one token, operators of two characters, too. */
static size_t token_len(const char *text)
{
	static const char operators[] = "()[]!=<>&|+*/%^~";
	size_t len = strcspn(text, "()[]!=<>&|+*/%^~ \t\n\v\f\r");

	if (len > 0 || !*text || !strchr(operators, *text))
		return len;
	return text[1] && strchr("=<>&|", text[1]) && strchr("!=<>&|", text[0]) ? 2 : 1;
}

static bool place_read_tokens(struct place *place)
{
	for (size_t at = 0; place->text[at];) {
		size_t len = token_len(place->text + at);

		if (is_space(place->text[at])) {
			at++;
			continue;
		}
		if (place->tokens == TOKENS_MAX)
			return false;
		place->token[place->tokens++] = (struct part){ at, at + len };
		at += len;
	}
	return true;
}

static bool place_is_late(const struct place *place)
{
	return clock_ns(CLOCK_MONOTONIC) > place->end_ns;
}

/* What libpcap says of the first `tokens` tokens, and more behind them; what it said of all of them
 * if it is late. */
static const char *place_try(const struct place *place, size_t tokens, const char *more)
{
	size_t len = tokens > 0 ? place->token[tokens - 1].end : 0;

	if (place_is_late(place))
		return place->failure;
	memcpy(place->copy, place->text, len);
	stpcpy(place->copy + len, more);
	return place->compile(place->arg, place->copy);
}

/* Writes what closes the brackets that are open behind `tokens` tokens. Returns how many, or -1 if
 * they are too many. */
static int place_open_brackets(const struct place *place, size_t tokens, char closing[DEPTH_MAX])
{
	int depth = 0;

	for (size_t i = 0; i < tokens; i++) {
		char c = place->text[place->token[i].at];

		if (c != '(' && c != '[') {
			depth -= (c == ')' || c == ']') && depth > 0;
			continue;
		}
		if (depth == DEPTH_MAX)
			return -1;
		closing[depth++] = c == '(' ? ')' : ']';
	}
	return depth;
}

/* Goes on with an operand, closes all brackets, and makes a comparison of it behind `compared` of
 * them; -1: of nothing. */
static bool place_goes_on(const struct place *place, size_t tokens, const char *operand,
			  const char *closing, int depth, int compared)
{
	char more[GOING_ON], *end = stpcpy(more, operand);
	const char *failure;

	for (int i = 0; i <= depth; i++) {
		if (i == compared)
			end = stpcpy(end, " = 1");
		if (i < depth)
			*end++ = closing[depth - 1 - i];
	}
	*end = '\0';
	failure = place_try(place, tokens, more);
	return !failure || !strstr(failure, syntax);
}

/* Returns true if an expression may begin with the first `tokens` tokens. libpcap resolves names,
 * so the operand that could be one comes last. */
static bool place_is_beginning(const struct place *place, size_t tokens)
{
	static const char *const operands[] = { "",	  " 1",	      " ip",
						"[0]",	  " 1.2.3.4", " 1:2:3:4:5:6",
						" dst 1", " src 1",   " x" };
	char closing[DEPTH_MAX];
	int depth = place_open_brackets(place, tokens, closing);

	for (size_t i = 0; i < sizeof(operands) / sizeof(*operands); i++)
		for (int compared = -1; compared <= depth; compared++)
			if (place_goes_on(place, tokens, operands[i], closing, depth, compared))
				return true;
	return depth < 0;
}

/* Returns the token that nothing in front of it allows, or the number of tokens if more is missing.
 */
static size_t place_syntax(const struct place *place)
{
	size_t good = 0, bad = place->tokens + 1;

	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;

		if (place_is_beginning(place, middle))
			good = middle;
		else
			bad = middle;
	}
	return bad - 1;
}

/* Returns how many tokens libpcap has to see to say `failure`: 0 if it says that of all
 * expressions. */
static size_t place_first_tokens(const struct place *place, const char *failure)
{
	for (size_t i = 0; i < place->tokens; i++) {
		const char *said = place_try(place, i, "");

		if (said && strcmp(said, failure) == 0)
			return i;
	}
	return place->tokens;
}

/* Finds the word between quotation marks in libpcap's message. Returns its length, or 0. */
static size_t place_quoted(const char *failure, const char **word)
{
	const char *from = strpbrk(failure, "'\""), *end = from ? strchr(from + 1, *from) : NULL;

	if (!end)
		return 0;
	*word = from + 1;
	return (size_t)(end - from) - 1;
}

/* Sets *part to where whole tokens are the word, the last time up to `tokens` tokens. Returns how
 * often they are. */
static unsigned place_find_word(const struct place *place, const char *word, size_t len,
				size_t tokens, struct part *part)
{
	unsigned found = 0;

	for (size_t i = 0; len > 0 && i < tokens; i++) {
		size_t at = place->token[i].at, last = i;

		while (last < tokens && place->token[last].end < at + len)
			last++;
		if (last == tokens || place->token[last].end != at + len ||
		    memcmp(place->text + at, word, len) != 0)
			continue;
		*part = (struct part){ at, at + len };
		found++;
	}
	return found;
}

/* Returns false if no part of the expression is to blame. */
static bool place_find(const struct place *place, struct part *part)
{
	const char *failure = place->failure, *word = NULL;
	size_t len = place_quoted(failure, &word), tokens;

	if (strstr(failure, syntax)) {
		tokens = place_syntax(place);
		*part = tokens < place->tokens
				? place->token[tokens]
				: (struct part){ strlen(place->text), strlen(place->text) };
		return true;
	}
	if (place_find_word(place, word, len, place->tokens, part) == 1)
		return true;
	tokens = place_first_tokens(place, failure);
	if (tokens == 0)
		return false;
	if (place_find_word(place, word, len, tokens, part) == 0)
		*part = place->token[tokens - 1];
	return true;
}

/* Returns where an excerpt begins or ends that reaches a number of bytes from `at`; characters of
 * UTF-8 stay whole. */
static size_t cut_back(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static void place_write(const struct place *place, const struct part *part, char *message,
			size_t size)
{
	const char *text = place->text, *colon = strstr(place->failure, ": ");
	const char *failure = strstr(place->failure, syntax) && colon ? colon + 2 : place->failure;
	size_t len = strlen(text);
	size_t from = part->at > CONTEXT ? cut_back(text, part->at - CONTEXT) : 0;
	size_t to = len - part->end > CONTEXT ? cut_back(text, part->end + CONTEXT) : len;

	if (part->at == len)
		snprintf(message, size, "%s, more is expected at the end: %s%s", failure,
			 from > 0 ? "..." : "", text + from);
	else
		snprintf(message, size, "%s: %s%.*s>>>%.*s<<<%.*s%s", failure,
			 from > 0 ? "..." : "", (int)(part->at - from), text + from,
			 (int)(part->end - part->at), text + part->at, (int)(to - part->end),
			 text + part->end, to < len ? "..." : "");
}

void expression_place(const char *text, const char *failure,
		      const char *(*compile)(void *arg, const char *text), void *arg, char *message,
		      size_t size)
{
	struct place *place = calloc(1, sizeof(*place));
	struct part part;

	snprintf(message, size, "%s", failure);
	if (!place)
		return;
	place->copy = malloc(strlen(text) + GOING_ON);
	place->failure = strdup(failure);
	place->text = text;
	place->compile = compile;
	place->arg = arg;
	place->end_ns = clock_ns(CLOCK_MONOTONIC) + LONGEST_NS;
	if (place->copy && place->failure && place_read_tokens(place) && place_find(place, &part) &&
	    !place_is_late(place))
		place_write(place, &part, message, size);
	free(place->copy);
	free(place->failure);
	free(place);
}
