/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --by makes of packets. */
#include <glob.h>
#include <stdlib.h>

#include "base/hash_table.h"
#include "capture/source_file.h"
#include "lib/tap.h"
#include "tools/vtap-split/key.h"
#include "tools/vtap-split/key_cache.h"

static const struct section section = { .serial = 1 };
static struct interface eth0 = { .serial = 1,
				 .section = &section,
				 .linktype = LINK_ETHERNET,
				 .ticks_per_s = 1000000,
				 .name = "eth0" };
static uint8_t bytes[2048];
static size_t used;

static void put(const char *hex)
{
	for (; *hex; hex++) {
		unsigned value;

		if (*hex == ' ')
			continue;
		sscanf(hex++, "%2x", &value);
		bytes[used++] = (uint8_t)value;
	}
}

static void put_ethernet(const char *type)
{
	put("02 00 00 00 00 02  02 00 00 00 00 01");
	put(type);
}

static void put_ipv4(uint8_t protocol, size_t payload, const char *from, const char *to)
{
	size_t len = 20 + payload;

	put("45 00");
	bytes[used++] = (uint8_t)(len >> 8);
	bytes[used++] = (uint8_t)len;
	put("00 00 00 00 40");
	bytes[used++] = protocol;
	put("00 00");
	put(from);
	put(to);
}

static void put_tcp(const char *ports)
{
	put(ports);
	put("00000000 00000000 5000 0000 0000 0000");
}

/* The names of all keys of the packet in bytes, a space between two. */
static const char *keys_of(const char *by)
{
	static struct key keys[KEY_CHOICES];
	static struct key_text text;
	static struct peel peel;
	static char all[4096];
	struct encap_select select;
	struct key_spec spec;
	struct packet packet = { .data = bytes,
				 .caplen = (uint32_t)used,
				 .len = (uint32_t)used,
				 .linktype = eth0.linktype,
				 .interface = &eth0 };
	struct error err;
	size_t at = 0;

	encap_select_all(&select);
	if (!key_parse(&spec, by, &err))
		return "usage";
	peel_walk(&peel, &select, packet.linktype, bytes, packet.caplen, packet.len);
	for (unsigned i = 0, n = key_make(&spec, &packet, &peel, keys); i < n; i++) {
		key_write(&spec, &keys[i], &text);
		for (unsigned p = 0; p < text.count; p++)
			at += (size_t)sprintf(all + at, "%s%s",
					      p	  ? ","
					      : i ? " "
						  : "",
					      text.part[p]);
	}
	return all;
}

static void is_key(const char *by, const char *want)
{
	is_str(keys_of(by), want, by);
}

static void test_plain(void)
{
	used = 0;
	put_ethernet("81 00  00 64  81 00  00 c8  08 00");
	put_ipv4(6, 20, "0a 00 00 02", "0a 00 00 01");
	put_tcp("13 88 00 50");
	is_key("source", "eth0");
	is_key("outer-src", "");
	is_key("id", "");
	is_key("interface", "eth0");
	is_key("mac-src", "02:00:00:00:00:01");
	is_key("mac", "02:00:00:00:00:01 02:00:00:00:00:02");
	is_key("ip-src", "10.0.0.2");
	is_key("ip-dst", "10.0.0.1");
	is_key("host", "10.0.0.2 10.0.0.1");
	is_key("pair", "10.0.0.1_10.0.0.2");
	is_key("flow", "tcp_10.0.0.1.80_10.0.0.2.5000");
	is_key("vlan", "100.200");
	is_key("linktype", "1");
	is_key("ip-dst,vlan,id", "10.0.0.1,100.200,");
	is_key("mac,host", "02:00:00:00:00:01,10.0.0.2 02:00:00:00:00:02,10.0.0.2 "
			   "02:00:00:00:00:01,10.0.0.1 02:00:00:00:00:02,10.0.0.1");
	is_key("", "usage");
	is_key("flow,", "usage");
	is_key("flow,flow", "usage");
	is_key("flows", "usage");
}

/* The way back has the same keys where direction does not matter. */
static void test_directions(void)
{
	used = 0;
	put_ethernet("08 00");
	put_ipv4(6, 20, "0a 00 00 01", "0a 00 00 02");
	put_tcp("00 50 13 88");
	is_key("pair", "10.0.0.1_10.0.0.2");
	is_key("flow", "tcp_10.0.0.1.80_10.0.0.2.5000");
	used = 0;
	put_ethernet("08 00");
	put_ipv4(6, 20, "0a 00 00 01", "0a 00 00 01");
	put_tcp("00 50 00 50");
	is_key("host", "10.0.0.1");
	is_key("vlan", "");
}

