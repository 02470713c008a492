/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules, right and wrong, and what they say of packets. Input: text. */
#include "filter/rules.h"

#include "fuzz.h"

static const uint8_t tcp[] = { 2,    0,	   0,	 0,    0,    2,	   2,	 0, 0, 0,  0,  1,
			       0x81, 0x00, 0x00, 0x07, 0x08, 0x00, 0x45, 0, 0, 40, 0,  0,
			       0,    0,	   64,	 6,    0,    0,	   10,	 0, 0, 1,  10, 1,
			       2,    3,	   0,	 80,   0x12, 0x34, 0,	 0, 0, 0,  0,  0,
			       0,    0,	   0x50, 0x02, 0,    0,	   0,	 0, 0, 0 };
static const uint8_t icmp6[] = { 0x60, 0, 0, 0, 0, 8, 58, 64, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
				 0,    0, 0, 0, 0, 0, 0,  1,  0xfe, 0x80, 0,	0,    0, 0, 0, 0,
				 0,    0, 0, 0, 0, 0, 0,  2,  128,  0,	  0,	0,    0, 1, 0, 1 };

static void match(const struct rules *rules, uint32_t linktype, struct span packet)
{
	struct headers headers;

	for (size_t len = 0; len <= packet.len; len += 7) {
		struct span part = span_first(packet, len);

		headers_parse(&headers, linktype, part, 0);
		FUZZ_CHECK(rules_match(rules, &headers, part, DIRECTION_IN) <= RULES_EXCLUDE);
		FUZZ_CHECK(rules_match(rules, &headers, part, DIRECTION_UNKNOWN) <= RULES_EXCLUDE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct rules *rules = rules_parse("file", span_of(data, size), NULL, &err);

	if (!rules) {
		FUZZ_CHECK(err.usage && strncmp(err.text, "file:", 5) == 0);
		return 0;
	}
	FUZZ_CHECK(rules_count(rules) <= size && err.text[0] == '\0');
	rules_want_direction(rules);
	match(rules, LINK_ETHERNET, span_of(tcp, sizeof(tcp)));
	match(rules, LINK_RAW, span_of(icmp6, sizeof(icmp6)));
	rules_free(rules);
	return 0;
}
