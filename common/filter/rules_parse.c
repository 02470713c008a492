/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses the language of filter/rules.h, a line at a time and a function for each clause. These
 * functions set errors without file, line and column; rules_parse_lines() puts those in front. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter/rules_internal.h"

enum { PORT_MAX = 65535, VID_MAX = 4095, BYTE_MAX = 255 };
enum {
	RULES_MAX = 1000000, /* rules of a file; more are an error */
	FILE_MAX = 64 << 20, /* bytes of a file; more are an error */
	QUOTE_MAX = 40,	     /* bytes of a word that an error quotes; what is longer is cut */
};

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

enum clause {
	CLAUSE_DIRECTION,
	CLAUSE_PROTOCOL,
	CLAUSE_FROM,
	CLAUSE_TO,
	CLAUSE_SPORT,
	CLAUSE_DPORT,
	CLAUSE_VLAN,
	CLAUSE_TYPE,
	CLAUSE_CODE,
	CLAUSES,
};

struct word {
	const char *text;
	size_t len;    /* bytes; 0 at the end of the line */
	size_t column; /* from 1 */
};

/* A line that is being parsed. */
struct line {
	const char *text;
	size_t len;
	size_t at;		/* offset behind the last word that was read */
	size_t error_column;	/* where *err is, from 1 */
	size_t column[CLAUSES]; /* column of each clause; 0 if the line does not have it */
	struct rule rule;
	struct error *err;
};

/* Returns a word for an error: quoted, short and printable. */
static const char *quote(const struct word *word, char text[QUOTE_MAX + 3])
{
	size_t len = word->len < QUOTE_MAX ? word->len : QUOTE_MAX;

	if (len == 0)
		return "the end of the line";
	text[0] = text[len + 1] = '\'';
	text[len + 2] = '\0';
	for (size_t i = 0; i < len; i++)
		text[i + 1] =
			(char)(word->text[i] < ' ' || word->text[i] > '~' ? '?' : word->text[i]);
	return text;
}

static bool line_expected(struct line *line, const char *what, const struct word *word)
{
	char text[QUOTE_MAX + 3];

	line->error_column = word->column;
	return error_usage(line->err, "expected %s, not %s", what, quote(word, text));
}

static bool line_wrong(struct line *line, size_t column, const char *what)
{
	line->error_column = column;
	return error_usage(line->err, "%s", what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct word next_word(struct line *line)
{
	struct word word;

	while (line->at < line->len && is_blank(line->text[line->at]))
		line->at++;
	word = (struct word){ line->text + line->at, 0, line->at + 1 };
	while (line->at < line->len && !is_blank(line->text[line->at]) &&
	       line->text[line->at] != '#') {
		line->at++;
		word.len++;
	}
	return word;
}

static bool word_is(const struct word *word, const char *name)
{
	return word->len == strlen(name) && !memcmp(word->text, name, word->len);
}

/* Returns true if all of text is a decimal number up to max. */
static bool parse_number(const char *text, size_t len, uint32_t max, uint32_t *value)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (uint32_t)(text[i] - '0');
		if (sum > max)
			return false;
	}
	*value = sum;
	return len > 0;
}

static bool parse_range(const struct word *word, uint32_t max, struct range *range)
{
	const char *dash = word->len ? memchr(word->text, '-', word->len) : NULL;
	size_t len = dash ? (size_t)(dash - word->text) : word->len;
	uint32_t first, last;

	if (!parse_number(word->text, len, max, &first))
		return false;
	last = first;
	if (dash && !parse_number(dash + 1, word->len - len - 1, max, &last))
		return false;
	*range = (struct range){ (uint16_t)first, (uint16_t)last };
	return first <= last;
}

static bool parse_in(struct line *line)
{
	line->rule.needs |= FACT_IN;
	return true;
}

static bool parse_out(struct line *line)
{
	line->rule.needs |= FACT_OUT;
	return true;
}

