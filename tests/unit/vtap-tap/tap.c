/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vtap-tap chooses, in which order, and what it says became of each packet. */
#include "lib/gso_packet.h"
#include "lib/tap_rig.h"

static struct rig rig;
static struct build b;
static struct gso_packet frame;

static void begin(const char *uri)
{
	rig_begin(&rig);
	rig_target(&rig, uri);
}

static bool mine(void *arg, uint8_t version, const uint8_t *address)
{
	(void)arg;
	return version == 4 && memcmp(address, "\x0a\0\0\1", 4) == 0;
}

/* VXLAN from 10.0.0.1 to 10.0.0.9. */
static void own_packet(void)
{
	build_clear(&b);
	build_pad(&b, 60, 0);
	build_hex(&b, "0800000000000100");
	build_udp(&b, 4789);
	build_ipv4(&b, 1, 9, 17);
	build_ethernet(&b, 0x0800);
}

static struct rules *rules_of(const char *text)
{
	struct error err;

	return rules_parse("test", span_of(text, strlen(text)), NULL, &err);
}

/* One packet that each step would refuse: the first in the order is what is counted. */
static void test_order(void)
{
	static const char *const names[] = { "filtered", "own_tunnel",	 "sampled_out",
					     "loop",	 "rate_limited", "oversize" };

	for (unsigned first = 0; first < 6; first++) {
		struct rules *rules = rules_of("exclude udp dport 4789\ninclude\n");

		begin("vxlan://10.0.0.9/1");
		rig.config.rules = first <= 0 ? rules : NULL;
		rig.config.is_local = first <= 1 ? mine : NULL;
		rig.config.sample = first <= 2 ? 1000 : 0;
		rig.config.ends_loops = first <= 3;
		rig.config.rate = (struct token_bucket_config){ .packets_per_s = first <= 4 };
		rig.config.oversize = OVERSIZE_DROP;
		rig.targets[0].mtu = 100;
		rig_start(&rig);
		/* Uses up the sample's turn and the rate, and is small enough. */
		rig_udp(&b, 7, 8, 60);
		rig_put_build(&rig, &b);
		own_packet();
		is_u64(rig_put_build(&rig, &b), 0, names[first]);
		is_u64(rig_counter(&rig, "sent"), 1, "... the one before was sent");
		is_u64(rig_counter(&rig, names[first]), 1, "... counted");
		ok(rig_adds_up(&rig), "... and adds up");
		rig_end(&rig);
		rules_free(rules);
	}
}

static void test_filter(void)
{
	struct error err;
	struct expression *expression = expression_new("udp dst port 9", &err);
	struct packet out;

	begin("vxlan://10.0.0.9/1");
	rig.config.expression = expression;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	ok(rig_offer(&rig, build_data(&b), 60, 60) == DROP, "an expression drops");
	rig.stage.due(rig.stage.self, true, &out);
	is_u64(rig_counter(&rig, "filtered"), 1, "... and counts");
	rig_end(&rig);
	expression_free(expression);
	begin("vxlan://10.0.0.9/1");
	expression = expression_new("port", &err);
	rig.config.expression = expression;
	rig_start(&rig);
	ok(rig_offer(&rig, build_data(&b), 60, 60) == FAILED, "a wrong one fails");
	rig_end(&rig);
	expression_free(expression);
}

static void test_rules(void)
{
	begin("vxlan://10.0.0.9/1");
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	is_u64(rig_put_build(&rig, &b), 1, "without rules, everything");
	tap_set_rules(rig.tap, rules_of("include tcp"));
	is_u64(rig_put_build(&rig, &b), 0, "new rules");
	tap_set_rules(rig.tap, rules_of("include udp dport 5001"));
	is_u64(rig_put_build(&rig, &b), 1, "newer rules");
	tap_set_rules(rig.tap, rules_of("include in"));
	is_u64(rig_put_build(&rig, &b), 0, "an unknown direction is not in");
	tap_set_rules(rig.tap, NULL);
	is_u64(rig_put_build(&rig, &b), 1, "none again");
	is_u64(rig_counter(&rig, "filtered"), 2, "counted");
	rig_end(&rig);
}

