/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key that the cache knows is the key that key_make() makes: over built packets and the captures
 * of tests/data, cut at every byte and with every byte of the headers changed.
 */
#include "key/key_cache.h"

#include "lib/tap.h"
#include "lib/tunnels.h"
#include "tools/vtap-split/split_internal.h"
#include "tunnel/wirelen.h"

enum { HEAD = 160 };

static struct key_spec spec;
static struct encap_select everything;
static struct encap_table table;
static struct key_cache cache;
static struct split_key *known; /* keys that were learned; text is their bytes */
static struct peel peel;
static struct key keys[KEY_CHOICES];
static uint64_t asked, answered, skipped;

static void start(const char *by)
{
	struct error err;

	assert(key_parse(&spec, by, &err));
	encap_select_all(&everything);
	encap_table_init(&table, &everything);
	key_cache_init(&cache, &spec, &table);
	asked = answered = skipped = 0;
}

static void finish(void)
{
	key_cache_free(&cache);
	while (known) {
		struct split_key *next = known->next;

		free(known);
		known = next;
	}
}

/* The text of these keys are the bytes of keys[0], and n is how many. */
static bool is_key(const struct split_key *key)
{
	return key->n == keys[0].len && memcmp(key->text, keys[0].bytes, key->n) == 0;
}

static struct split_key *key_of_bytes(void)
{
	struct split_key *key = known;

	while (key && !is_key(key))
		key = key->next;
	if (key)
		return key;
	key = calloc(1, sizeof(*key) + keys[0].len);
	assert(key != NULL);
	key->n = keys[0].len;
	memcpy(key->text, keys[0].bytes, key->n);
	key->next = known;
	return known = key;
}

static unsigned make(const struct packet *packet)
{
	peel_packet(&peel, &table, packet->linktype, packet->data, packet->caplen, packet->len);
	return key_make(&spec, packet, &peel, key_cache_taken(&cache, packet), keys);
}

/* Twice: a tunnel is learned when it is seen for the second time. */
static void learn(const struct packet *packet)
{
	for (int i = 0; i < 2; i++)
		if (make(packet) == 1)
			key_cache_put(&cache, packet, &peel, key_of_bytes());
}

static uint64_t claim_of(const struct peel *of, uint64_t outer_end)
{
	uint64_t claim;

	wirelen_peel(of, &claim);
	return claim > outer_end ? claim : outer_end;
}

/* What key_cache_peel_get() leaves of the packet is what peel_packet() leaves. */
static bool peel_agrees(const struct packet *packet)
{
	static struct peel left;
	uint32_t outer_end;
	struct split_key *key = key_cache_peel_get(&cache, packet, &left, &outer_end);
	unsigned count = make(packet);

	skipped += outer_end != 0;
	return (!key || (count == 1 && is_key(key))) &&
	       left.count == (outer_end ? 0 : peel.count) && left.offset == peel.offset &&
	       left.caplen == peel.caplen && left.len == peel.len &&
	       left.linktype == peel.linktype &&
	       memcmp(peel_inner(&left), peel_inner(&peel), sizeof(struct headers)) == 0 &&
	       claim_of(&left, outer_end) == claim_of(&peel, 0);
}

/* True when the cache has the right key, or none. */
static bool agrees(void *arg, const struct packet *packet)
{
	struct split_key *key = key_cache_get(&cache, packet);

	(void)arg;
	asked++;
	answered += key != NULL;
	if (key && (make(packet) != 1 || !is_key(key)))
		return false;
	return peel_agrees(packet);
}

/* The bytes of Ethernet on an interface of another link type. */
static bool elsewhere_agrees(const struct packet *of)
{
	struct interface interface = *of->interface;
	struct packet packet = *of;

	interface.linktype = packet.linktype = LINK_PPP;
	packet.interface = &interface;
	return agrees(NULL, &packet);
}

static bool capture_agrees(void *arg, const struct packet *packet)
{
	if (packet->number > 1000)
		return agrees(arg, packet);
	learn(packet);
	return elsewhere_agrees(packet) &&
	       (packet->number > 10 ? agrees(arg, packet)
				    : variants_wrong(packet, HEAD, true, agrees, arg) == 0);
}

