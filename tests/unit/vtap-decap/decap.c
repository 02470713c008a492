/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/decap.h"

#include "base/json.h"
#include "header/reasm.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "tunnel/peel.h"

enum { NS = 1000000000 };

static struct section section = { .serial = 1 };
static struct interface interface = { .serial = 1,
				      .section = &section,
				      .linktype = LINK_ETHERNET,
				      .snaplen = 262144,
				      .ticks_per_s = 1000000 };

/* The tool as pipeline drives it, without files. */
struct rig {
	struct decap_config config;
	struct decap *decap;
	struct stage stage;
	struct stats stats;
	struct packet in, out;
	uint64_t puts, passed, due;
};

static void begin(struct rig *rig)
{
	*rig = (struct rig){ .config = { .reassembly_memory = REASM_MEMORY_MIN,
					 .reassembly_time_ns = NS } };
	encap_select_all(&rig->config.select);
}

static void start(struct rig *rig)
{
	struct error err;

	rig->decap = decap_new(&rig->config, &err);
	rig->stage = decap_stage(rig->decap);
	decap_stats(rig->decap, &rig->stats);
}

static void drain(struct rig *rig, bool end)
{
	struct packet packet;

	while (rig->stage.due(rig->stage.self, end, &packet))
		rig->due++;
}

static enum verdict put(struct rig *rig, const struct packet *packet)
{
	struct error err;
	enum verdict verdict;

	rig->in = *packet;
	rig->out = *packet;
	verdict = rig->stage.put(rig->stage.self, &rig->in, &rig->out, &err);
	rig->puts++;
	rig->passed += verdict == PASS;
	drain(rig, false);
	return verdict;
}

static uint64_t counter(const struct rig *rig, const char *name)
{
	for (const struct stats_row *row = rig->stats.rows; row->name; row++) {
		uint64_t value;

		if (strcmp(row->name, name) != 0)
			continue;
		memcpy(&value, (const char *)rig->stats.counters + row->offset, sizeof(value));
		return value;
	}
	return UINT64_MAX;
}

static uint64_t outcomes(const struct rig *rig)
{
	uint64_t sum = 0;

	for (const struct stats_row *row = rig->stats.rows; row->name; row++)
		if (row->group == STATS_OUTCOME)
			sum += counter(rig, row->name);
	return sum;
}

/* Every packet in exactly one outcome, and every packet accounted for. */
static void finish(struct rig *rig, const char *name)
{
	drain(rig, true);
	ok(outcomes(rig) == rig->puts, "%s: outcomes add up", name);
	decap_free(rig->decap);
}

static struct packet packet_of(const struct build *b, int64_t time_ns)
{
	return (struct packet){ .time_ns = time_ns,
				.ticks = (uint64_t)time_ns / 1000,
				.data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET,
				.interface = &interface };
}

/* A frame of 60 bytes in VXLAN from 10.0.0.source. */
static struct packet vxlan(struct build *b, uint8_t source, const char *header)
{
	build_clear(b);
	build_pad(b, 46, 0xAA);
	build_ethernet(b, 0x88B5);
	build_hex(b, header);
	build_udp(b, 4789);
	build_ipv4(b, source, 99, 17);
	build_ethernet(b, 0x0800);
	return packet_of(b, 5LL * NS);
}

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
	return packet_of(b, 6LL * NS);
}

static struct packet plain(struct build *b)
{
	build_clear(b);
	build_pad(b, 46, 0xBB);
	build_ethernet(b, 0x88B5);
	return packet_of(b, 7LL * NS);
}

#define VXLAN_5		 "08000000 00000500"
#define VXLAN_6		 "08000000 00000600"
#define VXLAN_5_RESERVED "08ff0000 00000500"