static void test_own_tunnel(void)
{
	struct outer_header outer_header;

	begin("vxlan://10.0.0.9/1");
	rig.config.is_local = mine;
	rig_start(&rig);
	own_packet();
	is_u64(rig_put_build(&rig, &b), 0, "own tunnel");
	rig_udp(&b, 1, 9, 60);
	is_u64(rig_put_build(&rig, &b), 1, "... but not all that goes to the collector");
	outer_header = rig.targets[0].outer_header;
	outer_header.destination[3] = 10;
	tap_set_outer_header(rig.tap, 0, &outer_header);
	own_packet();
	is_u64(rig_put_build(&rig, &b), 1, "the target moved");
	ok(rig.bytes[14 + 19] == 10, "... and frames go there");
	rig_end(&rig);
}

static void test_samples(void)
{
	unsigned sent = 0, both = 0, pairs = 0;

	begin("vxlan://10.0.0.9/1");
	rig.config.sample = 3;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	for (unsigned i = 0; i < 10; i++)
		sent = sent << 1 | rig_put_build(&rig, &b);
	is_u64(sent, 0x249, "one in three: the 1st, 4th, 7th, 10th");
	rig_end(&rig);
	begin("vxlan://10.0.0.9/1");
	rig.config.sample_flows = 4;
	rig_start(&rig);
	for (uint8_t host = 1; host < 201; host++) {
		unsigned there, back;

		rig_udp(&b, host, 250, 60);
		there = rig_put_build(&rig, &b);
		rig_udp(&b, 250, host, 60);
		/* The ports the other way, too. */
		build_be16(b.room + b.start + 34, 5001);
		build_be16(b.room + b.start + 36, 50000);
		back = rig_put_build(&rig, &b);
		both += there == back;
		pairs += there;
	}
	is_u64(both, 200, "both directions of a flow, or none");
	ok(pairs > 25 && pairs < 80, "about one in four: %u of 200", pairs);
	ok(rig_adds_up(&rig), "outcomes add up");
	rig_end(&rig);
}

/* 1000 bytes a packet: 986 + 50 of an outer IP packet less its Ethernet header. */
static void test_rates(void)
{
	unsigned sent = 0;

	begin("vxlan://10.0.0.9/1");
	rig_target(&rig, "gre://10.0.0.8");
	rig.config.rate = (struct token_bucket_config){ .bits_per_s = 800000 };
	rig_start(&rig);
	rig_udp(&b, 1, 2, 1000 - 36);
	for (unsigned i = 0; i < 100; i++) {
		rig.in.time_ns += 1000000;
		rig_put_build(&rig, &b);
		for (unsigned f = 0; f < rig.frames; f++)
			sent += rig.frame[f].target == 0;
	}
	/* 10,000 bytes at once and 100 a millisecond. */
	is_u64(sent, 19, "bits of outer packets, by the packets' clock");
	is_u64(rig_counter(&rig, "sent") + rig_counter(&rig, "rate_limited"), 100, "... counted");
	ok(rig_counter(&rig, "sent") >= 19, "a packet is sent if one target takes it");
	rig_end(&rig);
	begin("vxlan://10.0.0.9/1");
	rig.config.rate = (struct token_bucket_config){ .packets_per_s = 5 };
	rig.config.live_clock = true;
	rig_start(&rig);
	rig_put_build(&rig, &b);
	rig.in.time_ns += INT64_C(1000000000000);
	is_u64(rig_put_build(&rig, &b), 0, "the clock of this host is another one");
	rig_end(&rig);
}

