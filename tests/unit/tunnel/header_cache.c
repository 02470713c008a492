/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache says what the parser says, or nothing: over built packets of all kinds and the captures
 * of tests/data, cut at every byte, with every byte changed, and with other lengths.
 */
#include "tunnel/header_cache.h"

#include "lib/captures.h"
#include "lib/tap.h"
#include "lib/tunnels.h"
#include "tunnel/origin.h"
#include "tunnel/wirelen.h"

enum { HEAD = 140, VALUES = 4096 };

/* What was found behind the headers that were learned. */
struct value {
	struct tunnel tunnel;
	uint8_t key[ORIGIN_KEY_MAX];
	size_t key_len;
};

struct rig {
	struct encap_select select;
	struct encap_table table;
	struct header_cache cache;
	struct peel peel;
	struct value value[VALUES];
	unsigned values;
	uint64_t asked, answered;
};

static struct rig rig;

static void begin(const struct encap_select *select)
{
	header_cache_free(&rig.cache);
	rig.select = *select;
	encap_table_init(&rig.table, &rig.select);
	rig.values = 0;
}

static struct span bytes_of(const struct packet *packet)
{
	return span_of(packet->data, packet->caplen);
}

static void peel_rig(const struct packet *packet)
{
	peel_packet(&rig.peel, &rig.table, packet->linktype, packet->data, packet->caplen,
		    packet->len);
}

static void learn(const struct packet *packet)
{
	struct value *value = &rig.value[rig.values++];

	assert(rig.values < VALUES);
	peel_rig(packet);
	value->tunnel = rig.peel.layer[0].tunnel;
	value->key_len = origin_key(&rig.peel, bytes_of(packet), value->key);
	header_cache_learn(&rig.cache, bytes_of(packet), &rig.peel, value);
}

static bool same_tunnel(const struct tunnel *a, const struct tunnel *b)
{
	return a->encap == b->encap && a->has_id == b->has_id && a->cut == b->cut &&
	       a->varies == b->varies && a->anomalies == b->anomalies && a->id == b->id &&
	       a->sequence == b->sequence && a->sequence_bits == b->sequence_bits &&
	       a->header_len == b->header_len && a->payload_len == b->payload_len &&
	       a->linktype == b->linktype && a->direction == b->direction &&
	       a->first_nibble == b->first_nibble && a->meta == b->meta;
}