static void stripping(void)
{
	const struct interface *five;
	struct packet packet;
	struct build b;
	struct rig rig;

	begin(&rig);
	start(&rig);
	packet = vxlan(&b, 1, VXLAN_5);
	packet.len += 30;
	ok(put(&rig, &packet) == PASS && rig.out.caplen == 60 && rig.out.len == 60 &&
		   rig.out.data == packet.data + 50,
	   "the frame is left, no longer than the outer headers say");
	five = rig.out.interface;
	is_str(five->name, "vxlan-5@10.0.0.1", "the interface is named after the source");
	is_str(five->description, "vxlan-5@10.0.0.1 > 10.0.0.99", "... and describes the way");
	ok(five->section == &section && five->snaplen == 262144 && five->linktype == LINK_ETHERNET,
	   "... in the same section, with the same snaplen");
	ok(rig.out.time_ns == packet.time_ns && rig.out.ticks == packet.ticks &&
		   five->ticks_per_s == interface.ticks_per_s,
	   "... and the time is exact");
	packet = vxlan(&b, 1, VXLAN_6);
	ok(put(&rig, &packet) == PASS && rig.out.interface != five, "another VNI, another one");
	packet = vxlan(&b, 2, VXLAN_5);
	ok(put(&rig, &packet) == PASS && rig.out.interface != five, "another source, another one");
	packet = vxlan(&b, 1, VXLAN_5);
	ok(put(&rig, &packet) == PASS && rig.out.interface == five, "the same again, the same");
	packet = gre(&b, 1, 0);
	ok(put(&rig, &packet) == PASS && rig.out.linktype == LINK_RAW && rig.out.caplen == 60,
	   "bare IP has link type 101");
	is_str(rig.out.interface->name, "gre@10.0.0.1", "... and an interface of its own");
	packet = plain(&b);
	ok(put(&rig, &packet) == PASS && rig.out.interface == &interface &&
		   rig.out.data == packet.data,
	   "what is no tunnel passes as it is");
	packet = vxlan(&b, 1, VXLAN_5);
	put(&rig, &packet);
	rig.stage.block(rig.stage.self, &(struct block){ .kind = BLOCK_SECTION });
	packet = vxlan(&b, 1, VXLAN_5);
	ok(put(&rig, &packet) == PASS && rig.out.interface != five &&
		   strcmp(rig.out.interface->name, five->name) == 0,
	   "a new section has interfaces of its own");
	is_u64(counter(&rig, "stripped"), 7, "stripped");
	is_u64(counter(&rig, "tunnels_vxlan"), 6, "... of VXLAN");
	is_u64(counter(&rig, "passed_no_tunnel"), 1, "passed");
	finish(&rig, "stripping");
}

/* Ticks of 2^-40 s are finer than time_ns, and not rounded to it. */
static void resolutions(void)
{
	static const struct interface fine = { .serial = 2,
					       .section = &section,
					       .linktype = LINK_ETHERNET,
					       .ticks_per_s = UINT64_C(1) << 40,
					       .offset_s = 5 };
	const struct interface *coarse;
	struct packet packet;
	struct build b;
	struct rig rig;

	begin(&rig);
	start(&rig);
	packet = vxlan(&b, 1, VXLAN_5);
	put(&rig, &packet);
	coarse = rig.out.interface;
	packet.interface = &fine;
	packet.ticks = 12345678901234567;
	packet.time_ns = packet_time_ns(&fine, packet.ticks);
	ok(put(&rig, &packet) == PASS && rig.out.ticks == packet.ticks &&
		   rig.out.time_ns == packet.time_ns && rig.out.interface != coarse &&
		   packet_time_ns(rig.out.interface, rig.out.ticks) == packet.time_ns,
	   "a time finer than nanoseconds is kept");
	ok(rig.out.interface->snaplen == coarse->snaplen, "... and one snaplen for all");
	finish(&rig, "resolutions");
}

/* Packets that are not stripped, by cause; each is tried with and without -x. */
static struct packet damaged(struct build *b, unsigned which)
{
	struct packet packet = vxlan(b, 1, VXLAN_5);

	switch (which) {
	case 0:
		return plain(b);
	case 1:
		packet.caplen = 14 + 20 + 8 + 7;
		return packet;
	case 2:
		return vxlan(b, 1, "00000000 00000500");
	case 3:
		return vxlan(b, 1, VXLAN_5_RESERVED);
	case 4:
		packet.linktype = 147;
		return packet;
	case 5:
		packet = gre(b, 1, 0);
		memcpy(b->room + b->start + 36, "\x88\x0b", 2);
		return packet;
	default:
		packet.caplen = 14 + 19;
		return packet;
	}
}

