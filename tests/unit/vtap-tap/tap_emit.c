/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of vtap-tap: cut, truncated and fragmented to the byte, as peel_packet() reads them.
 */
#include "tools/vtap-tap/tap_emit.h"

#include "encap/geneve_meta.h"
#include "lib/peel_select.h"
#include "lib/tap_rig.h"
#include "tools/vtap-tap/tap_sll.h"
#include "tunnel/peel.h"

enum { HUGE_LEN = 70000 };

static struct rig rig;
static struct build b;
static struct peel peel;
static uint8_t huge[HUGE_LEN];

static const struct form {
	const char *four, *six;
	uint32_t header_len; /* of tunnel and carrier */
} forms[] = {
	{ "vxlan://10.0.0.9/5", "vxlan://[2001:db8::9]/5", 16 },
	{ "vxlan-gpe://10.0.0.9/5", "vxlan-gpe://[2001:db8::9]/5", 16 },
	{ "geneve://10.0.0.9/5", "geneve://[2001:db8::9]/5", 16 },
	{ "gre://10.0.0.9", "gre://[2001:db8::9]", 8 },
	{ "gre://10.0.0.9/5", "gre://[2001:db8::9]/5", 12 },
	{ "erspan1://10.0.0.9", "erspan1://[2001:db8::9]", 4 },
	{ "erspan2://10.0.0.9/5", "erspan2://[2001:db8::9]/5", 16 },
	{ "erspan3://10.0.0.9/5", "erspan3://[2001:db8::9]/5", 20 },
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static struct tap_target *begin(const char *uri)
{
	rig_begin(&rig);
	return rig_target(&rig, uri);
}

/* The only tunnel of the last frame. */
static const struct tunnel *tunnel(void)
{
	struct encap_select all;

	encap_select_all(&all);
	all.depth = 1;
	peel_select(&peel, &all, LINK_ETHERNET, rig.bytes, rig.frame[rig.frames - 1].len,
		    rig.frame[rig.frames - 1].len);
	assert(peel.count == 1);
	return &peel.layer[0].tunnel;
}

/* Every size around the limit. */
static void check_mtu(const char *uri, uint32_t ip_len, uint32_t header_len)
{
	uint32_t most = 400 - ip_len - header_len;
	unsigned wrong = 0, sent;

	begin(uri)->mtu = 400;
	rig_start(&rig);
	for (uint32_t len = 60; len < 500; len++) {
		rig_udp(&b, 1, 2, len);
		sent = rig_put_build(&rig, &b);
		tunnel();
		wrong +=
			sent != 1 || rig.frame[0].len != 14 + (len < most ? len + 400 - most : 400);
		wrong += peel.caplen != (len < most ? len : most) ||
			 memcmp(rig.bytes + peel.offset, build_data(&b), peel.caplen) != 0;
	}
	is_u64(wrong, 0, uri);
	is_u64(rig_counter(&rig, "mtu_truncated"), 499 - most, "... counted");
	is_u64(rig_counter(&rig, "largest_oversize"), 499 + 400 - most, "... the largest");
	rig_end(&rig);
}

static void test_truncate(void)
{
	for (unsigned i = 0; i < FORMS; i++) {
		check_mtu(forms[i].four, 20, forms[i].header_len);
		check_mtu(forms[i].six, 40, forms[i].header_len);
	}
	begin("vxlan://10.0.0.9/5");
	rig_start(&rig);
	rig_udp(&b, 1, 2, 1000);
	tap_set_mtu(rig.tap, 0, 700);
	rig_put_build(&rig, &b);
	is_u64(rig.frame[0].len, 714, "a path with another MTU");
	tap_set_mtu(rig.tap, 0, 30);
	is_u64(rig_put_build(&rig, &b), 0, "one that does not even take the headers");
	is_u64(rig_counter(&rig, "oversize"), 1, "... is oversize");
	tap_set_mtu(rig.tap, 0, 0);
	rig_put_build(&rig, &b);
	is_u64(rig.frame[0].len, 1050, "none");
	rig_end(&rig);
}

/* What the length fields of IP can say. */
static void test_huge(void)
{
	static const enum tap_oversize modes[] = { OVERSIZE_TRUNCATE, OVERSIZE_DROP,
						   OVERSIZE_FRAGMENT };

	memset(huge, 0x42, sizeof(huge));
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned version = 4; version <= 6; version += 2) {
			uint32_t fits = version == 4 ? 65535 - 36 : 65535 - 16;

			begin(version == 4 ? forms[0].four : forms[0].six);
			rig.config.oversize = modes[i];
			rig_start(&rig);
			is_u64(rig_put(&rig, huge, fits), 1, "as large as IP can say");
			is_u64(rig.frame[0].len, version == 4 ? 65549 : 65589, "... whole");
			is_u64(rig_put(&rig, huge, fits + 1), i == 0, "a byte more");
			is_u64(rig_put(&rig, huge, HUGE_LEN), i == 0, "far more");
			is_u64(rig_counter(&rig, i == 0 ? "mtu_truncated" : "oversize"), 2,
			       "... counted");
			is_u64(rig_counter(&rig, "largest_oversize"),
			       HUGE_LEN + (version == 4 ? 36 : 56), "... the largest");
			rig_end(&rig);
		}
	}
}