static bool same_value(const struct value *value, const struct packet *packet)
{
	uint8_t key[ORIGIN_KEY_MAX];

	return same_tunnel(&value->tunnel, &rig.peel.layer[0].tunnel) &&
	       origin_key(&rig.peel, bytes_of(packet), key) == value->key_len &&
	       memcmp(key, value->key, value->key_len) == 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The bounds of what is left, as vtap-decap uses them. */
static bool same_bounds(const struct header_cache_entry *entry, const struct packet *packet,
			uint32_t end)
{
	return rig.peel.caplen == smaller(packet->caplen, end) - entry->offset &&
	       rig.peel.len == smaller(larger(packet->len, packet->caplen), end) - entry->offset;
}

/* What the outer headers and the inner one claim, as vtap-fixlen uses it. */
static bool same_claim(const struct header_cache_entry *entry, uint32_t end,
		       const struct header_cache_inside *inside)
{
	const struct headers *outer = &rig.peel.headers[0], *inner = peel_inner(&rig.peel);
	uint64_t claim;

	if (outer->network != entry->network || outer->network_end != end ||
	    (headers_is_udp(outer) &&
	     (outer->transport_end != end || outer->payload != entry->tunnel)) ||
	    (!headers_is_udp(outer) && entry->tunnel != 0))
		return false;
	if (inside->header_end == 0)
		return inner->ip_version == 0 && inner->end == HEADERS_NOT_IP;
	if (inside->end <= inside->header_end)
		return true;
	return inner->network_end == entry->offset + inside->end &&
	       inner->network + (inner->ip_version == 4 ? 20U : 40U) ==
		       entry->offset + inside->header_end &&
	       wirelen_peel(&rig.peel, &claim) == WIRELEN_KNOWN &&
	       claim == larger(end, entry->offset + inside->end);
}

/* True when the cache and the parser agree, or the cache has no opinion. */
static bool agrees(void *arg, const struct packet *packet)
{
	const struct header_cache_entry *entry;
	struct header_cache_inside inside;
	uint32_t end;

	(void)arg;
	rig.asked++;
	entry = header_cache_lookup(&rig.cache, bytes_of(packet), &end);
	if (!entry || !header_cache_inside(
			      &rig.table, entry->linktype,
			      span_from(span_first(bytes_of(packet), end), entry->offset), &inside))
		return true;
	rig.answered++;
	peel_rig(packet);
	return rig.peel.count == 1 && rig.peel.end == PEEL_PLAIN &&
	       rig.peel.layer[0].tunnel.index == entry->index && rig.peel.offset == entry->offset &&
	       rig.peel.linktype == entry->linktype && same_value(entry->value, packet) &&
	       same_bounds(entry, packet, end) && same_claim(entry, end, &inside);
}

static bool answers(const struct packet *packet)
{
	uint64_t before = rig.answered;

	return agrees(NULL, packet) && rig.answered > before;
}

/* Outer lengths that are right together, and wrong. */
static unsigned lengths_wrong(const struct packet *of)
{
	static const int away[] = { 0, 1, -1 };
	struct packet packet = *of;
	uint8_t *exact = build_exact(of->data, of->caplen);
	struct headers headers;
	unsigned wrong = 0;

	packet.data = exact;
	headers_parse(&headers, LINK_ETHERNET, bytes_of(of), 0);
	for (unsigned len = 0; headers.ip_version != 0 && len < of->caplen + 40; len++)
		for (size_t i = 0; i < sizeof(away) / sizeof(*away); i++) {
			if (headers.ip_version == 4)
				build_be16(exact + headers.network + 2, len);
			else
				build_be16(exact + headers.network + 4, len);
			if (headers_is_udp(&headers))
				build_be16(exact + headers.transport + 4,
					   len - (headers.ip_version == 4 ? 20U : 0) +
						   (unsigned)away[i]);
			wrong += !agrees(NULL, &packet);
		}
	free(exact);
	return wrong;
}

static unsigned all_wrong(const struct packet *packet, bool few)
{
	return variants_wrong(packet, HEAD, few, agrees, NULL) + lengths_wrong(packet);
}

/* Whether the cache has to know such a packet once it was seen twice: where the length fields stand
 * within HEADER_CACHE_FIELD_MASK, and nothing unusual is inside. */
static bool must_answer(const struct tunnel_row *row, int inner, bool six, int tags)
{
	return row->repeats && tags <= (six && row->number >= 256 ? 1 : 2) &&
	       (inner != MPLS || row->bare != 0);
}

/* Everything, and what -e, --port, --id, --depth and --strict make of it. */
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
	add_port(&selects[5], 9 + ENCAP_PORT_SLOTS, "vxlan");
	add_port(&selects[5], 0, "vxlan");
	add_port(&selects[6], 9, "vxlan"); /* where the inner packets of these tests go */
	add_port(&selects[6], 4789 + ENCAP_PORT_SLOTS, "vxlan");
	add_port(&selects[6], 4790, "vxlan-gpe"); /* the first of two counts */
	add_port(&selects[6], 4790, "vxlan");
}

/* A packet is learned when it is seen for the second time; all variants of it agree. */
static void test_row(const struct tunnel_row *row)
{
	unsigned wrong = 0, silent = 0, early = 0;
	struct packet packet;
	struct build b;

	for (int i = 0; i < SELECTS * TUNNEL_INNERS; i++) {
		bool six = (i / 6 + i) % 2;
		int tags = (i / 6 + i % 6) % 4, kind = tunnel_inners[i % 6];

		begin(&selects[i / 6]);
		packet = tunnel_frame(&b, row, kind, six, tags);
		learn(&packet);
		early += answers(&packet);
		learn(&packet);
		silent += i < 6 && answers(&packet) != must_answer(row, kind, six, tags);
		wrong += all_wrong(&packet, i >= TUNNEL_INNERS);
	}
	is_u64(wrong, 0, row->name);
	ok(silent == 0 && early == 0, "%s: answers from the second packet on", row->name);
}

/* Every shape of outer headers. */
static void test_shapes(void)
{
	struct packet packet;
	struct build b;

	for (int six = 0; six < 2; six++)
		for (int tags = 0; tags <= 3; tags++) {
			unsigned wrong = 0;

			for (unsigned i = 0; i < TUNNEL_ROWS; i++) {
				begin(&selects[0]);
				packet = tunnel_frame(&b, &tunnel_rows[i], TCP, six, tags);
				learn(&packet);
				learn(&packet);
				wrong += answers(&packet) !=
					 must_answer(&tunnel_rows[i], TCP, six, tags);
			}
			is_u64(wrong, 0, "answers what it should");
		}
}

