/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses the language of filter/rules.h, a line at a time and a function for each clause. These
 * functions set errors without file, line and column; rules_parse_lines() puts those in front. */
#include <stdlib.h>
#include <string.h>

#include "filter/rules_parse_internal.h"

enum { VID_MAX = 4095, BYTE_MAX = 255 };
enum { RULES_MAX = 1000000 }; /* rules of a file; more are an error */

/* IP protocol numbers (IANA) by their usual names. */
static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "icmp", IPPROTO_ICMP },
	{ "igmp", 2 },
	{ "ipip", 4 },
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "ipv6", 41 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "icmp6", IPPROTO_ICMPV6 },
	{ "icmpv6", IPPROTO_ICMPV6 },
	{ "ipv6-icmp", IPPROTO_ICMPV6 },
	{ "ospf", 89 },
	{ "pim", 103 },
	{ "vrrp", 112 },
	{ "l2tp", 115 },
	{ "sctp", IPPROTO_SCTP },
	{ "udplite", IPPROTO_UDPLITE },
	{ "dccp", IPPROTO_DCCP },
};

static bool parse_in(struct rules_line *line)
{
	line->rule.needs |= FACT_IN;
	return true;
}

static bool parse_out(struct rules_line *line)
{
	line->rule.needs |= FACT_OUT;
	return true;
}

static bool parse_vlan(struct rules_line *line)
{
	struct rules_word word = rules_parse_next_word(line);

	line->rule.needs |= FACT_VLAN;
	return rules_parse_range(&word, VID_MAX, &line->rule.vlan) ||
	       rules_parse_expected(line, "a VLAN or A-B up to 4095", &word);
}

static bool parse_icmp(struct rules_line *line, unsigned shift)
{
	struct rules_word word = rules_parse_next_word(line);
	uint32_t value;

	if (!rules_parse_number(word.text, word.len, BYTE_MAX, &value))
		return rules_parse_expected(line, "a number up to 255", &word);
	line->rule.needs |= FACT_ICMP;
	line->rule.icmp |= (uint16_t)(value << shift);
	line->rule.icmp_mask |= (uint16_t)(BYTE_MAX << shift);
	return true;
}

static bool parse_type(struct rules_line *line)
{
	return parse_icmp(line, 8);
}

static bool parse_code(struct rules_line *line)
{
	return parse_icmp(line, 0);
}

static const struct keyword {
	const char *name;
	enum clause clause;
	bool (*parse)(struct rules_line *line);
} keywords[] = {
	{ "in", CLAUSE_DIRECTION, parse_in },
	{ "out", CLAUSE_DIRECTION, parse_out },
	{ "from", CLAUSE_FROM, rules_parse_from },
	{ "to", CLAUSE_TO, rules_parse_to },
	{ "sport", CLAUSE_SPORT, rules_parse_sport },
	{ "dport", CLAUSE_DPORT, rules_parse_dport },
	{ "host", CLAUSE_NETWORK, rules_parse_host },
	{ "net", CLAUSE_NETWORK, rules_parse_net },
	{ "port", CLAUSE_PORT, rules_parse_either_port },
	{ "portrange", CLAUSE_PORT, rules_parse_either_port },
	{ "vlan", CLAUSE_VLAN, parse_vlan },
	{ "type", CLAUSE_TYPE, parse_type },
	{ "code", CLAUSE_CODE, parse_code },
};

static bool parse_protocol(struct rules_line *line, const struct rules_word *word)
{
	uint32_t value = 0;
	bool found = rules_parse_number(word->text, word->len, BYTE_MAX, &value);

	for (size_t i = 0; !found && i < sizeof(protocols) / sizeof(*protocols); i++) {
		found = rules_parse_word_is(word, protocols[i].name);
		value = protocols[i].number;
	}
	if (!found)
		return rules_parse_expected(line, "a clause or a protocol", word);
	line->rule.protocol = (uint8_t)value;
	/* Another protocol stands behind AH. */
	if (value == IPPROTO_AH) {
		line->rule.needs |= FACT_AH;
		return true;
	}
	line->rule.needs |= FACT_PROTOCOL;
	line->rule.protocol_mask = BYTE_MAX;
	return true;
}

static bool parse_clause(struct rules_line *line, const struct rules_word *word)
{
	const struct keyword *keyword = NULL;
	enum clause clause;

	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (rules_parse_word_is(word, keywords[i].name))
			keyword = &keywords[i];
	clause = keyword ? keyword->clause : CLAUSE_PROTOCOL;
	if (!keyword && !parse_protocol(line, word))
		return false;
	if (line->column[clause])
		return rules_parse_wrong(line, word->column, "a second clause of this kind");
	line->column[clause] = word->column;
	return !keyword || keyword->parse(line);
}

/* host, net, port and portrange stand for either end, so that nothing is left for a second clause.
 */
