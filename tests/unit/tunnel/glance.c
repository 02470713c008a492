/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A glance says what the whole walk says, or nothing: over packets of all kinds, cut at every byte
 * and with every byte changed, and over the captures of tests/data.
 */
#include "tunnel/claim.h"
#include "tunnel/glance.h"

#include <glob.h>

#include "capture/source_file.h"
#include "lib/build.h"
#include "lib/tap.h"
#include "tunnel/origin.h"
#include "tunnel/wirelen.h"

enum { IPV4 = 0x0800, ARP = 0x0806, IPV6 = 0x86DD, VLAN = 0x8100, QINQ = 0x88A8, MPLS = 0x8847 };
enum { TCP = 6, UDP = 17, IPV6_IN_IP = 41, GRE = 47, NONE = 59 };

static struct peel peel;
static uint64_t asked, answered, claimed; /* by the glance */

static bool same_tunnel(const struct tunnel *a, const struct tunnel *b)
{
	return a->encap == b->encap && a->has_id == b->has_id &&
	       a->has_sequence == b->has_sequence && a->cut == b->cut &&
	       a->anomalies == b->anomalies && a->id == b->id && a->sequence == b->sequence &&
	       a->sequence_bits == b->sequence_bits && a->header_len == b->header_len &&
	       a->payload_len == b->payload_len && a->linktype == b->linktype &&
	       a->direction == b->direction && a->meta == b->meta;
}

static bool same_origin(const struct glance *glance, struct span packet)
{
	uint8_t key[ORIGIN_KEY_MAX], quick[ORIGIN_KEY_LEN];

	origin_glance(glance, quick);
	return origin_key(&peel, packet, key) == sizeof(quick) &&
	       memcmp(key, quick, sizeof(quick)) == 0;
}

/* Bytes of the link header and its tags. */
static uint32_t link_len(const struct layers *layers)
{
	return layers->ip < 0 ? 0 : layers->layer[layers->ip].offset;
}

/* The same for the length that is claimed. */
static bool claim_agrees(const struct glance_table *table, uint32_t linktype, const uint8_t *data,
			 uint32_t caplen, uint32_t len)
{
	struct claim claim;
	uint64_t end;

	if (!claim_at(&claim, table, linktype, data, caplen, len))
		return true;
	claimed++;
	peel_walk(&peel, table->select, linktype, data, caplen, len);
	return wirelen_peel(&peel, &end) == WIRELEN_KNOWN && end == claim.end &&
	       claim.link_len == link_len(&peel.walk[0]) && peel.count == claim.tunnelled &&
	       (!claim.tunnelled || (same_tunnel(&peel.layer[0].tunnel, &claim.glance.tunnel) &&
				     same_origin(&claim.glance, span_of(data, caplen))));
}

/* True when both agree, or the glance has no opinion. */
static bool agrees(const struct encap_select *select, uint32_t linktype, const uint8_t *data,
		   uint32_t caplen, uint32_t len)
{
	struct glance_table table;
	struct glance glance;

	glance_prepare(&table, select);
	asked++;
	if (!claim_agrees(&table, linktype, data, caplen, len))
		return false;
	if (!glance_at(&glance, &table, linktype, data, caplen, len))
		return true;
	answered++;
	peel_walk(&peel, select, linktype, data, caplen, len);
	return peel.count == 1 && peel.end == PEEL_PLAIN && peel.offset == glance.offset &&
	       peel.caplen == glance.caplen && peel.len == glance.len &&
	       peel.linktype == glance.tunnel.linktype &&
	       peel.anomalies == glance.tunnel.anomalies &&
	       encap_index(peel.layer[0].tunnel.encap) == glance.encap &&
	       same_tunnel(&peel.layer[0].tunnel, &glance.tunnel) &&
	       same_origin(&glance, span_of(data, caplen));
}

/* Everything, and what -e, -p, --id, --depth and --strict make of it. */
static struct encap_select selects[7];
enum { SELECTS = sizeof(selects) / sizeof(*selects) };

static void add_port(struct encap_select *select, uint16_t port, const char *name)
{
	select->port[select->ports].port = port;
	select->port[select->ports++].encap = (uint8_t)encap_index(encap_find(name));
}