static uint64_t mask_of(unsigned bits)
{
	return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

static void set_mask(struct network *network, bool four, unsigned bits)
{
	if (four)
		bits += 96;
	network->mask.high = bits >= 64 ? UINT64_MAX : mask_of(bits);
	network->mask.low = bits >= 64 ? mask_of(bits - 64) : 0;
}

/* Parses an address. Sets *four to whether it is IPv4. */
static bool parse_address(const char *text, size_t len, struct address *address, bool *four)
{
	char name[INET6_ADDRSTRLEN];
	uint8_t bytes[16] = { 0 };
	uint32_t part[4] = { 0 };

	if (len == 0 || len >= sizeof(name) || memchr(text, '\0', len))
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	*four = inet_pton(AF_INET, name, bytes + 12) == 1;
	if (!*four && inet_pton(AF_INET6, name, bytes) != 1)
		return false;
	for (size_t i = 0; i < 4; i++)
		span_be32(span_of(bytes, sizeof(bytes)), i * 4, &part[i]);
	address->high = (uint64_t)part[0] << 32 | part[1];
	address->low = (uint64_t)part[2] << 32 | part[3];
	return true;
}

static bool parse_network(struct line *line, struct network *network)
{
	static const char what[] = "a network, an address or any";
	struct word word = next_word(line);
	const char *slash = word.len ? memchr(word.text, '/', word.len) : NULL;
	size_t len = slash ? (size_t)(slash - word.text) : word.len;
	uint32_t bits;
	bool four;

	line->rule.needs |= FACT_IP;
	if (word_is(&word, "any"))
		return true;
	if (!parse_address(word.text, len, &network->address, &four))
		return line_expected(line, what, &word);
	bits = four ? 32 : 128;
	if (slash && !parse_number(slash + 1, word.len - len - 1, bits, &bits))
		return line_expected(
			line, four ? "a prefix of 0 to 32 bits" : "a prefix of 0 to 128 bits",
			&word);
	set_mask(network, four, bits);
	if ((network->address.high & ~network->mask.high) ||
	    (network->address.low & ~network->mask.low))
		return line_expected(line, "a network without host bits", &word);
	line->rule.needs |= four ? FACT_IPV4 : FACT_IPV6;
	return true;
}

static bool parse_from(struct line *line)
{
	return parse_network(line, &line->rule.from);
}

static bool parse_to(struct line *line)
{
	return parse_network(line, &line->rule.to);
}

static bool parse_port(struct line *line, struct range *port)
{
	struct word word = next_word(line);

	line->rule.needs |= FACT_PORTS;
	return parse_range(&word, PORT_MAX, port) ||
	       line_expected(line, "a port or A-B up to 65535", &word);
}

static bool parse_sport(struct line *line)
{
	return parse_port(line, &line->rule.sport);
}

static bool parse_dport(struct line *line)
{
	return parse_port(line, &line->rule.dport);
}

static bool parse_vlan(struct line *line)
{
	struct word word = next_word(line);

	line->rule.needs |= FACT_VLAN;
	return parse_range(&word, VID_MAX, &line->rule.vlan) ||
	       line_expected(line, "a VLAN or A-B up to 4095", &word);
}

static bool parse_icmp(struct line *line, unsigned shift)
{
	struct word word = next_word(line);
	uint32_t value;

	if (!parse_number(word.text, word.len, BYTE_MAX, &value))
		return line_expected(line, "a number up to 255", &word);
	line->rule.needs |= FACT_ICMP;
	line->rule.icmp |= (uint16_t)(value << shift);
	line->rule.icmp_mask |= (uint16_t)(BYTE_MAX << shift);
	return true;
}

static bool parse_type(struct line *line)
{
	return parse_icmp(line, 8);
}

static bool parse_code(struct line *line)
{
	return parse_icmp(line, 0);
}

static const struct keyword {
	const char *name;
	enum clause clause;
	bool (*parse)(struct line *line);
} keywords[] = {
	{ "in", CLAUSE_DIRECTION, parse_in },	{ "out", CLAUSE_DIRECTION, parse_out },
	{ "from", CLAUSE_FROM, parse_from },	{ "to", CLAUSE_TO, parse_to },
	{ "sport", CLAUSE_SPORT, parse_sport }, { "dport", CLAUSE_DPORT, parse_dport },
	{ "vlan", CLAUSE_VLAN, parse_vlan },	{ "type", CLAUSE_TYPE, parse_type },
	{ "code", CLAUSE_CODE, parse_code },
};

static bool parse_protocol(struct line *line, const struct word *word)
{
	uint32_t value = 0;
	bool found = parse_number(word->text, word->len, BYTE_MAX, &value);

	for (size_t i = 0; !found && i < sizeof(protocols) / sizeof(*protocols); i++) {
		found = word_is(word, protocols[i].name);
		value = protocols[i].number;
	}
	if (!found)
		return line_expected(line, "a clause or a protocol", word);
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

static bool parse_clause(struct line *line, const struct word *word)
{
	const struct keyword *keyword = NULL;
	enum clause clause;

	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (word_is(word, keywords[i].name))
			keyword = &keywords[i];
	clause = keyword ? keyword->clause : CLAUSE_PROTOCOL;
	if (!keyword && !parse_protocol(line, word))
		return false;
	if (line->column[clause])
		return line_wrong(line, word->column, "a second clause of this kind");
	line->column[clause] = word->column;
	return !keyword || keyword->parse(line);
}

/* Returns false, with an error, for a rule that no packet can match: it is a mistake. */
static bool line_check(struct line *line)
{
	const struct rule *rule = &line->rule;
	size_t port = line->column[CLAUSE_SPORT] ? line->column[CLAUSE_SPORT]
						 : line->column[CLAUSE_DPORT];
	bool with_type = rule->protocol == IPPROTO_ICMP || rule->protocol == IPPROTO_ICMPV6;

	if (port && line->column[CLAUSE_PROTOCOL] && !headers_protocol_has_ports(rule->protocol))
		return line_wrong(line, port,
				  "ports need tcp, udp, sctp, udplite, dccp or no protocol");
	if (line->column[CLAUSE_TYPE] && !with_type)
		return line_wrong(line, line->column[CLAUSE_TYPE], "type needs icmp or icmp6");
	if (line->column[CLAUSE_CODE] && !line->column[CLAUSE_TYPE])
		return line_wrong(line, line->column[CLAUSE_CODE], "code needs type");
	if ((rule->needs & FACT_IPV4) && (rule->needs & FACT_IPV6))
		return line_wrong(line, line->column[CLAUSE_TO],
				  "from and to are of different IP versions");
	return true;
}

/* Parses a line. rule.verdict stays RULES_UNMATCHED if it has no rule. */
static bool parse_line(struct line *line)
{
	struct word word = next_word(line);

	line->rule = (struct rule){ .sport = { 0, PORT_MAX },
				    .dport = { 0, PORT_MAX },
				    .vlan = { 0, VID_MAX } };
	if (word.len == 0)
		return true;
	if (!word_is(&word, "include") && !word_is(&word, "exclude"))
		return line_expected(line, "include or exclude", &word);
	line->rule.verdict = word_is(&word, "include") ? RULES_INCLUDE : RULES_EXCLUDE;
	for (word = next_word(line); word.len > 0; word = next_word(line))
		if (!parse_clause(line, &word))
			return false;
	return line_check(line);
}

static bool rules_add(struct rules *rules, const struct line *line)
{
	size_t room = rules->room ? rules->room * 2 : 16;
	struct rule *grown;

	if (line->rule.verdict == RULES_UNMATCHED)
		return true;
	if (rules->count == RULES_MAX)
		return error_usage(line->err, "more than %d rules", RULES_MAX);
	if (rules->count == rules->room) {
		grown = reallocarray(rules->rule, room, sizeof(*grown));
		if (!grown)
			return error_errno(line->err, "rules");
		rules->rule = grown;
		rules->room = room;
	}
	rules->rule[rules->count++] = line->rule;
	return true;
}

static bool rules_parse_lines(struct rules *rules, const char *file, const char *text, size_t len,
			      struct error *err)
{
	for (size_t number_of = 1, at = 0; at < len; number_of++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;
		struct line line = {
			.text = text + at, .len = line_len, .error_column = 1, .err = err
		};

		if (line_len > 0 && line.text[line_len - 1] == '\r')
			line.len--;
		if (!parse_line(&line) || !rules_add(rules, &line))
			return error_wrap(err, "%s:%zu:%zu", file, number_of, line.error_column);
		at += line_len + 1;
	}
	return true;
}

struct rules *rules_parse(const char *file, struct span text, struct error *err)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules) {
		error_errno(err, "%s", file);
		return NULL;
	}
	if (rules_parse_lines(rules, file, (const char *)text.data, text.len, err))
		return rules;
	rules_free(rules);
	return NULL;
}

