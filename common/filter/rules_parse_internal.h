/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to filter/rules_parse*.c: lines of rules, and the words in them. */
#ifndef VTAP_FILTER_RULES_PARSE_INTERNAL_H
#define VTAP_FILTER_RULES_PARSE_INTERNAL_H

#include "filter/rules_internal.h"
#include "host/services.h"

enum { RULES_PORT_MAX = 65535 };

enum clause {
	CLAUSE_DIRECTION,
	CLAUSE_PROTOCOL,
	CLAUSE_FROM,
	CLAUSE_TO,
	CLAUSE_SPORT,
	CLAUSE_DPORT,
	CLAUSE_NETWORK, /* host or net, of either end */
	CLAUSE_PORT,	/* port or portrange, of either end */
	CLAUSE_VLAN,
	CLAUSE_TYPE,
	CLAUSE_CODE,
	CLAUSES,
};

struct rules_word {
	const char *text;
	size_t len;    /* bytes; 0 at the end of the line */
	size_t column; /* from 1 */
};

/* A line that is being parsed. */
struct rules_line {
	const char *text;
	size_t len;
	size_t at;		/* offset behind the last word that was read */
	size_t error_column;	/* where *err is, from 1 */
	size_t column[CLAUSES]; /* column of each clause; 0 if the line does not have it */
	struct rule rule;
	struct network network;		 /* of CLAUSE_NETWORK */
	struct range port;		 /* of CLAUSE_PORT */
	const struct services *services; /* names of ports; may be NULL */
	struct error *err;
};

/* Reads the next word of a line. It stays valid as long as the text of the line. */
struct rules_word rules_parse_next_word(struct rules_line *line);

/* Returns true if a word is name. */
bool rules_parse_word_is(const struct rules_word *word, const char *name);

/* Returns true, with *value set, if all of text is a decimal number up to max. */
bool rules_parse_number(const char *text, size_t len, uint32_t max, uint32_t *value);

/* Returns true, with *range set, if a word is a number or a range A-B up to max. */
bool rules_parse_range(const struct rules_word *word, uint32_t max, struct range *range);

/* Sets the error of a line to "expected WHAT, not 'WORD'", at the word. Always returns false. */
bool rules_parse_expected(struct rules_line *line, const char *what, const struct rules_word *word);

/* Sets the error of a line, at a column. Always returns false. */
bool rules_parse_wrong(struct rules_line *line, size_t column, const char *what);

/* The clauses of addresses and ports: each reads the word behind its keyword. Returns false, with
 * the line's error set, if it is wrong. */
bool rules_parse_from(struct rules_line *line);
bool rules_parse_to(struct rules_line *line);
bool rules_parse_host(struct rules_line *line);
bool rules_parse_net(struct rules_line *line);
bool rules_parse_sport(struct rules_line *line);
bool rules_parse_dport(struct rules_line *line);
bool rules_parse_either_port(struct rules_line *line);

#endif
