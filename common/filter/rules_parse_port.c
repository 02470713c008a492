/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/rules_parse_internal.h"

static bool parse_port(struct rules_line *line, struct range *port)
{
	struct rules_word word = rules_parse_next_word(line);

	line->rule.needs |= FACT_PORTS;
	return rules_parse_range(&word, RULES_PORT_MAX, port) ||
	       rules_parse_expected(line, "a port or A-B up to 65535", &word);
}

bool rules_parse_sport(struct rules_line *line)
{
	return parse_port(line, &line->rule.sport);
}

bool rules_parse_dport(struct rules_line *line)
{
	return parse_port(line, &line->rule.dport);
}