static void test_failures(void)
{
	struct tap_target_counts counts;

	begin("vxlan://10.0.0.9/1");
	rig_target(&rig, "vxlan://10.0.0.8/1");
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	for (unsigned i = 0; i < 100; i++)
		rig_put_build(&rig, &b);
	tap_not_sent(rig.tap, 0, 50);
	is_u64(rig_counter(&rig, "sent"), 100, "one target still has it");
	tap_not_sent(rig.tap, 1, 50);
	is_u64(rig_counter(&rig, "sent"), 99, "none has it");
	is_u64(rig_counter(&rig, "failed"), 1, "... it failed");
	tap_not_sent(rig.tap, 1, 50);
	is_u64(rig_counter(&rig, "failed"), 1, "... once");
	rig_offer(&rig, build_data(&b), 60, 60);
	tap_not_sent(rig.tap, 0, 101);
	rig_due(&rig);
	tap_not_sent(rig.tap, 1, 101);
	ok(!rig_due(&rig), "two frames");
	is_u64(rig_counter(&rig, "failed"), 2, "a failure while the packet is on its way");
	ok(rig_adds_up(&rig), "outcomes add up");
	tap_target_counts(rig.tap, 1, &counts);
	is_u64(counts.failed, 3, "frames that a target did not get");
	is_u64(counts.sent, 101, "... and was to get");
	is_u64(counts.bytes, 101 * (60 + 36), "... bytes of outer IP");
	tap_not_sent(rig.tap, 7, 3);
	tap_not_sent(rig.tap, 0, 999);
	ok(rig_adds_up(&rig), "who is unknown changes nothing");
	rig_end(&rig);
}

static void put_raw(void)
{
	rig.interface.linktype = LINK_RAW;
	rig_put(&rig, build_data(&b) + 14, (uint32_t)build_len(&b) - 14);
	rig.interface.linktype = LINK_ETHERNET;
}

/* When no target took it all, the gravest cause tells. Raw IP uses up the rate of one target only:
 * VXLAN cannot carry it. */
static void test_precedence(void)
{
	begin("vxlan://10.0.0.8/1");
	rig_target(&rig, "geneve://10.0.0.7/1");
	rig.config.oversize = OVERSIZE_DROP;
	rig.config.rate = (struct token_bucket_config){ .packets_per_s = 1 };
	rig.targets[0].mtu = 500;
	rig_start(&rig);
	rig_udp(&b, 1, 2, 600);
	put_raw();
	is_u64(rig_counter(&rig, "sent"), 1, "one target is enough");
	is_u64(rig_put_build(&rig, &b), 0, "too large for one, too fast for the other");
	is_u64(rig_counter(&rig, "rate_limited"), 1, "the rate is more than oversize");
	rig.in.time_ns += INT64_C(10000000000);
	put_raw();
	rig_udp(&b, 1, 2, 60);
	is_u64(rig_put_build(&rig, &b), 1, "too fast for one");
	tap_not_sent(rig.tap, 0, rig.puts);
	is_u64(rig_counter(&rig, "failed"), 1, "failed is more than the rate");
	rig.in.time_ns += INT64_C(10000000000);
	tap_set_mtu(rig.tap, 1, 500);
	rig_udp(&b, 1, 2, 600);
	put_raw();
	is_u64(rig_counter(&rig, "oversize"), 1, "oversize is more than unsupported");
	rig.interface.linktype = 147;
	rig_put_build(&rig, &b);
	is_u64(rig_counter(&rig, "unsupported"), 1, "unsupported is what remains");
	ok(rig_adds_up(&rig), "outcomes add up");
	rig_end(&rig);
}

static void test_balance(void)
{
	unsigned count[3] = { 0 }, ports[3] = { 0 };
	bool steady = true;

	begin("vxlan://10.0.0.9/1");
	rig_target(&rig, "vxlan://10.0.0.8/1");
	rig_target(&rig, "vxlan://10.0.0.7/1");
	rig.config.balance = true;
	rig_start(&rig);
	for (unsigned host = 0; host < 300; host++) {
		uint32_t target;

		rig_udp(&b, (uint8_t)host, 1, 60);
		b.room[b.start + 28] = (uint8_t)(host >> 8);
		steady &= rig_put_build(&rig, &b) == 1;
		target = rig.frame[0].target;
		count[target]++;
		ports[target] |= 1U << (rig.bytes[14 + 20] * 256 + rig.bytes[14 + 21]) % 3;
		rig_put_build(&rig, &b);
		steady &= rig.frame[0].target == target;
	}
	ok(steady, "a flow has one target");
	ok(count[0] > 70 && count[1] > 70 && count[2] > 70, "each has a third: %u, %u, %u",
	   count[0], count[1], count[2]);
	ok(ports[0] == 7 && ports[1] == 7 && ports[2] == 7, "... and all of the source ports");
	rig_end(&rig);
}