/* VXLAN: addresses are those inside, ids and tags from the outside in. */
static void test_tunnel(void)
{
	used = 0;
	put_ethernet("81 00  00 0a  08 00");
	put_ipv4(17, 8 + 8 + 18 + 20 + 8, "c0 00 02 01", "c0 00 02 02");
	put("c0 00 12 b5 00 3e 00 00  08 00 00 00 00 0b b8 00");
	put("04 00 00 00 00 02  04 00 00 00 00 01  81 00  00 14  08 00");
	put_ipv4(1, 8, "0a 00 00 02", "0a 00 00 01");
	put("08 00 00 00 00 00 00 00");
	is_key("source", "vxlan-3000@192.0.2.1");
	is_key("outer-src", "192.0.2.1");
	is_key("id", "3000");
	is_key("mac", "04:00:00:00:00:01 04:00:00:00:00:02");
	is_key("host", "10.0.0.2 10.0.0.1");
	is_key("flow", "icmp_10.0.0.1_10.0.0.2");
	is_key("vlan", "10.20");
}

static void test_other(void)
{
	char name[3000];
	const char *text;

	used = 0;
	put_ethernet("86 dd");
	put("60000000 0008 11 40  20010db8 00000000 00000000 00000001  20010db8 00000000 00000000 "
	    "00000002  0035 1388 0008 0000");
	is_key("flow", "udp_2001:db8::1.53_2001:db8::2.5000");
	used = 0;
	put_ethernet("08 06");
	is_key("flow", "");
	is_key("host", "");
	eth0.name = NULL;
	eth0.id = 4;
	is_key("source", "if4");
	is_key("interface,linktype", "if4,1");
	eth0.linktype = 147;
	is_key("linktype", "147");
	is_key("mac", "");
	memset(name, 'n', sizeof(name));
	name[2999] = '\0';
	eth0.name = name;
	text = keys_of("interface");
	ok(strlen(text) == 1000 && text[982] == 'n' && text[983] == '~',
	   "a very long interface name is shortened");
}

/* What key_make() said of an id when it was met first. */
struct met {
	struct key_id id;
	size_t len;
	uint8_t bytes[];
};

static struct key_spec glance_spec;
static struct glance_table glance_table;
static struct encap_select everything;
static struct hash_table met_ids;
static uint64_t answered;

static bool as_before(const struct key_id *id, const struct key *key)
{
	struct met *met = hash_table_get(&met_ids, id, sizeof(*id));

	if (met)
		return met->len == key->len && memcmp(met->bytes, key->bytes, key->len) == 0;
	met = malloc(sizeof(*met) + key->len);
	*met = (struct met){ .id = *id, .len = key->len };
	memcpy(met->bytes, key->bytes, key->len);
	return hash_table_put(&met_ids, &met->id, sizeof(met->id), met);
}

/* True when equal ids have equal keys so far, or the glance has no opinion. */
static bool glance_agrees(const struct packet *packet)
{
	static struct key keys[KEY_CHOICES];
	static struct peel peel;
	struct key_id id;

	if (!key_glance(&glance_spec, &glance_table, packet, &id))
		return true;
	answered++;
	peel_walk(&peel, &everything, packet->linktype, packet->data, packet->caplen, packet->len);
	return key_make(&glance_spec, packet, &peel, keys) == 1 && as_before(&id, &keys[0]);
}

/* Cut at every byte, and with every byte of the headers changed. */
static bool all_agree(const struct packet *packet)
{
	static const uint8_t changes[] = { 0x01, 0x04, 0x10, 0x80, 0xFF };
	uint32_t len = packet->caplen < 160 ? packet->caplen : 160;
	struct packet changed = *packet;
	uint8_t *copy = malloc(packet->caplen + 1);
	bool good = glance_agrees(packet);

	memcpy(copy, packet->data, packet->caplen);
	changed.data = copy;
	for (changed.caplen = 0; changed.caplen < len; changed.caplen++)
		good &= glance_agrees(&changed);
	changed.caplen = packet->caplen;
	for (uint32_t at = 0; at < len; at++)
		for (size_t i = 0; i < sizeof(changes); i++) {
			copy[at] ^= changes[i];
			good &= glance_agrees(&changed);
			copy[at] ^= changes[i];
		}
	free(copy);
	return good;
}

