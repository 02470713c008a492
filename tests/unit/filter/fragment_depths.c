/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams by what their fragments have in common, in a table of fixed size. */
#include "filter/fragment_depths.h"

#include "lib/build.h"
#include "lib/tap.h"

enum { UDP = 17, ROOM = FRAGMENT_DEPTHS_BUCKETS * FRAGMENT_DEPTHS_WAYS };

static struct fragment_depths depths;

static struct fragment_key key_of(uint8_t source, uint8_t protocol, uint32_t id)
{
	struct fragment_key key = { .id = id, .version = 4, .protocol = protocol };

	key.addresses.src[3] = source;
	return key;
}

static unsigned found(uint8_t source, uint8_t protocol, uint32_t id)
{
	struct fragment_key key = key_of(source, protocol, id);

	return fragment_depths_find(&depths, &key);
}

static void note(uint8_t source, uint32_t id, unsigned depth, bool at_least)
{
	struct fragment_key key = key_of(source, UDP, id);

	fragment_depths_note(&depths, &key, depth, at_least);
}

static void test_keys(void)
{
	struct fragment_key six = key_of(1, UDP, 7);

	is_u64(found(0, 0, 0), 0, "an empty table");
	note(1, 7, 3, false);
	is_u64(found(1, UDP, 7), 3, "a datagram");
	is_u64(found(2, UDP, 7), 0, "another source");
	is_u64(found(1, 47, 7), 0, "another protocol");
	is_u64(found(1, UDP, 8), 0, "another identification");
	six.version = 6;
	is_u64(fragment_depths_find(&depths, &six), 0, "another version");
	note(1, 7, 2, true);
	is_u64(found(1, UDP, 7), 3, "at least two: three, as was known");
	note(1, 7, 5, true);
	is_u64(found(1, UDP, 7), 5, "at least five");
	note(1, 7, 1, false);
	is_u64(found(1, UDP, 7), 1, "the identification again, in one tunnel");
	note(1, 7, 0, false);
	is_u64(found(1, UDP, 7), 0, "... and in none");
	note(1, 9, 1000, false);
	is_u64(found(1, UDP, 9), 255, "more tunnels than fit");
}

/* Identifications count up: the last ones are there, however many came. */
static void test_latest(void)
{
	unsigned kept = 0;

	for (uint32_t id = 0; id < 3 * ROOM; id++)
		note(1, id, 2, false);
	for (uint32_t id = 2 * ROOM; id < 3 * ROOM; id++)
		kept += found(1, UDP, id) == 2;
	is_u64(kept, ROOM, "the table holds the latest");
	is_u64(found(1, UDP, 2 * ROOM - 1), 0, "... which have replaced the older ones");
}

static void test_fragments(void)
{
	struct fragment_key key;
	struct headers headers;
	struct build b;

	build_clear(&b);
	build_pad(&b, 20, 0x55);
	build_udp(&b, 53);
	build_ipv4(&b, 1, 2, UDP);
	headers_parse(&headers, LINK_RAW, span_of(build_data(&b), build_len(&b)), 0);
	ok(!fragment_depths_key(&key, &headers, span_of(build_data(&b), build_len(&b))),
	   "a whole packet has no key");
	build_be16(b.room + b.start + 6, 0x2010);
	headers_parse(&headers, LINK_RAW, span_of(build_data(&b), build_len(&b)), 0);
	ok(fragment_depths_key(&key, &headers, span_of(build_data(&b), build_len(&b))),
	   "a fragment has one");
	is_u64(key.protocol, UDP, "... with the protocol of IP");
	is_u64(key.version, 4, "... and its version");
}

int main(void)
{
	test_keys();
	test_latest();
	test_fragments();
	return tap_done();
}
