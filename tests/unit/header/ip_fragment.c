/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames cut into fragments: header/reasm.h and tshark both get the same bytes back. */
#include "header/ip_fragment.h"

#include "header/checksum.h"
#include "header/reasm.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "lib/tshark.h"
#include "tunnel/outer_header.h"
#include "tunnel/peel.h"

enum { ROOM = 70000, ID = 0x89abcdef, NS = 1000000000, FRAGMENTS = 2048 };

static uint8_t frame[ROOM], payload[ROOM];

/* A mirrored UDP datagram to a port of nobody with len bytes of data in an outer_header. */
static size_t make_frame(const char *encap, uint8_t version, size_t len, bool may_fragment)
{
	struct outer_header outer_header;
	struct tunnel_build what = { .linktype = LINK_RAW, .has_id = true, .id = 77 };

	memcpy(payload, "\x45\0\0\0\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2\xc3\x50\xea\x69", 24);
	build_be16(payload + 2, 28 + len);
	build_be16(payload + 10, 0);
	build_be16(payload + 10, checksum_fold(checksum_add(0, span_of(payload, 20))));
	build_be16(payload + 24, 8 + len);
	build_be16(payload + 26, 0);
	for (size_t i = 0; i < len; i++)
		payload[28 + i] = (uint8_t)(i * 7 + i / 256);
	what.payload = span_of(payload, 28 + len);
	outer_header_init(&outer_header, encap_find(encap), version);
	outer_header.source[0] = 0x0a;
	outer_header.destination[0] = 0x0b;
	outer_header.may_fragment = may_fragment;
	outer_header.checksum = true;
	return outer_header_build(&outer_header, &what, 50000, 7,
				  (struct patch){ frame, sizeof frame });
}

struct parts {
	unsigned count;
	uint32_t id;
	bool regular; /* each as large as it may be, numbered and marked as it should */
	bool whole;   /* the last one made it whole */
	struct packet got;
	struct reasm *reasm;
};

/* IPv4: DF clear, checksum right. */
static bool header_right(const uint8_t *ip)
{
	return checksum_fold(checksum_add(0, span_of(ip, 20))) == 0 && (ip[6] & 0x40) == 0;
}

static void check_part(struct parts *parts, const struct headers *headers, const uint8_t *part,
		       size_t len, size_t mtu)
{
	bool four = headers->ip_version == 4;
	size_t header = four ? 20 : 48;

	parts->regular =
		parts->regular && len <= 14 + mtu && headers->network == 14 &&
		headers->flags & HEADERS_ANY_FRAGMENT && headers->network_end == len &&
		headers->fragment_id == (four ? parts->id & 0xffff : parts->id) &&
		headers->more_fragments == !parts->whole &&
		(!headers->more_fragments || len == 14 + header + (mtu - header) / 8 * 8) &&
		(!four || header_right(part + 14));
}

static void put_part(struct parts *parts, const uint8_t *part, size_t len, size_t mtu,
		     struct tshark *tshark)
{
	static const struct interface interface = { .serial = 1, .ticks_per_s = NS };
	struct packet packet = { .data = part,
				 .caplen = (uint32_t)len,
				 .len = (uint32_t)len,
				 .linktype = LINK_ETHERNET,
				 .interface = &interface };
	struct headers headers;

	headers_parse(&headers, LINK_ETHERNET, span_of(part, len), 0);
	parts->count++;
	parts->whole = reasm_put(parts->reasm, &packet, &headers, &parts->got) == REASM_WHOLE;
	check_part(parts, &headers, part, len, mtu);
	if (tshark != NULL)
		tshark_add(tshark, part, len);
}

/* Cuts frame[0 .. len-1]; each part stands in memory of exactly 14 + mtu bytes. */
static void cut(struct parts *parts, size_t len, size_t mtu, uint32_t id, struct tshark *tshark)
{
	struct ip_fragment ip_fragment;
	uint8_t *room = malloc(14 + mtu);
	size_t part_len;

	assert(room != NULL);
	*parts = (struct parts){ .id = id, .reasm = reasm_new(0, NS) };
	assert(parts->reasm != NULL);
	parts->regular = ip_fragment_begin(&ip_fragment, span_of(frame, len), mtu, id);
	while (parts->regular && parts->count < FRAGMENTS &&
	       (part_len = ip_fragment_next(&ip_fragment, (struct patch){ room, 14 + mtu })) > 0)
		put_part(parts, room, part_len, mtu, tshark);
	free(room);
}

/* The whole is the frame again, but for the fields that fragmenting changes: IPv4's
 * identification, DF and checksum. */
static bool is_frame(const struct parts *parts, size_t len)
{
	bool four = frame[12] == 0x08;
	size_t from = four ? 26 : 14;

	return parts->whole && parts->got.caplen == len && parts->got.len == len &&
	       memcmp(parts->got.data, frame, 18) == 0 &&
	       memcmp(parts->got.data + from, frame + from, len - from) == 0;
}