static void causes(bool drop)
{
	static const char *const names[] = { "no_tunnel",    "truncated",   "malformed", "strict",
					     "unknown_link", "unsupported", "truncated" };
	char name[64];
	struct rig rig;
	struct build b;

	begin(&rig);
	rig.config.drop = drop;
	rig.config.select.strict = true;
	start(&rig);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		struct packet packet = damaged(&b, i);
		uint64_t before;

		snprintf(name, sizeof(name), "%s_%s", drop ? "dropped" : "passed", names[i]);
		before = counter(&rig, name);
		ok(put(&rig, &packet) == (drop ? DROP : PASS) && counter(&rig, name) == before + 1,
		   "%s", name);
	}
	finish(&rig, drop ? "with -x" : "without -x");
}

static void selection(void)
{
	struct packet packet;
	struct build b;
	struct rig rig;

	begin(&rig);
	rig.config.select.ranges = 1;
	rig.config.select.range[0].first = rig.config.select.range[0].last = 6;
	start(&rig);
	packet = vxlan(&b, 1, VXLAN_5);
	put(&rig, &packet);
	is_u64(counter(&rig, "passed_no_tunnel"), 1, "an id that is not selected");
	packet = vxlan(&b, 1, VXLAN_6);
	put(&rig, &packet);
	is_u64(counter(&rig, "stripped"), 1, "one that is");
	packet = gre(&b, 1, 0);
	put(&rig, &packet);
	is_u64(counter(&rig, "passed_no_tunnel"), 2, "a tunnel without ids is not selected by ids");
	finish(&rig, "selection");
}

static void anomalies(void)
{
	struct packet packet;
	struct build b;
	struct rig rig;

	begin(&rig);
	start(&rig);
	packet = vxlan(&b, 1, VXLAN_5_RESERVED);
	ok(put(&rig, &packet) == PASS && rig.out.caplen == 60 &&
		   counter(&rig, "reserved_bits") == 1,
	   "reserved bits are counted");
	finish(&rig, "anomalies");
}

static void ether(void)
{
	struct packet packet;
	struct build b;
	struct rig rig;

	begin(&rig);
	rig.config.ether = true;
	start(&rig);
	packet = gre(&b, 1, 0);
	ok(put(&rig, &packet) == PASS && rig.out.linktype == LINK_ETHERNET &&
		   rig.out.interface->linktype == LINK_ETHERNET && rig.out.caplen == 74 &&
		   rig.out.len == 74,
	   "--ether makes Ethernet of bare IP");
	ok(memcmp(rig.out.data, "\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd\x60", 15) == 0,
	   "... with its addresses and EtherType");
	packet = vxlan(&b, 1, VXLAN_5);
	ok(put(&rig, &packet) == PASS && rig.out.caplen == 60, "Ethernet stays as it is");
	finish(&rig, "ether");
}

/* Cuts an IPv4 packet in two: the first `part` bytes of payload, or the rest. */
static struct packet fragment(struct build *b, const struct packet *packet, bool first,
			      uint32_t part, int64_t time_ns)
{
	uint32_t payload = packet->caplen - 34;
	uint32_t from = first ? 0 : part, len = first ? part : payload - part;
	uint8_t *ip;

	build_clear(b);
	memcpy(build_front(b, len), packet->data + 34 + from, len);
	memcpy(build_front(b, 34), packet->data, 34);
	ip = b->room + b->start + 14;
	build_be16(ip + 2, 20 + len);
	build_be16(ip + 6, (first ? 0x2000U : 0) | from / 8);
	return packet_of(b, time_ns);
}