static bool line_check_ends(struct rules_line *line)
{
	const size_t *column = line->column;

	if (column[CLAUSE_NETWORK] && (column[CLAUSE_FROM] || column[CLAUSE_TO]))
		return rules_parse_wrong(line, column[CLAUSE_NETWORK],
					 "host and net are either end: not with from or to");
	if (column[CLAUSE_PORT] && (column[CLAUSE_SPORT] || column[CLAUSE_DPORT]))
		return rules_parse_wrong(line, column[CLAUSE_PORT],
					 "port and portrange are either end: not with sport or "
					 "dport");
	return true;
}

static size_t line_port_column(const struct rules_line *line)
{
	static const enum clause ports[] = { CLAUSE_SPORT, CLAUSE_DPORT, CLAUSE_PORT };

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (line->column[ports[i]])
			return line->column[ports[i]];
	return 0;
}

/* Returns false, with an error, for a rule that no packet can match: it is a mistake. */
static bool line_check(struct rules_line *line)
{
	const struct rule *rule = &line->rule;
	size_t port = line_port_column(line);
	bool with_type = rule->protocol == IPPROTO_ICMP || rule->protocol == IPPROTO_ICMPV6;

	if (port && line->column[CLAUSE_PROTOCOL] && !headers_protocol_has_ports(rule->protocol))
		return rules_parse_wrong(line, port,
					 "ports need tcp, udp, sctp, udplite, dccp or no protocol");
	if (line->column[CLAUSE_TYPE] && !with_type)
		return rules_parse_wrong(line, line->column[CLAUSE_TYPE],
					 "type needs icmp or icmp6");
	if (line->column[CLAUSE_CODE] && !line->column[CLAUSE_TYPE])
		return rules_parse_wrong(line, line->column[CLAUSE_CODE], "code needs type");
	if ((rule->needs & FACT_IPV4) && (rule->needs & FACT_IPV6))
		return rules_parse_wrong(line, line->column[CLAUSE_TO],
					 "from and to are of different IP versions");
	return true;
}

/* Parses a line. rule.verdict stays RULES_UNMATCHED if it has no rule. */
static bool parse_line(struct rules_line *line)
{
	struct rules_word word = rules_parse_next_word(line);

	line->rule = (struct rule){ .sport = { 0, RULES_PORT_MAX },
				    .dport = { 0, RULES_PORT_MAX },
				    .vlan = { 0, VID_MAX } };
	if (word.len == 0)
		return true;
	if (!rules_parse_word_is(&word, "include") && !rules_parse_word_is(&word, "exclude"))
		return rules_parse_expected(line, "include or exclude", &word);
	line->rule.verdict = rules_parse_word_is(&word, "include") ? RULES_INCLUDE : RULES_EXCLUDE;
	for (word = rules_parse_next_word(line); word.len > 0; word = rules_parse_next_word(line))
		if (!parse_clause(line, &word))
			return false;
	return line_check_ends(line) && line_check(line);
}

static bool rules_add(struct rules *rules, const struct rule *rule, struct error *err)
{
	size_t room = rules->room ? rules->room * 2 : 16;
	struct rule *grown;

	if (rules->count == RULES_MAX)
		return error_usage(err, "more than %d rules", RULES_MAX);
	if (rules->count == rules->room) {
		grown = reallocarray(rules->rule, room, sizeof(*grown));
		if (!grown)
			return error_errno(err, "rules");
		rules->rule = grown;
		rules->room = room;
	}
	rules->rule[rules->count++] = *rule;
	return true;
}

/*
 * A rule on either end is one rule for each end, one behind the other: the first that matches
 * decides, and both say the same. So matching knows one kind of rule.
 */
static bool rules_add_line(struct rules *rules, const struct rules_line *line)
{
	unsigned networks = line->column[CLAUSE_NETWORK] ? 2 : 1;
	unsigned ports = line->column[CLAUSE_PORT] ? 2 : 1;

	if (line->rule.verdict == RULES_UNMATCHED)
		return true;
	for (unsigned i = 0; i < networks * ports; i++) {
		struct rule rule = line->rule;

		if (networks == 2)
			*(i % 2 ? &rule.to : &rule.from) = line->network;
		if (ports == 2)
			*(i / networks ? &rule.dport : &rule.sport) = line->port;
		if (!rules_add(rules, &rule, line->err))
			return false;
	}
	rules->written++;
	return true;
}

static bool rules_parse_lines(struct rules *rules, const char *file, struct span all,
			      const struct services *services, struct error *err)
{
	const char *text = (const char *)all.data;
	size_t len = all.len;

	for (size_t number_of = 1, at = 0; at < len; number_of++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;
		struct rules_line line = { .text = text + at,
					   .len = line_len,
					   .services = services,
					   .error_column = 1,
					   .err = err };

		if (line_len > 0 && line.text[line_len - 1] == '\r')
			line.len--;
		if (!parse_line(&line) || !rules_add_line(rules, &line))
			return error_wrap(err, "%s:%zu:%zu", file, number_of, line.error_column);
		at += line_len + 1;
	}
	return true;
}

struct rules *rules_parse(const char *file, struct span text, const struct services *services,
			  struct error *err)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules) {
		error_errno(err, "%s", file);
		return NULL;
	}
	if (rules_parse_lines(rules, file, text, services, err))
		return rules;
	rules_free(rules);
	return NULL;
}