/* Options behind the outer IPv6 header may be anything: such tunnels are not learned. */
static void test_extension(void)
{
	struct packet packet;
	struct build b;

	begin(&selects[0]);
	tunnel_inner(&b, &tunnel_rows[0], TCP);
	build_hex(&b, tunnel_rows[0].header);
	build_udp(&b, 4789);
	build_hex(&b, "1100010400000000");
	build_ipv6(&b, 5, 9, 60);
	build_ethernet(&b, IPV6);
	packet = packet_of(&b, NULL);
	learn(&packet);
	learn(&packet);
	ok(!answers(&packet) && all_wrong(&packet, false) == 0, "behind an extension header");
}

/* All tunnels are known: what carries anything else in them is told from them. */
static void test_mixed(void)
{
	unsigned wrong = 0;
	struct packet packet;
	struct build b;

	for (int six = 0; six < 2; six++) {
		begin(&selects[0]);
		for (unsigned i = 0; i < 2 * TUNNEL_ROWS; i++) {
			packet = tunnel_frame(&b, &tunnel_rows[i / 2], TCP, six, 0);
			learn(&packet);
		}
		for (unsigned i = 0; i < TUNNEL_ROWS * 3 * TUNNEL_INNERS; i++) {
			struct tunnel_row row = tunnel_rows[i / 3 / TUNNEL_INNERS];

			row.bare = (const uint8_t[]){ 0, 4, 6 }[i / TUNNEL_INNERS % 3];
			packet = tunnel_frame(&b, &row, tunnel_inners[i % TUNNEL_INNERS], six, 0);
			wrong += !agrees(NULL, &packet);
		}
	}
	is_u64(wrong, 0, "what else tunnels carry");
}

/* Learned twice where it begins, so that the packets of each file meet those in front of them. */
static bool capture_agrees(void *arg, const struct packet *packet)
{
	if (packet->number == 1)
		begin(&selects[0]);
	if (packet->linktype != LINK_ETHERNET)
		return true;
	if (packet->number <= 1000) {
		learn(packet);
		learn(packet);
	}
	return packet->number <= 6 ? all_wrong(packet, false) == 0 : agrees(arg, packet);
}

static void test_captures(void)
{
	rig.asked = rig.answered = 0;
	is_u64(captures_wrong(capture_agrees, NULL), 0, "tests/data: what the parser says");
	ok(rig.answered > 100000, "... %" PRIu64 " answers of %" PRIu64, rig.answered, rig.asked);
}

/* Tunnel number n of many, in VXLAN: one origin in four has the VNIs of another. */
static struct packet tunnel(struct build *b, uint32_t n)
{
	struct packet packet = tunnel_frame(b, &tunnel_rows[0], TCP, false, 0);

	build_be16(b->room + b->start + 28, n / 4 % 65536);
	build_be16(b->room + b->start + 47, n % 4 + (n >> 18 << 2));
	return packet;
}

static bool finds(const struct packet *packet, const void *value)
{
	uint32_t end;
	const struct header_cache_entry *entry =
		header_cache_lookup(&rig.cache, bytes_of(packet), &end);

	return entry && entry->value == value;
}

/* As the tools do: what is not found is peeled, and learned. Returns how many were found. */
static unsigned round_of(uint32_t first, uint32_t count)
{
	static uint8_t values[1 << 20];
	unsigned found = 0;
	struct build b;

	for (uint32_t i = first; i < first + count; i++) {
		struct packet packet = tunnel(&b, i);

		if (finds(&packet, &values[i % sizeof(values)])) {
			found++;
			continue;
		}
		peel_rig(&packet);
		header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel,
				   &values[i % sizeof(values)]);
	}
	return found;
}