static const struct row {
	const char *encap;
	uint8_t version;
	size_t data_len, mtu;
	unsigned count;
} rows[] = {
	{ "geneve", 4, 1500, 1500, 2 },	   { "geneve", 6, 1500, 1500, 2 },
	{ "gre", 4, 3000, 1280, 3 },	   { "gre", 6, 3000, 1280, 3 },
	{ "vxlan-gpe", 4, 8951, 1400, 7 }, { "vxlan-gpe", 6, 8951, 1401, 7 },
	{ "geneve", 4, 1601, 577, 3 },	   { "geneve", 6, 1601, 577, 4 },
	{ "geneve", 4, 400, 56, 14 },	   { "geneve", 6, 400, 56, 56 },
	{ "geneve", 4, 65400, 1500, 45 },  { "geneve", 6, 65400, 1500, 46 },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static void test_rows(void)
{
	for (unsigned i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		size_t len = make_frame(row->encap, row->version, row->data_len, true);
		struct parts parts;

		cut(&parts, len, row->mtu, ID, NULL);
		ok(parts.count == row->count && parts.regular, "%s over IPv%u, %zu bytes by %zu",
		   row->encap, row->version, len, row->mtu);
		if (parts.count != row->count)
			printf("#   %u fragments\n", parts.count);
		ok(is_frame(&parts, len), "and whole again");
		reasm_free(parts.reasm);
	}
}

/* One line a frame: its data in hexadecimal on the line of the last fragment. */
static void test_tshark(void)
{
	static char got[ROOM * 4], want[ROOM * 4];
	struct tshark tshark;
	struct parts parts;

	tshark_begin(&tshark);
	for (unsigned i = 0; i < ROWS - 2; i++) {
		size_t len = make_frame(rows[i].encap, rows[i].version, rows[i].data_len, false);
		size_t used;

		cut(&parts, len, rows[i].mtu, ID + i, &tshark);
		reasm_free(parts.reasm);
		used = strlen(want);
		for (size_t k = 0; k < rows[i].data_len; k++)
			used += (size_t)sprintf(want + used, "%02x", payload[28 + k]);
		/* The outer checksum where there is UDP, then the mirrored datagram's, which has
		 * none. */
		strcpy(want + used, strcmp(rows[i].encap, "gre") == 0 ? ",3\n" : ",1;3\n");
	}
	tshark_run(&tshark,
		   "-o ip.defragment:TRUE -o ipv6.defragment:TRUE -Y 'data.data and udp.dstport == "
		   "60009' -T fields "
		   "-E separator=, -E aggregator=';' -e data.data -e udp.checksum.status",
		   got, sizeof got);
	ok(strcmp(got, want) == 0, "tshark gets the same bytes");
	if (strcmp(got, want) != 0)
		printf("#   got %zu bytes: %.200s\n#   want %zu\n", strlen(got), got, strlen(want));
	tshark_end(&tshark);
}

/* What just fits is left alone, one byte more is cut. */
static void test_fits(void)
{
	static uint8_t room[ROOM];

	for (uint8_t version = 4; version <= 6; version += 2) {
		struct ip_fragment ip_fragment;
		struct patch out = { room, sizeof room };
		struct parts parts;
		size_t len = make_frame("geneve", version, 1000, false);

		ok(ip_fragment_begin(&ip_fragment, span_of(frame, len), len - 14, ID) &&
			   ip_fragment_next(&ip_fragment, out) == len &&
			   memcmp(room, frame, len) == 0,
		   "over IPv%u what fits is left alone", version);
		is_u64(ip_fragment_next(&ip_fragment, out), 0, "and comes once");
		cut(&parts, len, len - 15, ID, NULL);
		ok(parts.count == 2 && parts.regular && is_frame(&parts, len),
		   "one byte more is cut");
		reasm_free(parts.reasm);
	}
}

static void test_refusals(void)
{
	struct ip_fragment ip_fragment;
	size_t len = make_frame("geneve", 4, 1000, true);
	struct patch out = { payload, 69 };

	ok(!ip_fragment_begin(&ip_fragment, span_of(frame, len), IP_FRAGMENT_MTU_MIN - 1, ID),
	   "an MTU that is too small");
	ok(!ip_fragment_begin(&ip_fragment, span_of(frame, 33), 1500, ID), "a frame cut in IPv4");
	ok(ip_fragment_begin(&ip_fragment, span_of(frame, len), IP_FRAGMENT_MTU_MIN, ID) &&
		   ip_fragment_next(&ip_fragment, out) == 14 + 20 + 32,
	   "the least MTU");
	out.len = 65;
	is_u64(ip_fragment_next(&ip_fragment, out), 0, "a room that is too short");
	frame[14] = 0x46;
	ok(!ip_fragment_begin(&ip_fragment, span_of(frame, len), 1500, ID), "IPv4 with options");
	frame[14] = 0x55;
	ok(!ip_fragment_begin(&ip_fragment, span_of(frame, len), 1500, ID), "another version");
	len = make_frame("geneve", 6, 1000, true);
	ok(!ip_fragment_begin(&ip_fragment, span_of(frame, 53), 1500, ID), "a frame cut in IPv6");
}

int main(void)
{
	test_rows();
	test_tshark();
	test_fits();
	test_refusals();
	return tap_done();
}