/* Details are of packets, not of copies. */
static void test_once(void)
{
	begin("vxlan://10.0.0.9/5")->mtu = 600;
	rig_target(&rig, "vxlan://10.0.0.8/5")->mtu = 600;
	for (unsigned i = 0; i < 2; i++) {
		rig.config.oversize = i == 0 ? OVERSIZE_TRUNCATE : OVERSIZE_FRAGMENT;
		rig_start(&rig);
		rig_udp(&b, 1, 2, 1000);
		rig_put_build(&rig, &b);
		rig_udp(&b, 1, 2, 900);
		rig_put_build(&rig, &b);
		is_u64(rig_counter(&rig, i == 0 ? "mtu_truncated" : "fragmented"), 2,
		       "once a packet");
		is_u64(rig_counter(&rig, "largest_oversize"), 1036, "... the largest so far");
		rig_end(&rig);
	}
}

static void test_fragments(void)
{
	uint32_t sum = 0;

	begin("vxlan://10.0.0.9/5")->mtu = 600;
	rig_target(&rig, "vxlan://10.0.0.8/5")->mtu = 1500;
	rig.config.oversize = OVERSIZE_FRAGMENT;
	rig.config.first_id = 0x1fffd;
	rig.targets[0].outer_header.may_fragment = rig.targets[1].outer_header.may_fragment = true;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 1300);
	is_u64(rig_put_build(&rig, &b), 4, "three fragments, and one that fits the other target");
	for (unsigned i = 0; i < 3; i++)
		sum += rig.frame[i].len - 34;
	is_u64(sum, 8 + 8 + 1300, "... of all of it");
	is_u64(rig.frame[0].len, 14 + 20 + 576, "... in multiples of eight");
	is_u64(rig.frame[3].target, 1, "... first to last, then the other");
	is_u64(rig_counter(&rig, "fragmented"), 1, "... counted");
	rig_put_build(&rig, &b);
	ok(rig.bytes[18] == 0 && rig.bytes[19] == 0,
	   "identifications count over all targets, from the first that was asked for");
	rig_end(&rig);
	begin("vxlan://10.0.0.9/5")->mtu = 600;
	rig.config.oversize = OVERSIZE_FRAGMENT;
	rig.config.fragment_by_sender = true;
	rig.config.rate = (struct token_bucket_config){ .packets_per_s = 30 };
	rig_start(&rig);
	is_u64(rig_put_build(&rig, &b), 1, "whole, where the sender makes them");
	is_u64(rig_put_build(&rig, &b), 0, "... but three for the rate");
	is_u64(rig_counter(&rig, "rate_limited"), 1, "... all or none");
	rig_end(&rig);
	begin("vxlan://10.0.0.9/5")->mtu = 603;
	rig.config.oversize = OVERSIZE_FRAGMENT;
	rig.config.rate = (struct token_bucket_config){ .packets_per_s = 40 };
	rig_start(&rig);
	rig_udp(&b, 1, 2, 2 * 576 - 16 + 1);
	is_u64(rig_put_build(&rig, &b), 3, "a byte for the third");
	is_u64(rig_put_build(&rig, &b), 0, "... which the rate knows");
	rig_end(&rig);
}