static void prepare_selects(void)
{
	for (int i = 0; i < SELECTS; i++)
		encap_select_all(&selects[i]);
	selects[1].strict = true;
	selects[2].depth = 1;
	selects[3].ranges = 1;
	selects[3].range[0].last = 7;
	selects[4].wanted = 1U << encap_index(encap_find("vxlan"));
	add_port(&selects[5], 4789, "geneve"); /* two codecs of one port */
	add_port(&selects[5], 9 + GLANCE_PORTS, "vxlan");
	add_port(&selects[5], 0, "vxlan");
	add_port(&selects[6], 9, "vxlan"); /* where the inner packets of these tests go */
	add_port(&selects[6], 4789 + GLANCE_PORTS, "vxlan");
	add_port(&selects[6], 4790, "vxlan-gpe"); /* the first of two counts */
	add_port(&selects[6], 4790, "vxlan");
}

/* Cut and changed in all ways, in memory that ends where the packet does. */
static bool all_agree(const struct encap_select *select, const uint8_t *data, size_t len)
{
	static const uint8_t changes[] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF };
	uint8_t *exact;
	bool good = true;

	for (size_t cut = 0; cut <= len; cut++) {
		exact = build_exact(data, cut);
		good &= agrees(select, LINK_ETHERNET, exact, (uint32_t)cut, (uint32_t)len);
		free(exact);
	}
	exact = build_exact(data, len);
	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < sizeof(changes); i++) {
			exact[at] ^= changes[i];
			good &= agrees(select, LINK_ETHERNET, exact, (uint32_t)len, (uint32_t)len);
			exact[at] ^= changes[i];
		}
	good &= agrees(select, LINK_RAW, exact, (uint32_t)len, (uint32_t)len) &&
		agrees(select, LINK_ETHERNET, exact, (uint32_t)len, (uint32_t)len - 1) &&
		agrees(select, LINK_ETHERNET, exact, (uint32_t)len, UINT32_MAX);
	free(exact);
	return good;
}

static void put_tunnel(struct build *b, int inner, uint16_t port, const char *header)
{
	build_clear(b);
	build_pad(b, 18, 0x55);
	if (inner == TCP)
		build_hex(b, "00500050 00000000 00000000 50000000 00000000");
	else
		build_udp(b, 9);
	if (inner == IPV6)
		build_ipv6(b, 1, 2, UDP);
	else
		build_ipv4(b, 1, 2, inner == TCP ? TCP : UDP);
	if (inner == VLAN)
		build_vlan(b, 5, IPV4);
	if (inner != 0)
		build_ethernet(b, (uint16_t)(inner == TCP ? IPV4 : inner));
	build_hex(b, header);
	build_udp(b, port);
}

/* Behind up to three tags, in IPv4 or IPv6. */
static void put_outer(struct build *b, bool six, int tags)
{
	uint16_t type = six ? IPV6 : IPV4;

	if (six)
		build_ipv6(b, 5, 9, UDP);
	else
		build_ipv4(b, 5, 9, UDP);
	for (int i = 0; i < tags; i++) {
		build_vlan(b, 100, type);
		type = i % 2 == 0 ? VLAN : QINQ;
	}
	build_ethernet(b, type);
}

static const struct {
	const char *name;
	uint16_t port;
	bool bare; /* carries IP */
	const char *header;
} tunnels[] = {
	{ "vxlan", 4789, false, "08000000 00000700" },
	{ "vxlan with reserved bits", 8472, false, "08000001 00000701" },
	{ "vxlan-gpe", 4790, false, "0C000003 00000700" },
	{ "geneve", 6081, false, "00006558 00000700" },
	{ "geneve with options", 6081, false,
	  "04006558 00000700 01020301 aabbccdd 01020300 01020300" },
	{ "geneve with IP", 6081, true, "00000800 00000700" },
	{ "gtpu", 2152, true, "30ff002e 00000007" },
	{ "tzsp", 37008, false, "01000001 0d01" },
	{ "stacked", 4789, true,
	  "08000000 00000700 020000000001020000000002 0800"
	  "45000052000000004011000001020304050607 08 c35012b5003e0000 08000000 00000800" },
	{ "no tunnel", 53, false, "00000000" },
};

static void test_packets(void)
{
	static const int inner[] = { IPV4, IPV6, VLAN, ARP, MPLS, TCP };
	struct build b;

	for (size_t i = 0; i < sizeof(tunnels) / sizeof(*tunnels); i++) {
		bool good = true;

		for (size_t k = 0; k < sizeof(inner) / sizeof(*inner); k++) {
			for (int s = 0; s < SELECTS; s++) {
				put_tunnel(&b, tunnels[i].bare ? 0 : inner[k], tunnels[i].port,
					   tunnels[i].header);
				put_outer(&b, (s + k) % 2, (int)(s + k) % 4);
				good &= all_agree(&selects[s], build_data(&b), build_len(&b));
			}
		}
		ok(good, "%s", tunnels[i].name);
	}
}

