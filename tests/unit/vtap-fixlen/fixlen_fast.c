/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets whose tunnel the cache knows get the length and the counters that a stage gives them
 * which has seen none before: over built packets and the captures of tests/data, cut, padded, and
 * with their bytes changed.
 */
#include "lib/many_stages.h"
#include "lib/tap.h"
#include "lib/tunnels.h"
#include "tools/vtap-fixlen/fixlen.h"

enum { HEAD = 130, TIMES = 3 };

static struct fixlen_config config;
static struct fixlen known;
static uint64_t asked, quick;

/* The packet that a stage gives which knows no tunnel; its counters go to *counters. */
static struct packet fresh(const struct packet *in, struct fixlen_counters *counters)
{
	struct fixlen fixlen;
	struct packet out = *in;
	struct error err;

	fixlen_init(&fixlen, &config);
	assert(fixlen_put(&fixlen, in, &out, &err) == PASS);
	*counters = fixlen.counters;
	fixlen_free(&fixlen);
	return out;
}

/* The fast path from file to file, which the stage may refuse. */
static bool quick_agrees(const struct packet *in, const struct packet *out,
			 const struct fixlen_counters *want)
{
	struct fast_packet packet = { .interface = in->interface,
				      .linktype = LINK_ANY,
				      .packet = span_of(in->data, in->caplen),
				      .len = in->len };

	asked++;
	known.counters = (struct fixlen_counters){ 0 };
	if (!fixlen_fast(&known, &packet))
		return true;
	quick++;
	return packet.offset == 0 && packet.caplen == out->caplen && packet.kept_len == out->len &&
	       packet.to == in->interface && memcmp(&known.counters, want, sizeof(*want)) == 0;
}

static bool put_agrees(void *arg, const struct packet *in)
{
	struct fixlen_counters want;
	struct packet first = fresh(in, &want);
	bool good = true;

	(void)arg;
	for (int i = 0; i < TIMES; i++) {
		struct packet out = *in;
		struct error err;

		known.counters = (struct fixlen_counters){ 0 };
		good &= fixlen_put(&known, in, &out, &err) == PASS && out.len == first.len &&
			out.caplen == first.caplen &&
			memcmp(&known.counters, &want, sizeof(want)) == 0;
	}
	return good && quick_agrees(in, &first, &want);
}

/* As a mirror cuts them, without a trace, or with one. */
static unsigned cuts_wrong(const struct packet *of)
{
	static uint32_t turn;
	uint32_t first = turn++ % VARIANTS_STEP;
	struct packet packet = *of;
	unsigned wrong = 0;

	for (packet.len = of->caplen + first; packet.len < of->caplen + 100;
	     packet.len += VARIANTS_STEP)
		wrong += !put_agrees(NULL, &packet);
	/* More bytes than length on the wire, as odd files have them. */
	packet.caplen = of->caplen;
	for (packet.len = 60 + first; packet.len < of->caplen && packet.len < 400;
	     packet.len += VARIANTS_STEP)
		wrong += !put_agrees(NULL, &packet);
	for (packet.caplen = 60 + first; packet.caplen < of->caplen && packet.caplen < 400;
	     packet.caplen += VARIANTS_STEP)
		for (int whole = 0; whole < 2; whole++) {
			packet.len = whole ? of->len : packet.caplen;
			wrong += !put_agrees(NULL, &packet);
		}
	return wrong;
}

static unsigned all_wrong(const struct packet *packet, bool few)
{
	return variants_wrong(packet, HEAD, few, put_agrees, NULL) + cuts_wrong(packet);
}

/* The bytes of Ethernet on an interface of another link type. */
static bool elsewhere_agrees(const struct packet *of)
{
	struct interface interface = *of->interface;
	struct packet packet = *of;

	interface.linktype = packet.linktype = LINK_PPP;
	packet.interface = &interface;
	return put_agrees(NULL, &packet);
}

static bool capture_agrees(void *arg, const struct packet *packet)
{
	if (packet->number == 1) {
		fixlen_free(&known);
		fixlen_init(&known, &config);
	}
	return packet->number > 20 || (put_agrees(arg, packet) && elsewhere_agrees(packet) &&
				       (packet->number > 3 || all_wrong(packet, true) == 0));
}

static void test_tunnels(void)
{
	static const struct section section = { .serial = 1 };
	static const struct interface interface = { .serial = 1,
						    .section = &section,
						    .linktype = LINK_ETHERNET };
	struct packet packet;
	struct build b;

	for (unsigned i = 0; i < TUNNEL_ROWS; i++) {
		unsigned wrong = 0;

		for (int k = 0; k < TUNNEL_INNERS * 8; k++) {
			packet = tunnel_frame(&b, &tunnel_rows[i], tunnel_inners[k % TUNNEL_INNERS],
					      k / TUNNEL_INNERS % 2, k / TUNNEL_INNERS / 2);
			packet.interface = &interface;
			wrong += !put_agrees(NULL, &packet) + !elsewhere_agrees(&packet);
			if (k % 7 == 0)
				wrong += all_wrong(&packet, k > 0 || tunnel_rows[i].bare == 0 ||
								    !tunnel_rows[i].repeats);
		}
		is_u64(wrong, 0, tunnel_rows[i].name);
	}
}

static void test_config(const char *what)
{
	fixlen_init(&known, &config);
	asked = quick = 0;
	is_u64(captures_wrong(capture_agrees, NULL), 0, what);
	test_tunnels();
	if (config.rewrite_outer)
		is_u64(quick, 0, "what is rewritten is never quick");
	else
		ok(quick > asked / 10, "%" PRIu64 " of %" PRIu64 " were quick", quick, asked);
	fixlen_free(&known);
}

int main(void)
{
	keep_memory();
	test_config("raised");
	config.lower = true;
	test_config("lowered, too");
	config.rewrite_outer = true;
	test_config("rewritten, too");
	return tap_done();
}
