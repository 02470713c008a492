/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/origins.h"

#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"

static const struct interface interface = { .serial = 1,
					    .linktype = LINK_ETHERNET,
					    .ticks_per_s = 1000000 };

/* Bare IPv6 in GRE, with a sequence number. */
static struct packet gre(struct build *b, uint8_t source, uint32_t sequence)
{
	uint8_t *header;

	build_clear(b);
	build_pad(b, 20, 0xAA);
	build_ipv6(b, 1, 2, 59);
	header = build_front(b, 8);
	memcpy(header, "\x10\0\x86\xdd", 4);
	build_be16(header + 4, sequence >> 16);
	build_be16(header + 6, sequence);
	build_ipv4(b, source, 99, 47);
	build_ethernet(b, 0x0800);
	return (struct packet){ .data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET,
				.interface = &interface };
}

/* Beyond the limit sources share one name; their packets are stripped all the same. */
static void many_sources(void)
{
	static struct peel peel;
	struct origins *origins = origins_new(2);
	const char *names[5];
	struct output_interface *output = NULL;
	struct loss total = { 0 };
	struct build b;

	for (unsigned i = 0; i < 5; i++) {
		struct packet packet = gre(&b, (uint8_t)(i == 4 ? 1 : i), i);

		peel_select(&peel, NULL, LINK_ETHERNET, packet.data, packet.caplen, packet.len);
		output = origins_interface(origins, &peel, NULL, &packet, LINK_RAW);
		names[i] = output->interface.name;
		origins_sequence(origins, output->origin, &peel, NULL,
				 span_of(packet.data, packet.caplen), &total);
	}
	is_str(names[0], "gre@10.0.0.0", "the first source is tap_meta");
	is_str(names[1], "gre@10.0.0.1", "the second, too");
	is_str(names[2], "more-sources", "a third is one of more");
	ok(names[3] == names[2], "as is a fourth");
	ok(names[4] == names[1] && output->origin->key_len != 0, "the second is still tap_meta");
	is_u64(total.received, 3, "sequences are followed where sources are tap_meta");
	is_u64(output->interface.linktype, LINK_RAW, "all have their link type");
	origins_free(origins);
}

int main(void)
{
	many_sources();
	return tap_done();
}