static void test_segments(void)
{
	unsigned longest = 0;

	begin("vxlan://10.0.0.9/1");
	rig_target(&rig, "geneve://10.0.0.8/1");
	rig.config.segment = true;
	rig_start(&rig);
	frame = (struct gso_packet){ .version = 4, .payload_len = 4000, .flags = 16 };
	gso_packet_build(&frame);
	is_u64(rig_put(&rig, frame.bytes, frame.len), 2, "an interface of unknown MTU: whole");
	rig.interface.mtu = 1500;
	is_u64(rig_put(&rig, frame.bytes, frame.len), 6, "three segments to each of two targets");
	for (unsigned i = 0; i < rig.frames; i++)
		longest = rig.frame[i].len > longest ? rig.frame[i].len : longest;
	is_u64(longest, 1514 + 50, "... as large as the MTU allows");
	is_u64(rig.frame[1].target, 1, "... all targets first");
	is_u64(rig_counter(&rig, "segmented"), 1, "... counted");
	is_u64(rig_counter(&rig, "segments"), 3, "... the parts, too");
	tap_not_sent(rig.tap, 0, 2);
	tap_not_sent(rig.tap, 1, 2);
	is_u64(rig_counter(&rig, "failed"), 1, "a segment of a packet fails all of it");
	rig_end(&rig);
	begin("vxlan://10.0.0.9/1");
	rig.config.segment = true;
	rig.config.segment_mtu = 1000;
	rig.config.snaplen = 100;
	rig.interface.mtu = 9000;
	rig_start(&rig);
	is_u64(rig_put(&rig, frame.bytes, frame.len), 5, "--segment wins over the interface");
	is_u64(rig.frame[2].len, 150, "... and -s cuts the segments");
	is_u64(rig_counter(&rig, "snapped"), 1, "... of one packet");
	frame.protocol = 17;
	gso_packet_build(&frame);
	is_u64(rig_put(&rig, frame.bytes, frame.len), 1, "UDP is left whole");
	is_u64(rig_counter(&rig, "unsegmented"), 1, "... counted");
	rig_end(&rig);
}

static void test_checksums(void)
{
	static const uint8_t zero[2];

	frame = (struct gso_packet){ .version = 4, .payload_len = 100, .flags = 16 };
	gso_packet_build(&frame);
	/* 10.0.0.1, 10.0.0.2, TCP, 120 bytes. */
	build_be16(frame.bytes + frame.transport + 16, 0x1400 + 3 + 6 + 120);
	for (unsigned complete = 0; complete < 2; complete++) {
		const uint8_t *field = rig.bytes + 50 + frame.transport + 16;

		begin("vxlan://10.0.0.9/1");
		rig.config.checksums = complete;
		rig_start(&rig);
		rig_put(&rig, frame.bytes, frame.len);
		is_u64(rig_counter(&rig, "completed"), complete, "a partial checksum");
		ok((memcmp(field, frame.bytes + frame.transport + 16, 2) != 0) == complete,
		   "... is completed only where it is asked for");
		ok(memcmp(field, zero, 2) != 0, "... with something");
		rig_end(&rig);
	}
}

static void test_sections(void)
{
	struct section other = { .serial = 2 };

	begin("vxlan://10.0.0.9/1");
	rig_start(&rig);
	rig_udp(&b, 1, 2, 60);
	is_u64(rig_put_build(&rig, &b), 1, "a frame");
	ok(rig.out.interface->section == &rig.section,
	   "... on an interface of the packet's section");
	is_str(rig.out.interface->name, "vxlan-1@10.0.0.9", "... named after the target");
	rig.stage.block(rig.stage.self,
			&(struct block){ .kind = BLOCK_SECTION, .section = &other });
	rig.interface.section = &other;
	ok(rig_put_build(&rig, &b) == 1 && rig.out.interface->section == &other,
	   "the next section has its own");
	rig_end(&rig);
}

int main(void)
{
	test_order();
	test_filter();
	test_rules();
	test_own_tunnel();
	test_samples();
	test_rates();
	test_failures();
	test_precedence();
	test_balance();
	test_segments();
	test_checksums();
	test_sections();
	return tap_done();
}