static void fragments(void)
{
	struct build b, part;
	struct packet whole, packet;
	struct rig rig;

	begin(&rig);
	start(&rig);
	whole = vxlan(&b, 1, VXLAN_5);
	packet = fragment(&part, &whole, false, 24, 8LL * NS);
	ok(put(&rig, &packet) == HOLD, "a fragment is held");
	packet = fragment(&part, &whole, true, 24, 8LL * NS + 5000);
	ok(put(&rig, &packet) == PASS && rig.out.caplen == 60 && rig.out.len == 60 &&
		   memcmp(rig.out.data, whole.data + 50, 60) == 0,
	   "the other completes it");
	is_u64((uint64_t)rig.out.time_ns, 8LL * NS + 5000, "... and gives it its time");
	is_str(rig.out.interface->name, "vxlan-5@10.0.0.1", "... and the source is known");
	ok(counter(&rig, "fragments_reassembled") == 1 &&
		   counter(&rig, "datagrams_reassembled") == 1,
	   "both are counted");
	memcpy(b.room + b.start + 36, "\0\x35", 2);
	packet = fragment(&part, &whole, true, 24, 9LL * NS);
	put(&rig, &packet);
	packet = fragment(&part, &whole, false, 24, 9LL * NS);
	ok(put(&rig, &packet) == HOLD && rig.due == 2 &&
		   counter(&rig, "passed_fragment_no_tunnel") == 2,
	   "fragments of what is no tunnel come out again");
	b.room[b.start + 23] = 6;
	packet = fragment(&part, &whole, true, 24, 9LL * NS);
	ok(put(&rig, &packet) == PASS && counter(&rig, "passed_fragment_no_tunnel") == 3,
	   "fragments of TCP are not even held");
	finish(&rig, "fragments");
}

static void lost_fragments(bool drop)
{
	const char *outcome = drop ? "dropped" : "passed";
	struct build b, part;
	struct packet whole, packet;
	char name[64];
	struct rig rig;

	begin(&rig);
	rig.config.drop = drop;
	start(&rig);
	whole = vxlan(&b, 1, VXLAN_5);
	packet = fragment(&part, &whole, true, 24, 1LL * NS);
	put(&rig, &packet);
	packet = plain(&b);
	put(&rig, &packet);
	snprintf(name, sizeof(name), "%s_fragment_timeout", outcome);
	ok(counter(&rig, name) == 1 && rig.due == !drop, "a fragment that waits too long: %s",
	   name);
	whole = vxlan(&b, 1, VXLAN_5);
	packet = fragment(&part, &whole, true, 24, 7LL * NS);
	put(&rig, &packet);
	packet.caplen--;
	put(&rig, &packet);
	snprintf(name, sizeof(name), "%s_fragment_truncated", outcome);
	is_u64(counter(&rig, name), 1, name);
	drain(&rig, true);
	snprintf(name, sizeof(name), "%s_fragment_incomplete", outcome);
	is_u64(counter(&rig, name), 1, name);
	finish(&rig, "lost fragments");
}

static void no_reassembly(void)
{
	struct build b, part;
	struct packet whole, packet;
	struct rig rig;

	begin(&rig);
	rig.config.reassembly_memory = 0;
	start(&rig);
	whole = vxlan(&b, 1, VXLAN_5);
	packet = fragment(&part, &whole, true, 24, 1LL * NS);
	ok(put(&rig, &packet) == PASS && counter(&rig, "passed_fragment_no_memory") == 1,
	   "without memory fragments pass");
	finish(&rig, "no reassembly");
}

static void loss(void)
{
	static const struct {
		uint8_t source;
		uint32_t number;
	} seen[] = { { 1, 1 }, { 2, 50 }, { 1, 2 }, { 2, 53 }, { 1, 3 } };
	char *text = NULL;
	size_t size = 0;
	struct json json;
	struct build b;
	struct rig rig;
	FILE *to;

	begin(&rig);
	start(&rig);
	for (unsigned i = 0; i < sizeof seen / sizeof *seen; i++) {
		struct packet packet = gre(&b, seen[i].source, seen[i].number);

		put(&rig, &packet);
	}
	ok(counter(&rig, "sequence_received") == 5 && counter(&rig, "sequence_missing") == 2,
	   "loss is counted");
	to = open_memstream(&text, &size);
	json_init(&json, to);
	stats_sources_json(&json, rig.stats.sources, rig.stats.sources_arg);
	fclose(to);
	ok(strstr(text, "gre@10.0.0.1") != NULL && strstr(text, "gre@10.0.0.2") != NULL,
	   "per source");
	free(text);
	finish(&rig, "loss");
}

int main(void)
{
	stripping();
	resolutions();
	causes(false);
	causes(true);
	selection();
	anomalies();
	ether();
	fragments();
	lost_fragments(false);
	lost_fragments(true);
	no_reassembly();
	loss();
	return tap_done();
}
