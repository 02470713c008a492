/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage of vtap-fixlen: frames that end with a frame check sequence. */
#include "lib/fixlen_frame.h"
#include "lib/tap.h"
#include "tools/vtap-fixlen/fixlen.h"

/* A frame check sequence is behind what the headers claim, and behind the padding. */
static void test_fcs(void)
{
	static const struct {
		const char *what;
		unsigned fcs_len, total, caplen, len;
		enum fixlen_outcome outcome;
		unsigned want;
	} tests[] = {
		{ "FCS: cut", 4, 1000, 100, 100, FIXLEN_RAISED, 1018 },
		{ "FCS: right", 4, 100, 118, 118, FIXLEN_RIGHT, 118 },
		{ "FCS: cut off", 4, 100, 114, 114, FIXLEN_RAISED, 118 },
		{ "FCS of 2 bytes: cut", 2, 1000, 100, 100, FIXLEN_RAISED, 1016 },
		{ "FCS: padded to 60", 4, 30, 64, 64, FIXLEN_PADDED, 64 },
		{ "FCS: padded to 60, PRP trailer", 4, 30, 70, 70, FIXLEN_PADDED, 70 },
		{ "FCS: lowered", 4, 100, 100, 130, FIXLEN_LOWERED, 118 },
		{ "FCS: more bytes than length", 4, 50, 100, 68, FIXLEN_CLIPPED, 68 },
		{ "FCS: no length", 4, 0, 2, 2, FIXLEN_TRUNCATED, 2 },
	};
	static const struct fixlen_config config = { .lower = true };
	static struct fixlen fixlen;
	struct interface interface = { .serial = 1, .linktype = LINK_ETHERNET };
	struct packet packet;
	struct error err = { 0 };
	struct build b;

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		interface.fcs_len = tests[i].fcs_len;
		fixlen_init(&fixlen, &config);
		fixlen_frame(&b, tests[i].total);
		packet = (struct packet){ .data = build_data(&b),
					  .caplen = tests[i].caplen,
					  .len = tests[i].len,
					  .linktype = LINK_ETHERNET,
					  .interface = &interface };
		ok(fixlen_put(&fixlen, &packet, &packet, &err) == PASS, "%s", tests[i].what);
		is_u64(fixlen.counters.outcome[tests[i].outcome], 1, "... its outcome");
		is_u64(packet.len, tests[i].want, "... its length");
		fixlen_free(&fixlen);
	}
}

int main(void)
{
	test_fcs();
	return tap_done();
}
