/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <string.h>

#include "filter/rules_parse_internal.h"

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

/* Says what the network would be, which is what was meant most often. */
static bool refuse_host_bits(struct rules_line *line, const struct rules_word *word,
			     const struct network *network, bool four, unsigned bits)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	struct patch patch = { bytes, sizeof(bytes) };

	patch_be32(patch, 0, (uint32_t)((network->address.high & network->mask.high) >> 32));
	patch_be32(patch, 4, (uint32_t)(network->address.high & network->mask.high));
	patch_be32(patch, 8, (uint32_t)((network->address.low & network->mask.low) >> 32));
	patch_be32(patch, 12, (uint32_t)(network->address.low & network->mask.low));
	inet_ntop(four ? AF_INET : AF_INET6, four ? bytes + 12 : bytes, text, sizeof(text));
	line->error_column = word->column;
	return error_usage(line->err, "%.*s has host bits: the network is %s/%u", (int)word->len,
			   word->text, text, bits);
}

static bool parse_network(struct rules_line *line, struct network *network)
{
	static const char what[] = "a network, an address or any";
	struct rules_word word = rules_parse_next_word(line);
	const char *slash = word.len ? memchr(word.text, '/', word.len) : NULL;
	size_t len = slash ? (size_t)(slash - word.text) : word.len;
	uint32_t bits;
	bool four;

	line->rule.needs |= FACT_IP;
	if (rules_parse_word_is(&word, "any"))
		return true;
	if (!parse_address(word.text, len, &network->address, &four))
		return rules_parse_expected(line, what, &word);
	bits = four ? 32 : 128;
	if (slash && !rules_parse_number(slash + 1, word.len - len - 1, bits, &bits))
		return rules_parse_expected(
			line, four ? "a prefix of 0 to 32 bits" : "a prefix of 0 to 128 bits",
			&word);
	set_mask(network, four, bits);
	if ((network->address.high & ~network->mask.high) ||
	    (network->address.low & ~network->mask.low))
		return refuse_host_bits(line, &word, network, four, bits);
	line->rule.needs |= four ? FACT_IPV4 : FACT_IPV6;
	return true;
}

bool rules_parse_from(struct rules_line *line)
{
	return parse_network(line, &line->rule.from);
}

bool rules_parse_to(struct rules_line *line)
{
	return parse_network(line, &line->rule.to);
}

bool rules_parse_net(struct rules_line *line)
{
	return parse_network(line, &line->network);
}

bool rules_parse_host(struct rules_line *line)
{
	struct rules_line ahead = *line;
	struct rules_word word = rules_parse_next_word(&ahead);
	struct address address;
	bool four;

	return parse_address(word.text, word.len, &address, &four)
		       ? parse_network(line, &line->network)
		       : rules_parse_expected(line, "an address", &word);
}