static bool file_agrees(const char *name)
{
	struct error err;
	struct source *source = source_file_open(name, READER_AUTO, &err);
	enum source_result result;
	struct packet packet;
	struct block block;
	bool good = source != NULL;

	while (source && (result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK)
		good &= result != SOURCE_PACKET ||
			(packet.number > 30 ? glance_agrees(&packet) : all_agree(&packet));
	source_close(source);
	return good;
}

static void test_glance(const char *by, bool answers)
{
	size_t at = 0;
	struct met *met;
	struct error err;
	glob_t found = { 0 };
	bool good = glob("tests/data/*.pcap*", 0, NULL, &found) == 0;

	encap_select_all(&everything);
	glance_prepare(&glance_table, &everything);
	hash_table_init(&met_ids);
	answered = 0;
	good &= key_parse(&glance_spec, by, &err);
	for (size_t i = 0; i < found.gl_pathc; i++)
		good &= file_agrees(found.gl_pathv[i]);
	globfree(&found);
	ok(good, "%s: at a glance as by the walk, %zu keys", by, met_ids.count);
	ok(answers ? answered > 10000 : answered == 0, "%s: %" PRIu64 " answers", by, answered);
	while ((met = hash_table_next(&met_ids, &at)))
		free(met);
	hash_table_free(&met_ids);
}

static struct key_id some_id(uint64_t i)
{
	return (struct key_id){ .tunnel = i << 32, .address = { i * i } };
}

/* Any number of ids: what is found is right, and most are found. */
static void test_known(void)
{
	enum { IDS = 200000, HERE = 20000 };
	struct key_cache known = { .slot = NULL };
	const struct sink_pool_hint none = { 0 };
	static uint64_t keys[IDS];
	unsigned found = 0, wrong = 0, early = 0;

	for (uint64_t i = 0; i < IDS; i++) {
		struct key_id id = some_id(i);

		early += key_cache_get(&known, &id) != NULL;
		key_cache_put(&known, &id, (struct split_key *)(void *)&keys[i], none);
		for (uint64_t k = 0; i == HERE && k <= i; k++) {
			struct key_id old = some_id(k);
			struct key_cache_slot *slot = key_cache_get(&known, &old);

			found += slot != NULL;
			wrong += slot && slot->key != (struct split_key *)(void *)&keys[k];
		}
	}
	ok(early == 0 && wrong == 0, "no id is taken for another");
	ok(found > HERE / 100 * 95, "%u of %d ids are known", found, HERE + 1);
	ok(known.size <= 1 << 16, "%zu places for %d ids", known.size, IDS);
	key_cache_free(&known);
}

/* An IPv4 source and an IPv6 one whose first bytes are the same. */
static void test_versions(void)
{
	struct key_id id[2];
	struct error err;

	encap_select_all(&everything);
	glance_prepare(&glance_table, &everything);
	key_parse(&glance_spec, "source", &err);
	for (int six = 0; six < 2; six++) {
		struct packet packet = { .data = bytes, .linktype = 1, .interface = &eth0 };

		used = 0;
		put_ethernet(six ? "86 dd" : "08 00");
		if (six)
			put("60000000 0028 11 40  20010db8 00000000 00000000 00000000  20010db8 "
			    "00000000 00000000 00000002");
		else
			put_ipv4(17, 40, "20 01 0d b8", "c0 00 02 02");
		put("c0 00 12 b5 00 28 00 00  08 00 00 00 00 0b b8 00");
		put_ethernet("08 06");
		used += 10;
		packet.caplen = packet.len = (uint32_t)used;
		ok(key_glance(&glance_spec, &glance_table, &packet, &id[six]), "a glance at IPv%d",
		   six ? 6 : 4);
	}
	ok(!key_id_equal(&id[0], &id[1]), "versions are told apart");
}

int main(void)
{
	static const char *const quick[] = { "source",	  "outer-src", "id",
					     "interface", "linktype",  "linktype,id,interface" };

	test_plain();
	test_directions();
	test_tunnel();
	test_other();
	for (size_t i = 0; i < sizeof(quick) / sizeof(*quick); i++)
		test_glance(quick[i], true);
	test_glance("source,ip-src", false);
	test_glance("host", false);
	test_known();
	test_versions();
	return tap_done();
}