static const struct section section = { .serial = 1 };

/* Known and unknown ones by turns, and tunnels of all kinds. */
static unsigned tunnels_wrong(void)
{
	struct interface interface = { .section = &section, .linktype = LINK_ETHERNET };
	struct packet packet;
	unsigned wrong = 0;
	struct build b;

	for (unsigned i = 0; i < TUNNEL_ROWS * 8; i++) {
		interface.serial = 1000 + i;
		packet = tunnel_frame(&b, &tunnel_rows[i % TUNNEL_ROWS], TCP, i / TUNNEL_ROWS % 2,
				      (int)(i / TUNNEL_ROWS / 2));
		packet.interface = &interface;
		/* The first bytes of IPv6's source as IPv4's. */
		if (i / TUNNEL_ROWS == 0)
			memcpy(b.room + b.start + 26, "\x20\x01\x0d\xb8", 4);
		wrong += !agrees(NULL, &packet);
		learn(&packet);
		wrong += variants_wrong(&packet, HEAD, true, agrees, NULL);
	}
	return wrong;
}

static void test_keys(const char *by, bool answers, bool skips)
{
	start(by);
	is_u64(captures_wrong(capture_agrees, NULL), 0, by);
	is_u64(tunnels_wrong(), 0, by);
	ok(answers ? answered > asked / 4 : answered == 0, "%s: %" PRIu64 " answers of %" PRIu64,
	   by, answered, asked);
	ok(skips ? skipped > asked / 4 : skipped == 0,
	   "%s: outer headers skipped %" PRIu64 " times", by, skipped);
	finish();
}

/* Interfaces that share a place in the cache, and one whose link type differs. */
static void test_interfaces(void)
{
	struct interface interface = { .serial = 5,
				       .section = &section,
				       .linktype = LINK_ETHERNET };
	struct packet packet = { .linktype = LINK_ETHERNET, .interface = &interface };

	start("interface,linktype");
	ok(!key_cache_get(&cache, &packet), "an interface that was not seen");
	learn(&packet);
	ok(key_cache_get(&cache, &packet) != NULL, "... and that was");
	packet.linktype = LINK_RAW;
	ok(!key_cache_get(&cache, &packet), "... of another link type");
	packet.linktype = LINK_ETHERNET;
	interface.serial += KEY_CACHE_INTERFACES;
	ok(!key_cache_get(&cache, &packet), "... and one in its place");
	learn(&packet);
	interface.serial -= KEY_CACHE_INTERFACES;
	ok(!key_cache_get(&cache, &packet), "... which it gives way to");
	finish();
}

/* The same outer headers, on an interface whose name has a tunnel that was taken off and on one
 * whose name has none. */
static void test_taken(void)
{
	struct interface plain = { .serial = 5, .section = &section, .linktype = LINK_ETHERNET };
	struct interface taken = plain;
	struct packet packet;
	struct build b;

	taken.serial = 6;
	taken.name = "geneve-3@10.9.9.9";
	start("id");
	for (int i = 0; i < 3; i++) {
		packet = tunnel_frame(&b, &tunnel_rows[0], TCP, 0, 0);
		packet.interface = &taken;
		learn(&packet);
		ok(!key_cache_get(&cache, &packet), "the tunnel is not all of the key");
		packet.interface = &plain;
		learn(&packet);
		ok(key_cache_get(&cache, &packet) && agrees(NULL, &packet), "... but here it is");
	}
	finish();
}

int main(void)
{
	static const char *const quick[] = { "source", "outer-src", "id",
					     "encap",  "interface", "linktype" };
	static const char *const slow[] = { "source,ip-src", "host", "vlan",
					    "linktype,id,interface" };

	for (size_t i = 0; i < sizeof(quick) / sizeof(*quick); i++)
		test_keys(quick[i], true, true);
	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
		test_keys(slow[i], false, strcmp(slow[i], "host") == 0);
	test_interfaces();
	test_taken();
	return tap_done();
}