/* What is cut, by whom, and how each tunnel says so. */
static void test_cut(void)
{
	begin("erspan2://10.0.0.9/5");
	rig.config.snaplen = 100;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 100);
	rig_put_build(&rig, &b);
	ok(!tunnel()->cut, "ERSPAN: what -s just fits is not cut");
	rig_udp(&b, 1, 2, 101);
	rig_put_build(&rig, &b);
	ok(tunnel()->cut && peel.caplen == 100, "... a byte more is");
	is_u64(rig_counter(&rig, "snapped"), 1, "... counted");
	rig_offer(&rig, build_data(&b), 80, 101);
	while (rig_due(&rig))
		;
	ok(tunnel()->cut && peel.caplen == 80, "... and what the capture cut");
	is_u64(rig_counter(&rig, "snapped"), 1, "... not by -s");
	tap_set_mtu(rig.tap, 0, 90);
	rig_udp(&b, 1, 2, 60);
	rig_put_build(&rig, &b);
	ok(tunnel()->cut && peel.caplen == 54, "... and the MTU");
	rig_end(&rig);
	begin("erspan3://10.0.0.9/5");
	rig_start(&rig);
	ok(rig_put(&rig, huge, 1) == 1 && tunnel()->linktype == LINK_ETHERNET && peel.caplen == 1,
	   "a packet of one byte");
	is_u64(rig_put(&rig, huge, 0), 1, "an empty packet");
	rig_end(&rig);
}

static void test_sequence(void)
{
	begin("gre://10.0.0.9/5");
	rig_target(&rig, "gre://10.0.0.9/6");
	rig.targets[1].mtu = 100;
	rig.config.oversize = OVERSIZE_DROP;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	rig_put_build(&rig, &b);
	is_u64(tunnel()->sequence, 0, "from 0");
	rig_udp(&b, 1, 2, 200);
	rig_put_build(&rig, &b);
	is_u64(tunnel()->sequence, 1, "one more a packet");
	rig_udp(&b, 1, 2, 60);
	rig_put_build(&rig, &b);
	ok(tunnel()->has_sequence && tunnel()->sequence == 1 && tunnel()->id == 6,
	   "a packet that was not sent has no number");
	rig_end(&rig);
	begin("gre://10.0.0.9/5");
	rig.config.sequence = false;
	rig_start(&rig);
	rig_put_build(&rig, &b);
	ok(!tunnel()->has_sequence, "none where none are wanted");
	rig_end(&rig);
}

static bool meta_of(struct geneve_meta *meta)
{
	const struct tunnel *found = tunnel();
	size_t at = peel.offset - found->header_len + found->meta;

	return found->meta != 0 &&
	       geneve_meta_parse(span_of(rig.bytes + at, peel.offset - at), meta) == GENEVE_META_OK;
}

static void test_meta(void)
{
	static const uint8_t out_flag[] = { 2, 0, 4, 0, 2, 0, 0, 0 };
	struct geneve_meta meta;

	begin("geneve://10.0.0.9/5");
	rig.config.meta = true;
	rig.config.snaplen = 64;
	rig.config.tap = (struct geneve_meta){ .instance = 77, .name = "tap" };
	rig.in.time_ns = 1234567890123456789;
	rig.in.options = span_of(out_flag, sizeof(out_flag));
	rig_start(&rig);
	rig_udp(&b, 1, 2, 1000);
	for (unsigned i = 0; i < 3; i++)
		rig_put_build(&rig, &b);
	ok(meta_of(&meta), "there is an option");
	is_u64(meta.len, 1000, "... the true length");
	is_u64(peel.caplen, 64, "... of a cut packet");
	is_u64((uint64_t)meta.time_ns, 1234567890123456789, "... the time");
	is_u64(meta.sequence, 2, "... the number");
	is_u64(meta.direction, 2, "... the direction");
	is_u64(meta.instance, 77, "... who");
	is_str(meta.name, "tap", "... by name");
	rig.in.form = PACKET_SIMPLE;
	rig_put_build(&rig, &b);
	ok(meta_of(&meta) && !meta.has_time, "a simple packet has no time");
	rig_end(&rig);
}

