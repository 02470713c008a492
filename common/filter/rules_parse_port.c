/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "filter/rules_parse_internal.h"

/* A number, or the name of a service. */
static bool port_of(const struct rules_line *line, const char *text, size_t len, uint16_t *port)
{
	uint32_t number;

	if (!rules_parse_number(text, len, RULES_PORT_MAX, &number))
		return services_find(line->services, text, len, port);
	*port = (uint16_t)number;
	return true;
}

/* A port or a range of ports; names have dashes, too, so each may be that of the range. */
static bool ports_of(const struct rules_line *line, const struct rules_word *word,
		     struct range *range)
{
	const char *end = word->text + word->len, *dash = word->text;

	if (port_of(line, word->text, word->len, &range->first)) {
		range->last = range->first;
		return true;
	}
	while ((dash = memchr(dash, '-', (size_t)(end - dash)))) {
		if (port_of(line, word->text, (size_t)(dash - word->text), &range->first) &&
		    port_of(line, dash + 1, (size_t)(end - dash) - 1, &range->last))
			return range->first <= range->last;
		dash++;
	}
	return false;
}

static bool parse_ports(struct rules_line *line, struct range *range)
{
	struct rules_word word = rules_parse_next_word(line);

	line->rule.needs |= FACT_PORTS;
	return ports_of(line, &word, range) ||
	       rules_parse_expected(
		       line,
		       line->services ? "a port, a service or A-B, up to 65535"
				      : "a port or A-B up to 65535 (names need /etc/services)",
		       &word);
}

bool rules_parse_sport(struct rules_line *line)
{
	return parse_ports(line, &line->rule.sport);
}

bool rules_parse_dport(struct rules_line *line)
{
	return parse_ports(line, &line->rule.dport);
}

bool rules_parse_either_port(struct rules_line *line)
{
	return parse_ports(line, &line->port);
}