static bool text_grow(uint8_t **text, size_t *room, struct error *err)
{
	size_t larger = *room ? *room * 2 : 65536;
	uint8_t *grown = realloc(*text, larger);

	if (!grown)
		return error_errno(err, "rules");
	*text = grown;
	*room = larger;
	return true;
}

static ssize_t read_some(int fd, uint8_t *to, size_t len)
{
	ssize_t got;

	do
		got = read(fd, to, len);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads up to the end of a file, which may be a pipe. The caller frees *text. */
static bool read_all(int fd, uint8_t **text, size_t *len, struct error *err)
{
	size_t room = 0;
	ssize_t got = 1;

	for (*len = 0; got > 0; *len += (size_t)got) {
		if (*len == room && !text_grow(text, &room, err))
			return false;
		got = read_some(fd, *text + *len, room - *len);
		if (got < 0)
			return error_errno(err, "read");
		if (*len + (size_t)got > FILE_MAX)
			return error_usage(err, "more than %d bytes of rules", FILE_MAX);
	}
	return true;
}

struct rules *rules_read(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct rules *rules = NULL;
	uint8_t *text = NULL;
	size_t len;

	if (fd < 0) {
		error_errno(err, "%s", path);
		return NULL;
	}
	if (read_all(fd, &text, &len, err))
		rules = rules_parse(path, span_of(text, len), err);
	else
		error_wrap(err, "%s", path);
	close(fd);
	free(text);
	return rules;
}
