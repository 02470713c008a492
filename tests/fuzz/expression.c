/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filter expressions, which libpcap compiles; names are not looked up here. Input: text. */
#include "filter/expression.h"

#include <netdb.h>

#include "fuzz.h"

/* In place of libc's: a fuzzer asks no network. */
int getaddrinfo(const char *restrict node, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
	(void)node;
	(void)service;
	(void)hints;
	*found = NULL;
	return EAI_NONAME;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t bytes[60] = { [12] = 0x08, [14] = 0x45, [17] = 46, [23] = 17 };
	static const uint32_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_SLL };
	struct error err = { 0 };
	struct expression *expression;
	char *text;
	bool matched;

	if (size > 512)
		return 0;
	text = (char *)fuzz_copy(span_of(data, size), true);
	expression = expression_new(text, &err);
	FUZZ_CHECK(expression != NULL && strcmp(expression_text(expression), text) == 0);
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct packet packet = {
			.data = bytes, .caplen = 60, .len = 60, .linktype = links[i]
		};
		bool good = expression_compile(expression, links[i], &err);

		FUZZ_CHECK(good || (err.usage && err.text[0]));
		FUZZ_CHECK(expression_match(expression, &packet, &matched, &err) == good);
	}
	expression_free(expression);
	free(text);
	return 0;
}