/* Frames of every size stay as they are until TAP_HELD more were made. */
static void test_held(void)
{
	static struct rig_frame held[TAP_HELD];
	unsigned changed = 0;

	begin("vxlan://10.0.0.9/5");
	rig_start(&rig);
	for (unsigned i = 0; i < 1000; i++) {
		struct rig_frame *oldest = &held[i % TAP_HELD];

		huge[12] = (uint8_t)i;
		rig_put(&rig, huge, i % 7 == 0 ? 65000 : i * 37 % 1500);
		if (i >= TAP_HELD)
			changed += rig_checksum(oldest->data, oldest->len) != oldest->checksum;
		*oldest = rig.frame[0];
	}
	is_u64(changed, 0, "frames stay");
	rig_end(&rig);
}

static void test_cooked(void)
{
	static const struct {
		const char *name, *header, *ethernet;
		uint32_t linktype;
	} rows[] = {
		{ "SLL", "0000 0001 0006 02000000000a 0000 0800", "000000000000 02000000000a 0800",
		  LINK_SLL },
		{ "SLL, a short address", "0000 0300 0004 0a000001beef 0000 86dd",
		  "000000000000 0a0000010000 86dd", LINK_SLL },
		{ "SLL, loopback", "0000 0304 0006 000000000000 0000 0800",
		  "000000000000 000000000000 0800", LINK_SLL },
		{ "SLL, LLC", "0000 0001 0006 02000000000a 0000 0004",
		  "000000000000 02000000000a 0014", LINK_SLL },
		{ "SLL2", "0806 0000 00000003 0001 04 06 02000000000b 0000",
		  "000000000000 02000000000b 0806", LINK_SLL2 },
		{ "SLL, monitor mode", "0000 0323 0006 02000000000a 0000 0800", "", LINK_SLL },
		{ "SLL, CAN", "0000 0118 0000 000000000000 0000 000c", "", LINK_SLL },
		{ "SLL2, netlink", "0000 0000 00000003 0338 04 00 000000000000 0000", "",
		  LINK_SLL2 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t packet[64] = { 0 }, want[16];
		size_t len = build_hex_at(packet, sizeof(packet), rows[i].header);
		size_t want_len = build_hex_at(want, sizeof(want), rows[i].ethernet);

		begin("vxlan://10.0.0.9/5");
		rig.interface.linktype = rows[i].linktype;
		rig_start(&rig);
		is_u64(rig_put(&rig, packet, (uint32_t)len + 20), want_len > 0, rows[i].name);
		is_u64(rig_counter(&rig, want_len > 0 ? "cooked" : "unsupported"), 1,
		       "... counted");
		if (want_len > 0) {
			is_u64(rig.frame[0].len, 50 + want_len + 20, "... its length");
			ok(memcmp(rig.bytes + 50, want, want_len) == 0, "... an Ethernet header");
		}
		is_u64(rig_put(&rig, packet, (uint32_t)len - 1), 0, "... not when it is cut");
		rig_end(&rig);
	}
}

/* The cut counts from the Ethernet header that a cooked packet gets. */
static void test_cooked_cut(void)
{
	uint8_t packet[64] = { 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0 };
	struct geneve_meta meta;

	begin("geneve://10.0.0.9/5");
	rig.config.snaplen = 20;
	rig.config.meta = true;
	rig.interface.linktype = LINK_SLL;
	rig_start(&rig);
	rig_put(&rig, packet, sizeof(packet));
	ok(meta_of(&meta) && peel.caplen == 20 && meta.len == 62, "lengths of the Ethernet frame");
	rig_offer(&rig, packet, sizeof(packet), 1);
	while (rig_due(&rig))
		;
	ok(meta_of(&meta) && meta.len == 0, "a length that is shorter than the header");
	packet[14] = 0;
	packet[15] = 4;
	rig_offer(&rig, packet, sizeof(packet), 15);
	while (rig_due(&rig))
		;
	ok(rig.bytes[peel.offset + 12] == 0 && rig.bytes[peel.offset + 13] == 0,
	   "... for LLC, too");
	rig_end(&rig);
}

enum { FRONT = 200 };

/* A packet with so much room in front of it; true when its frame was made there. */
static bool put_behind(uint8_t *room, size_t front, uint32_t linktype)
{
	size_t len = build_len(&b), start = FRONT - front;
	bool untouched = true;

	memset(room, 0xEE, FRONT);
	memcpy(room + FRONT, build_data(&b), len);
	rig.interface.linktype = linktype;
	rig.in.front = room + start;
	rig_put(&rig, room + FRONT, (uint32_t)len);
	for (size_t i = 0; i < start; i++)
		untouched = untouched && room[i] == 0xEE;
	assert(untouched && rig.frames > 0);
	return rig.frame[rig.frames - 1].data >= room && rig.frame[0].data < room + FRONT;
}

/* Where a file takes the frames they are made around the packet; the bytes are those of a copy. */
static void check_front(const char *uri, const char *second, uint32_t cut, size_t len)
{
	static uint8_t want[RIG_FRAME_MAX], room[2000];
	uint32_t want_len = 0, headers;
	bool same = true;

	for (int copied = 0; copied <= 1; copied++) {
		begin(uri);
		if (second)
			rig_target(&rig, second);
		rig.config.snaplen = cut;
		rig.config.copied = copied;
		rig_start(&rig);
		rig_udp(&b, 1, 2, len);
		if (!copied) {
			ok(!put_behind(room, FRONT, LINK_ETHERNET), "%s: held apart", uri);
			want_len = rig.frame[rig.frames - 1].len;
			memcpy(want, rig.bytes, want_len);
			rig_end(&rig);
		}
	}
	headers = want_len - (uint32_t)(cut ? cut : len);
	ok(put_behind(room, headers, LINK_ETHERNET), "%s: around the packet", uri);
	same = rig.frame[rig.frames - 1].len == want_len && memcmp(rig.bytes, want, want_len) == 0;
	is_u64(rig_counter(&rig, "snapped"), cut != 0, "... counted as cut when it is");
	ok(rig_adds_up(&rig) && rig_counter(&rig, "sent") == 1, "... and as sent");
	rig_end(&rig);
	begin(uri);
	rig.config.snaplen = cut;
	rig.config.copied = true;
	if (second)
		rig_target(&rig, second);
	rig_start(&rig);
	ok(!put_behind(room, headers - 1, LINK_ETHERNET), "... a copy where a byte is missing");
	ok(same && rig.frame[rig.frames - 1].len == want_len &&
		   memcmp(rig.bytes, want, want_len) == 0,
	   "... the same bytes");
	is_u64(rig_counter(&rig, "snapped"), cut != 0, "... and counters");
	rig_end(&rig);
}

static void test_front(void)
{
	for (unsigned i = 0; i < FORMS; i++) {
		check_front(forms[i].four, NULL, 0, 333);
		check_front(forms[i].six, NULL, 0, 333);
		check_front(forms[i].four, NULL, 77, 333);
		check_front(forms[i].four, forms[i].four, 0, 60);
	}
}

int main(void)
{
	test_truncate();
	test_huge();
	test_once();
	test_fragments();
	test_cut();
	test_sequence();
	test_meta();
	test_held();
	test_cooked();
	test_cooked_cut();
	test_front();
	return tap_done();
}
