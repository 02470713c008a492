/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first packets of a tunnel take the full path, those that follow may take the fast one: both
 * give the same. One stage that knows no tunnel, new for each packet, is held against one that sees
 * them all, each several times, over built packets and the captures of tests/data.
 */
#include "tools/vtap-decap/decap_fast.h"

#include <stdlib.h>

#include "lib/many_stages.h"
#include "lib/tap.h"
#include "lib/tunnels.h"

enum { HEAD = 120, TIMES = 3 };

static struct decap_config config;
static uint64_t asked, quick;

struct rig {
	struct decap *decap;
	struct stage stage;
	struct stats stats;
	struct packet out; /* the last one */
};

static struct rig known;

static void start(struct rig *rig)
{
	struct error err;

	*rig = (struct rig){ .decap = decap_new(&config, &err) };
	assert(rig->decap != NULL);
	rig->stage = decap_stage(rig->decap);
	decap_stats(rig->decap, &rig->stats);
}

static uint64_t counter(const struct rig *rig, const struct stats_row *row)
{
	uint64_t value;

	memcpy(&value, (const char *)rig->stats.counters + row->offset, sizeof(value));
	return value;
}

enum { ROWS = 256 };

/* Without sequence numbers: those depend on what came before. */
static void add(uint64_t sums[ROWS], const struct rig *rig, uint64_t times)
{
	const struct stats_row *row = rig->stats.rows;

	for (int i = 0; i < ROWS && row[i].name; i++)
		if (strncmp(row[i].name, "sequence_", 9) != 0)
			sums[i] += times * counter(rig, &row[i]);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_packet(const struct packet *a, const struct packet *b)
{
	const struct interface *to = a->interface, *other = b->interface;

	return a->time_ns == b->time_ns && a->ticks == b->ticks && a->caplen == b->caplen &&
	       a->len == b->len && a->linktype == b->linktype && a->number == b->number &&
	       a->options.len == b->options.len && a->block.len == b->block.len &&
	       (a->caplen == 0 || memcmp(a->data, b->data, a->caplen) == 0) &&
	       same_text(to->name, other->name) && to->linktype == other->linktype &&
	       to->ticks_per_s == other->ticks_per_s && to->offset_s == other->offset_s &&
	       to->section == other->section;
}

/* What is due after a packet, one by one. */
static bool same_due(struct rig *a, struct rig *b)
{
	struct packet one, other;
	bool due = true, good = true;

	while (due && good) {
		due = a->stage.due(a->stage.self, false, &one);
		good = b->stage.due(b->stage.self, false, &other) == due &&
		       (!due || same_packet(&one, &other));
	}
	return good;
}

/* The fast path from file to file, which the stage may refuse, and which no simple packet takes.
 * `want` is the packet after a verdict of PASS. */
static bool quick_agrees(const struct packet *in, enum verdict verdict, const struct packet *want)
{
	struct fast_packet packet = { .interface = in->interface,
				      .linktype = LINK_ANY,
				      .packet = span_of(in->data, in->caplen),
				      .len = in->len,
				      .time_ns = in->time_ns };
	struct packet out = *in;

	asked++;
	if (in->form == PACKET_SIMPLE || !known.stage.fast ||
	    !known.stage.fast(known.stage.self, &packet))
		return false;
	quick++;
	if (packet.left_out)
		return verdict == DROP && known.stage.fast_chooses;
	out.data += packet.offset;
	out.caplen = packet.caplen;
	out.len = packet.kept_len;
	decap_move(&out, packet.to);
	return verdict == PASS && same_packet(&out, want);
}

static uint64_t alone[ROWS], together[ROWS];
static const struct section *section; /* of the last packet */

/* The same again and again; in->options are none, as the fast path from file to file wants it. */
static bool put_agrees(void *arg, const struct packet *in)
{
	struct packet want = *in, got;
	struct error err;
	struct rig fresh;
	enum verdict verdict;
	uint64_t before = quick, times = TIMES;
	bool good = true;

	(void)arg;
	if (in->interface->section != section)
		known.stage.block(known.stage.self, &(struct block){ .kind = BLOCK_SECTION });
	section = in->interface->section;
	start(&fresh);
	verdict = fresh.stage.put(fresh.stage.self, in, &want, &err);
	for (int i = 0; i < TIMES; i++) {
		got = *in;
		good &= known.stage.put(known.stage.self, i % 2 ? &got : in, &got, &err) == verdict;
		good &= verdict != PASS || same_packet(&want, &got);
		if (i + 1 < TIMES)
			while (known.stage.due(known.stage.self, false, &got))
				;
	}
	good &= same_due(&fresh, &known);
	good &= quick_agrees(in, verdict, &want) || quick == before;
	times += quick - before;
	add(alone, &fresh, times);
	decap_free(fresh.decap);
	return good;
}

static const struct section sections[] = { { .serial = 1 }, { .serial = 2 } };

/* Of other times, in another section, and of a link type whose packets look like Ethernet's. */
static const struct interface interfaces[] = {
	{ .serial = 1, .section = sections, .linktype = LINK_ETHERNET, .ticks_per_s = 1000000 },
	{ .serial = 2, .section = sections, .linktype = LINK_ETHERNET, .ticks_per_s = 1000000000 },
	{ .serial = 3, .section = sections, .linktype = LINK_PPP, .ticks_per_s = 1000000 },
	{ .serial = 4,
	  .section = sections,
	  .linktype = LINK_ETHERNET,
	  .ticks_per_s = 1000000,
	  .offset_s = 5 },
	{ .serial = 5, .section = sections, .linktype = LINK_ETHERNET, .ticks_per_s = 1000000 },
	{ .serial = 6, .section = sections + 1, .linktype = LINK_ETHERNET, .ticks_per_s = 1000000 },
	{ .serial = 7, .section = sections + 1, .linktype = LINK_SLL2, .ticks_per_s = 1000000 },
};

enum { INTERFACES = sizeof(interfaces) / sizeof(*interfaces) };

/* By turns, so that the cache meets each behind each other. */
static unsigned interfaces_wrong(const struct packet *of)
{
	struct packet packet = *of;
	unsigned wrong = 0;

	for (int i = 0; i < INTERFACES * INTERFACES * 2; i++) {
		packet_move(&packet, &interfaces[i % 2 ? i / 2 % INTERFACES : i / 2 / INTERFACES]);
		wrong += !put_agrees(NULL, &packet);
	}
	return wrong;
}

static bool capture_agrees(void *arg, const struct packet *of)
{
	struct packet packet = *of;
	unsigned wrong = 0;

	if (packet.number > 20)
		return true;
	wrong += !put_agrees(arg, &packet);
	packet.block.len = packet.options.len = 0;
	if (packet.number == 1)
		wrong += variants_wrong(&packet, HEAD, true, put_agrees, arg);
	return wrong + (packet.number <= 2 ? interfaces_wrong(&packet) : 0) == 0;
}

static void test_captures(void)
{
	is_u64(captures_wrong(capture_agrees, NULL), 0, "tests/data");
}

static void test_tunnels(void)
{
	struct packet packet;
	struct build b;

	for (unsigned i = 0; i < TUNNEL_ROWS; i++) {
		unsigned wrong = 0;

		for (int k = 0; k < TUNNEL_INNERS * 8; k++) {
			packet = tunnel_frame(&b, &tunnel_rows[i], tunnel_inners[k % TUNNEL_INNERS],
					      k / TUNNEL_INNERS % 2, k / TUNNEL_INNERS / 2);
			packet.interface = &interfaces[0];
			wrong += !put_agrees(NULL, &packet);
			if (k % 16 == 0)
				wrong += variants_wrong(&packet, HEAD, true, put_agrees, NULL) +
					 interfaces_wrong(&packet);
		}
		is_u64(wrong, 0, tunnel_rows[i].name);
	}
}

/* Several datagrams of a known tunnel joined to one, and one that is no GSO packet. */
static void test_gso(void)
{
	uint64_t before = known.stage.gso->split;
	struct packet packet;
	struct build b;
	uint8_t *first;
	size_t len;

	packet = tunnel_frame(&b, &tunnel_rows[0], TCP, false, 0);
	packet.interface = &interfaces[0];
	ok(put_agrees(NULL, &packet), "a datagram of a tunnel");
	len = build_len(&b) - 42;
	first = b.room + b.start + 42;
	memcpy(first + len, first, len);
	memcpy(first + 2 * len, first, len);
	b.end += 2 * len;
	build_be16(first - 26, 28 + 3 * len);
	build_be16(first - 4, 8 + 3 * len);
	/* As who joined them leaves it: the sum of the pseudo-header. */
	build_be16(first - 2, 0x0a00 * 2 + 5 + 9 + UDP + 8 + 3 * len);
	packet.caplen = packet.len = (uint32_t)build_len(&b);
	ok(put_agrees(NULL, &packet), "three that were joined");
	ok(known.stage.gso->split > before, "... and that are cut again");
	is_u64(variants_wrong(&packet, HEAD, true, put_agrees, NULL), 0, "... and variants");
}

static void test_config(const char *what)
{
	printf("# %s\n", what);
	memset(alone, 0, sizeof(alone));
	memset(together, 0, sizeof(together));
	asked = quick = 0;
	start(&known);
	test_captures();
	test_tunnels();
	test_gso();
	add(together, &known, 1);
	decap_free(known.decap);
	ok(memcmp(alone, together, sizeof(alone)) == 0 && alone[0] > 0, "counters");
	if (config.live)
		is_u64(quick, 0, "no fast path from file to file");
	else
		ok(quick > asked / 10, "%" PRIu64 " of %" PRIu64 " were quick", quick, asked);
}

/* Of the captures some packets are in time, and some of these match; all stages share it. */
static struct choice *choice_or_die(void)
{
	const struct moment since = { .behind_first = true, .ns = 0 },
			    until = { .behind_first = true, .ns = INT64_C(3600000000000) };
	const struct choice_config choice = { .expression = "ip and not icmp",
					      .since = &since,
					      .until = &until };
	struct error err;
	struct choice *made = choice_new(&choice, &err);

	assert(made != NULL);
	return made;
}

int main(void)
{
	keep_memory();
	encap_select_all(&config.select);
	test_config("all");
	config.ether = true;
	test_config("--ether");
	config.ether = false;
	config.live = true;
	test_config("live");
	config.live = false;
	config.choice = choice_or_die();
	test_config("-f, --since and --until");
	config.live = true;
	test_config("... live");
	config.live = false;
	choice_free(config.choice);
	config.choice = NULL;
	config.select.strict = true;
	test_config("--strict");
	config.select.depth = 1;
	test_config("--depth 1");
	return tap_done();
}
