/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and names of sources, as they become interface and file names. */
#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"
#include "tunnel/origin.h"

enum { IPV4 = 0x0800, IPV6 = 0x86DD, UDP = 17, GRE = 47 };

static struct peel peel;

struct origin {
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len;
	char name[ORIGIN_NAME_MAX], description[ORIGIN_NAME_MAX];
};

static void make_origin(struct origin *origin, const struct build *b)
{
	struct span packet = span_of(build_data(b), build_len(b));

	peel_select(&peel, NULL, LINK_ETHERNET, packet.data, packet.len, packet.len);
	memset(origin->key, 0xEE, sizeof origin->key);
	origin->len = origin_key(&peel, packet, origin->key);
	origin_name(origin->key, origin->len, origin->name);
	origin_description(&peel, packet, origin->description);
}

static bool same(const struct origin *a, const struct origin *b)
{
	return a->len == b->len && memcmp(a->key, b->key, a->len) == 0;
}

/* What is inside a mirror's packet: payload bytes of `fill` under IPv4. */
static void inside(struct build *b, uint8_t fill)
{
	build_clear(b);
	build_pad(b, 20, fill);
	build_ipv4(b, fill, 1, 89);
}

static void vxlan(struct build *b, uint8_t fill, uint8_t vni, uint8_t source)
{
	inside(b, fill);
	build_ethernet(b, IPV4);
	build_hex(b, "08000000 000b0000");
	b->room[b->start + 6] = vni;
	build_udp(b, 4789);
	build_ipv4(b, source, 9, UDP);
	build_ethernet(b, IPV4);
}

static void gre(struct build *b, const char *header, bool six)
{
	inside(b, 1);
	build_hex(b, header);
	if (six)
		build_ipv6(b, 5, 9, GRE);
	else
		build_ipv4(b, 5, 9, GRE);
	build_ethernet(b, six ? IPV6 : IPV4);
}

static void test_names(void)
{
	struct origin origin;
	struct build b;

	vxlan(&b, 1, 0xb8, 5);
	make_origin(&origin, &b);
	is_str(origin.name, "vxlan-3000@10.0.0.5", "with an id");
	is_str(origin.description, "vxlan-3000@10.0.0.5 > 10.0.0.9", "described");
	gre(&b, "00000800", false);
	make_origin(&origin, &b);
	is_str(origin.name, "gre@10.0.0.5", "without an id");
	gre(&b, "20000800 fffffffe", true);
	make_origin(&origin, &b);
	is_str(origin.name, "gre-4294967294@2001:db8::5", "IPv6 without brackets");
	is_str(origin.description, "gre-4294967294@2001:db8::5 > 2001:db8::9", "IPv6 described");
	inside(&b, 1);
	build_ethernet(&b, IPV4);
	make_origin(&origin, &b);
	ok(origin.len == 0 && origin.name[0] == '\0' && origin.description[0] == '\0',
	   "no tunnel, no name");
}

static void test_nested(void)
{
	struct origin origin;
	struct build b;

	vxlan(&b, 1, 5, 5);
	b.start += 14;
	build_hex(&b, "00000800 00000000");
	build_udp(&b, 6081);
	build_ipv6(&b, 7, 8, UDP);
	build_ethernet(&b, IPV6);
	make_origin(&origin, &b);
	is_str(origin.name, "geneve-0@2001:db8::7+vxlan-2821@10.0.0.5", "nested");
	is_str(origin.description,
	       "geneve-0@2001:db8::7 > 2001:db8::8+vxlan-2821@10.0.0.5 > 10.0.0.9",
	       "nested, described");
}

/* The longest text there can be: as many tunnels as peel takes, all numbers long. */
static void test_longest(void)
{
	struct origin origin;
	struct build b;

	inside(&b, 1);
	for (int i = 0; i < PEEL_MAX; i++) {
		build_hex(&b, i > 0 ? "200086dd ffffffff" : "20000800 ffffffff");
		build_ipv6(&b, 1, 2, GRE);
		for (int j = 0; j < 32; j++)
			b.room[b.start + 8 + j] = 0xfd;
	}
	build_ethernet(&b, IPV6);
	make_origin(&origin, &b);
	is_u64(origin.len, 23 * PEEL_MAX, "a key of full length");
	/* "gre-4294967295@", two addresses of 39, " > "; "+" between them */
	is_u64(strlen(origin.description), 96 * PEEL_MAX + PEEL_MAX - 1,
	       "a description of full length");
}

