/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole frames, as peel_packet() and tshark read them. */
#include "tunnel/outer_header.h"

#include "header/checksum.h"
#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"
#include "lib/tshark.h"
#include "tunnel/peel.h"

enum { SOURCE_PORT = 50123, ID = 0x1234, ROOM = 70000 };

/* What tshark says of the outermost headers, in this order; over IPv6 the IPv4 fields are those of
 * the mirrored packet. The last is what it finds wrong anywhere. */
#define FIELDS                                                                                   \
	"-E occurrence=f -E separator=, -T fields -e frame.len -e eth.src -e eth.dst -e ip.src " \
	"-e ip.dst -e ipv6.src -e ipv6.dst -e ip.ttl -e ipv6.hlim -e ip.dsfield -e ipv6.tclass " \
	"-e ip.flags.df -e ip.id -e ip.checksum.status -e udp.srcport -e udp.dstport "           \
	"-e udp.checksum.status -e vxlan.vni -e geneve.vni -e gre.key -e gre.sequence_number "   \
	"-e erspan.spanid -e data.len -e _ws.expert.message"
#define MACS  "02:00:00:00:00:01,02:00:00:00:00:02,"
#define FOUR  "10.0.1.5,10.0.2.9,,,"
#define SIX   "10.0.0.1,10.0.0.2,2001:db8::5,2001:db8::9,"
#define GOOD4 "64,,0x00,,1,0x0000,1,"
#define GOOD6 "64,64,0x00,0x00000000,0,0x0000,1,"