/* Without this, a glance that never answers would pass. */
static void test_answers(void)
{
	struct glance_table table;
	struct glance glance;
	struct build b;

	glance_prepare(&table, &selects[0]);
	for (int six = 0; six < 2; six++)
		for (int tags = 0; tags < 3; tags++) {
			put_tunnel(&b, six ? IPV4 : TCP, 4789, tunnels[0].header);
			put_outer(&b, six, tags);
			ok(glance_at(&glance, &table, LINK_ETHERNET, build_data(&b),
				     (uint32_t)build_len(&b), (uint32_t)build_len(&b)) &&
				   glance.tunnel.id == 7,
			   "answers behind %d tags, IPv%d", tags, six ? 6 : 4);
		}
	put_outer(&b, false, 0);
	ok(!glance_at(&glance, &table, LINK_ETHERNET, build_data(&b), (uint32_t)build_len(&b),
		      (uint32_t)build_len(&b)),
	   "leaves what it does not know");
}

/* Which packets a glance is enough for, and what they claim. */
static void test_claims(void)
{
	static const struct {
		const char *name, *packet;
		uint32_t linktype;
		uint64_t end; /* 0: has to be walked */
	} tests[] = {
		{ "IPv4, TCP, cut behind IP", "45000400 00000000 40060000 01020304 05060708",
		  LINK_RAW, 1024 },
		{ "IPv6, ICMPv6",
		  "60000000 0400 3a 40 00000000 00000000 00000000 00000001"
		  "00000000 00000000 00000000 00000002",
		  LINK_RAW, 1064 },
		{ "no more than a header", "45000014 00000000 40060000 01020304 05060708", LINK_RAW,
		  0 },
		{ "length 0", "45000000 00000000 40060000 01020304 05060708", LINK_RAW, 0 },
		{ "IPv6, length 0",
		  "60000000 0000 06 40 00000000 00000000 00000000 00000001"
		  "00000000 00000000 00000000 00000002",
		  LINK_RAW, 0 },
		{ "a fragment", "45000400 00002000 40060000 01020304 05060708", LINK_RAW, 0 },
		{ "GRE", "45000400 00000000 402f0000 01020304 05060708", LINK_RAW, 0 },
		{ "ARP", "ffffffffffff 020000000001 0806 0001 0800 0604 0001", LINK_ETHERNET, 0 },
	};
	struct glance_table table;
	struct claim claim;
	struct build b;

	glance_prepare(&table, &selects[0]);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		uint64_t end = 0;

		build_clear(&b);
		build_hex(&b, tests[i].packet);
		if (claim_at(&claim, &table, tests[i].linktype, build_data(&b),
			     (uint32_t)build_len(&b), (uint32_t)build_len(&b)))
			end = claim.end;
		is_u64(end, tests[i].end, tests[i].name);
		ok(all_agree(&selects[0], build_data(&b), build_len(&b)), "%s: agrees",
		   tests[i].name);
	}
}

static bool file_agrees(const char *name)
{
	struct source *source;
	struct packet packet;
	struct block block;
	struct error err;
	enum source_result result;
	bool good = true;

	source = source_file_open(name, READER_AUTO, &err);
	if (!source)
		return false;
	while ((result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK) {
		if (result != SOURCE_PACKET)
			continue;
		good &= packet.linktype != LINK_ETHERNET || packet.number > 30 ||
			all_agree(&selects[0], packet.data,
				  packet.caplen < 200 ? packet.caplen : 200);
		for (int s = 0; s < SELECTS; s++)
			good &= agrees(&selects[s], packet.linktype, packet.data, packet.caplen,
				       packet.len);
	}
	source_close(source);
	return good;
}

static void test_files(void)
{
	glob_t found = { 0 };
	bool good = true;

	ok(glob("tests/data/*.pcap", 0, NULL, &found) == 0, "there are captures");
	for (size_t i = 0; i < found.gl_pathc; i++)
		good &= file_agrees(found.gl_pathv[i]);
	globfree(&found);
	ok(good, "all captures of tests/data");
}

int main(void)
{
	prepare_selects();
	test_packets();
	test_answers();
	test_files();
	test_claims();
	ok(claimed > answered, "claims of %" PRIu64 " of %" PRIu64, claimed, asked);
	ok(answered > asked / 20, "answered %" PRIu64 " of %" PRIu64, answered, asked);
	return tap_done();
}