static void test_keys(void)
{
	struct origin a, b;
	struct build packet;

	vxlan(&packet, 1, 7, 5);
	make_origin(&a, &packet);
	vxlan(&packet, 2, 7, 5);
	make_origin(&b, &packet);
	ok(same(&a, &b), "other payload, same key");
	vxlan(&packet, 1, 8, 5);
	make_origin(&b, &packet);
	ok(!same(&a, &b), "other id, other key");
	vxlan(&packet, 1, 7, 6);
	make_origin(&b, &packet);
	ok(!same(&a, &b), "other source, other key");
	vxlan(&packet, 1, 7, 5);
	packet.room[packet.start + 14 + 19] = 77;
	make_origin(&b, &packet);
	ok(same(&a, &b), "other destination, same key");
	gre(&packet, "00000800", false);
	make_origin(&a, &packet);
	gre(&packet, "20000800 00000000", false);
	make_origin(&b, &packet);
	ok(!same(&a, &b), "id 0 is not no id");
	gre(&packet, "00000800", true);
	make_origin(&b, &packet);
	ok(!same(&a, &b), "other family, other key");
}

/* A key cut short names the tunnels that are whole; nothing is read behind it. */
static void test_prefixes(void)
{
	struct origin origin;
	struct build b;
	bool good = true;

	vxlan(&b, 1, 5, 5);
	b.start += 14;
	build_ipv4(&b, 3, 4, 4);
	build_ethernet(&b, IPV4);
	make_origin(&origin, &b);
	is_str(origin.name, "ipip@10.0.0.3+vxlan-2821@10.0.0.5", "two tunnels");
	for (size_t cut = 0; cut <= origin.len; cut++) {
		uint8_t *exact = build_exact(origin.key, cut);
		char name[ORIGIN_NAME_MAX];

		origin_name(exact, cut, name);
		good &= strcmp(name, cut < 23		? ""
				     : cut < origin.len ? "ipip@10.0.0.3"
							: origin.name) == 0;
		free(exact);
	}
	ok(good, "every prefix of a key");
}

static const char *parsed(const char *name)
{
	static char back[ORIGIN_NAME_MAX];
	uint8_t key[ORIGIN_KEY_MAX];
	size_t len = origin_parse(name, key);

	origin_name(key, len, back);
	return back;
}

/* A name gives its key back, and what is nearly a name gives none. */
static void test_parse(void)
{
	static const char *const names[] = {
		"vxlan-3000@10.0.1.5",
		"vxlan-gpe-4294967295@2001:db8::1",
		"vxlan-gpe@10.0.1.5",
		"gre@10.0.1.5",
		"erspan3-0@::ffff:10.0.0.1",
		"gtpu-7@?",
		"geneve-0@10.9.9.9+vxlan-5@2001:db8::1+gre@10.0.0.1",
	};
	static const char *const others[] = {
		"",
		"eth0",
		"more-sources",
		"vxlan",
		"vxlan-5",
		"vxlan-5@",
		"vxlan-@10.0.1.5",
		"vxlan-4294967296@10.0.1.5",
		"vxlan-5x@10.0.1.5",
		"vxlan5@10.0.1.5",
		"gre0@NONE",
		"nothing-5@10.0.1.5",
		"vxlan-5@10.0.1.256",
		"vxlan-5@10.0.1.5+",
		"+vxlan-5@10.0.1.5",
		"vxlan-5@10.0.1.5+eth0",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		is_str(parsed(names[i]), names[i], names[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		is_str(parsed(others[i]), "", others[i]);
}

static void test_parse_longest(void)
{
	char name[ORIGIN_NAME_MAX + 200] = "gre@::1";
	uint8_t key[ORIGIN_KEY_MAX];

	for (int i = 1; i < PEEL_MAX; i++)
		strcat(name, "+gre@::1");
	is_u64(origin_parse(name, key), ORIGIN_KEY_MAX, "as many tunnels as a key holds");
	strcat(name, "+gre@::1");
	is_u64(origin_parse(name, key), 0, "one more");
	memset(name, 'v', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	is_u64(origin_parse(name, key), 0, "a name that is too long");
}

int main(void)
{
	test_names();
	test_nested();
	test_longest();
	test_keys();
	test_prefixes();
	test_parse();
	test_parse_longest();
	return tap_done();
}