static const struct row {
	const char *encap;
	uint8_t version, ttl, dscp;
	bool checksum, may_fragment;
	uint32_t linktype;
	size_t data_len; /* of the UDP datagram that is mirrored */
	size_t overhead;
	const char *want; /* of tshark; checksum status: 1 good, 3 none */
} rows[] = {
	{ "vxlan", 4, 64, 0, false, false, LINK_ETHERNET, 18, 50,
	  "110," MACS FOUR GOOD4 "50123,4789,3,77,,,,,18," },
	{ "vxlan", 4, 64, 0, true, false, LINK_ETHERNET, 18, 50,
	  "110," MACS FOUR GOOD4 "50123,4789,1,77,,,,,18," },
	{ "vxlan", 4, 64, 0, true, false, LINK_ETHERNET, 1001, 50,
	  "1093," MACS FOUR GOOD4 "50123,4789,1,77,,,,,1001," },
	{ "vxlan", 6, 64, 0, false, false, LINK_ETHERNET, 18, 70,
	  "130," MACS SIX GOOD6 "50123,4789,1,77,,,,,18," },
	{ "vxlan", 6, 64, 0, true, false, LINK_ETHERNET, 1401, 70,
	  "1513," MACS SIX GOOD6 "50123,4789,1,77,,,,,1401," },
	{ "vxlan", 4, 255, 46, false, true, LINK_ETHERNET, 18, 50,
	  "110," MACS FOUR "255,,0xb8,,0,0x1234,1,50123,4789,3,77,,,,,18," },
	{ "vxlan", 6, 1, 63, false, true, LINK_ETHERNET, 18, 70,
	  "130," MACS SIX "64,1,0x00,0x000000fc,0,0x0000,1,50123,4789,1,77,,,,,18," },
	{ "vxlan-gpe", 6, 64, 0, false, false, LINK_RAW, 18, 70,
	  "116," MACS SIX GOOD6 "50123,4790,1,77,,,,,18," },
	{ "geneve", 4, 64, 0, false, false, LINK_RAW, 19, 50,
	  "97," MACS FOUR GOOD4 "50123,6081,3,,0x00004d,,,,19," },
	{ "geneve", 6, 64, 0, false, false, LINK_ETHERNET, 19, 70,
	  "131," MACS SIX GOOD6 "50123,6081,1,,0x00004d,,,,19," },
	{ "gre", 4, 64, 0, false, false, LINK_ETHERNET, 19, 46,
	  "107," MACS FOUR GOOD4 "50000,60009,3,,,0x0000004d,5,,19," },
	{ "gre", 6, 64, 0, false, false, LINK_RAW, 19, 66,
	  "113," MACS SIX GOOD6 "50000,60009,3,,,0x0000004d,5,,19," },
	{ "erspan1", 4, 64, 0, false, false, LINK_ETHERNET, 19, 38,
	  "99," MACS FOUR GOOD4 "50000,60009,3,,,,,,19," },
	{ "erspan2", 4, 64, 0, false, false, LINK_ETHERNET, 19, 50,
	  "111," MACS FOUR GOOD4 "50000,60009,3,,,,5,77,19," },
	{ "erspan3", 6, 64, 0, false, false, LINK_ETHERNET, 19, 74,
	  "135," MACS SIX GOOD6 "50000,60009,3,,,,5,77,19," },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static struct outer_header envelope_of(const struct row *row)
{
	struct outer_header outer_header;

	outer_header_init(&outer_header, encap_find(row->encap), row->version);
	outer_header.ttl = row->ttl;
	outer_header.dscp = row->dscp;
	outer_header.checksum = row->checksum;
	outer_header.may_fragment = row->may_fragment;
	if (row->version == 4) {
		memcpy(outer_header.source, "\x0a\0\1\5", 4);
		memcpy(outer_header.destination, "\x0a\0\2\x09", 4);
	} else {
		memcpy(outer_header.source, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\5", 16);
		memcpy(outer_header.destination, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	}
	return outer_header;
}

/* A UDP datagram to a port of nobody that tshark has nothing to say against. */
static void make_payload(struct build *b, const struct row *row)
{
	uint8_t *ip;

	build_clear(b);
	build_pad(b, row->data_len, 0x5A);
	build_udp(b, 60009);
	build_ipv4(b, 1, 2, 17);
	ip = b->room + b->start;
	build_be16(ip + 10, checksum_fold(checksum_add(0, span_of(ip, 20))));
	/* build.h leaves the addresses of the frame as those of the outer_header. */
	if (row->linktype == LINK_ETHERNET)
		build_ethernet(b, 0x0800);
}

static struct tunnel_build what_of(const struct row *row, const struct build *b)
{
	return (struct tunnel_build){ .payload = span_of(build_data(b), build_len(b)),
				      .linktype = row->linktype,
				      .has_id = strcmp(row->encap, "erspan1") != 0,
				      .id = 77,
				      .has_sequence = true,
				      .sequence = 5 };
}

static bool peels(const struct row *row, const struct build *b, const uint8_t *frame, size_t len)
{
	static struct peel peel;
	struct outer_header outer_header = envelope_of(row);
	size_t address = row->version == 4 ? 4 : 16;

	peel_select(&peel, NULL, LINK_ETHERNET, frame, len, len);
	return peel.count == 1 && peel.end == PEEL_PLAIN && peel.anomalies == 0 &&
	       peel.layer[0].tunnel.encap == outer_header.encap &&
	       (!peel.layer[0].tunnel.has_id || peel.layer[0].tunnel.id == 77) &&
	       peel.offset == row->overhead && peel.caplen == build_len(b) &&
	       peel.len == build_len(b) && peel.linktype == row->linktype &&
	       peel.headers[0].network_end == len &&
	       memcmp(frame + peel.offset, build_data(b), build_len(b)) == 0 &&
	       memcmp(frame + 14 + (row->version == 4 ? 12 : 8), outer_header.source, address) == 0;
}

static void test_rows(void)
{
	static uint8_t frame[ROOM];
	static char got[16384], want[16384];
	struct tshark tshark;

	tshark_begin(&tshark);
	for (unsigned i = 0; i < ROWS; i++) {
		struct outer_header outer_header = envelope_of(&rows[i]);
		struct tunnel_build what;
		struct build b;
		size_t len;

		make_payload(&b, &rows[i]);
		what = what_of(&rows[i], &b);
		memset(frame, 0xEE, sizeof frame);
		len = outer_header_build(&outer_header, &what, SOURCE_PORT, ID,
					 (struct patch){ frame, sizeof frame });
		ok(len == rows[i].overhead + build_len(&b) &&
			   outer_header_overhead(&outer_header, &what) == rows[i].overhead,
		   "%s over IPv%u: the overhead", rows[i].encap, rows[i].version);
		ok(peels(&rows[i], &b, frame, len), "is peeled");
		tshark_add(&tshark, frame, len);
		sprintf(want + strlen(want), "%s\n", rows[i].want);
	}
	tshark_run(&tshark, FIELDS, got, sizeof got);
	is_str(got, want, "as tshark sees them");
	tshark_end(&tshark);
}

/* Every source port, so every checksum: the one that comes to 0 is sent as 0xffff. */
static void test_zero_checksum(void)
{
	const struct row *row = &rows[3];
	struct outer_header outer_header = envelope_of(row);
	struct tunnel_build what;
	struct tshark tshark;
	struct build b;
	uint8_t frame[256];
	char got[256];
	unsigned zeros = 0, most = 0, wrong = 0;

	make_payload(&b, row);
	what = what_of(row, &b);
	tshark_begin(&tshark);
	for (unsigned port = 0; port <= UINT16_MAX; port++) {
		size_t len = outer_header_build(&outer_header, &what, (uint16_t)port, 0,
						(struct patch){ frame, sizeof frame });
		struct span addresses = span_of(frame + 22, 32),
			    udp = span_of(frame + 54, len - 54);
		uint16_t sum = 0;

		span_be16(udp, 6, &sum);
		zeros += sum == 0;
		most += sum == 0xffff;
		if (sum == 0xffff)
			tshark_add(&tshark, frame, len);
		wrong += checksum_fold(checksum_add(
				 checksum_add_pseudo(0, addresses, 17, (uint32_t)udp.len), udp)) !=
			 0;
	}
	is_u64(zeros, 0, "no checksum is 0");
	is_u64(most, 1, "one is 0xffff instead");
	is_u64(wrong, 0, "all are right");
	tshark_run(&tshark, "-E occurrence=f -T fields -e udp.checksum.status", got, sizeof got);
	is_str(got, "1\n", "tshark agrees");
	tshark_end(&tshark);
}

/* The largest that the outer lengths can say: 65535 - 20 or - 0, less UDP and VXLAN. */
static void test_limits(void)
{
	static uint8_t room[ROOM], payload[ROOM];
	static const struct {
		unsigned row;
		size_t most;
	} limits[] = { { 0, 65535 - 20 - 16 }, { 3, 65535 - 16 } };

	for (unsigned i = 0; i < 2; i++) {
		const struct row *row = &rows[limits[i].row];
		struct outer_header outer_header = envelope_of(row);
		struct tunnel_build what = { .linktype = LINK_ETHERNET,
					     .payload = span_of(payload, limits[i].most) };

		is_u64(outer_header_build(&outer_header, &what, 1, 1,
					  (struct patch){ room, sizeof room }),
		       row->overhead + limits[i].most, "the largest payload");
		what.payload.len++;
		is_u64(outer_header_build(&outer_header, &what, 1, 1,
					  (struct patch){ room, sizeof room }),
		       0, "a larger one");
	}
}

static void test_refusals(void)
{
	struct outer_header outer_header = envelope_of(&rows[3]);
	struct tunnel_build what;
	struct build b;
	bool good = true;

	make_payload(&b, &rows[3]);
	what = what_of(&rows[3], &b);
	for (size_t len = 0; len <= 130; len++) {
		uint8_t *exact = malloc(len + 1);

		assert(exact != NULL);
		exact[len] = 0xA5;
		good = good &&
		       outer_header_build(&outer_header, &what, 1, 1,
					  (struct patch){ exact, len }) == (len < 130 ? 0 : len);
		good = good && exact[len] == 0xA5;
		free(exact);
	}
	ok(good, "rooms that are too short");
	what.payload = span_of(NULL, 0);
	is_u64(outer_header_build(&outer_header, &what, 1, 1,
				  (struct patch){ b.room, sizeof b.room }),
	       70, "an empty payload");
	what.linktype = LINK_RAW;
	is_u64(outer_header_overhead(&outer_header, &what), 0, "vxlan of IP has no overhead");
	is_u64(outer_header_build(&outer_header, &what, 1, 1,
				  (struct patch){ b.room, sizeof b.room }),
	       0, "and no frame");
	is_u64(outer_header_source_port(0), 49152, "the first source port");
	is_u64(outer_header_source_port(UINT64_MAX), 65535, "the last source port");
}

int main(void)
{
	test_rows();
	test_zero_checksum();
	test_limits();
	test_refusals();
	return tap_done();
}