static void test_growth(void)
{
	enum { TUNNELS = 20000, MANY = 100000 };
	unsigned found;

	begin(&selects[0]);
	is_u64(round_of(0, TUNNELS), 0, "no tunnel is known before it was seen");
	is_u64(rig.cache.count, 0, "... and none is learned when it is seen once");
	round_of(0, TUNNELS);
	round_of(0, TUNNELS);
	found = round_of(0, TUNNELS);
	ok(found >= TUNNELS / 100 * 95, "%u of %d tunnels are known", found, TUNNELS);
	for (int i = 0; i < 3; i++)
		round_of(0, MANY);
	ok(rig.cache.sets * HEADER_CACHE_WAYS <= HEADER_CACHE_MAX &&
		   rig.cache.count <= HEADER_CACHE_MAX,
	   "%u entries for %d tunnels", rig.cache.sets * HEADER_CACHE_WAYS, MANY);
}

/* Somebody makes up tunnels, between the packets of real ones: those stay known. */
static void test_hostile(void)
{
	enum { REAL = 1000, HOSTILE = 1000000, EACH = 10 };
	uint64_t state = 88172645463325252U;
	unsigned found = 0;
	struct build b;

	begin(&selects[0]);
	for (int i = 0; i < 3; i++)
		round_of(0, REAL);
	for (unsigned i = 0; i < HOSTILE; i++) {
		struct packet packet = tunnel(&b, 0);

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(b.room + b.start + 26, &state, 4);
		memcpy(b.room + b.start + 46, (char *)&state + 4, 3);
		peel_rig(&packet);
		header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel, &rig);
		found += i % EACH == 0 && round_of(i / EACH % REAL, 1);
	}
	ok(rig.cache.count < REAL + HOSTILE / 100, "%u tunnels are learned of %d seen once",
	   rig.cache.count - REAL, HOSTILE);
	ok(found >= HOSTILE / EACH / 100 * 99, "%u of %d packets of others are known", found,
	   HOSTILE / EACH);
}

/* A checksum and a tag that differ in each packet leave the cache as it is. */
static void test_varying(const struct tunnel_row *row, size_t at)
{
	struct build b;

	begin(&selects[0]);
	for (unsigned i = 0; i < 1000; i++) {
		struct packet packet = tunnel_frame(&b, row, TCP, false, 0);

		build_be16(b.room + b.start + at, i);
		learn(&packet);
	}
	ok(rig.peel.count == 1 && !rig.cache.seen, "what differs in each packet is not learned");
}

static void test_values(void)
{
	struct build b;
	struct packet packet = tunnel(&b, 1);
	int first, second;

	begin(&selects[0]);
	ok(!finds(&packet, &first) && !rig.cache.seen && rig.cache.count == 0 &&
		   rig.cache.sets == 1,
	   "a cache that has learned nothing has no memory");
	peel_rig(&packet);
	header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel, &first);
	header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel, &first);
	ok(finds(&packet, &first), "a value is given back");
	header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel, &second);
	ok(finds(&packet, &second) && rig.cache.count == 1, "... and replaced");
	packet = tunnel_frame(&b, &tunnel_rows[TUNNEL_ROWS - 1], TCP, false, 0);
	begin(&selects[0]);
	peel_rig(&packet);
	header_cache_learn(&rig.cache, bytes_of(&packet), &rig.peel, &first);
	ok(!rig.cache.seen, "what is no tunnel takes no memory");
}

/* An IPv4 source and an IPv6 one whose first bytes are the same, and one bit of each address. */
static void test_sources(void)
{
	unsigned wrong = 0;
	struct packet packet;
	struct build b;

	for (int six = 0; six < 2; six++) {
		size_t at = six ? 22 : 26, len = six ? 16 : 4;

		begin(&selects[0]);
		packet = tunnel_frame(&b, &tunnel_rows[0], TCP, six, 0);
		learn(&packet);
		learn(&packet);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			b.room[b.start + at + bit / 8] ^= (uint8_t)(1 << bit % 8);
			wrong += answers(&packet);
			b.room[b.start + at + bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		wrong += !answers(&packet);
	}
	is_u64(wrong, 0, "every bit of a source tells it from others");
}

int main(void)
{
	header_cache_init(&rig.cache);
	prepare_selects();
	for (size_t i = 0; i < TUNNEL_ROWS; i++)
		test_row(&tunnel_rows[i]);
	test_shapes();
	test_extension();
	test_mixed();
	test_captures();
	test_growth();
	test_hostile();
	test_varying(&(struct tunnel_row){ "gre", 47, 4, false, "80000800 00000000" }, 38);
	test_varying(&(struct tunnel_row){ "tzsp", 37008, 0, false, "01000001 29020000 01" }, 48);
	test_values();
	test_sources();
	header_cache_free(&rig.cache);
	return tap_done();
}
