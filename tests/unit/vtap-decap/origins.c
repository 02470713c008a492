/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/origins.h"

#include "lib/build.h"
#include "lib/peel_select.h"
#include "lib/tap.h"

static const struct interface interface = { .serial = 1,
					    .linktype = LINK_ETHERNET,
					    .ticks_per_s = 1000000 };

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
	return (struct packet){ .data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET,
				.interface = &interface };
}

enum { LIMIT = 2 };

struct rig {
	struct header_cache cache;
	struct origins *origins;
	struct loss total;
	uint64_t gone;
	struct output_interface *output; /* of the last packet */
};

static void begin(struct rig *rig)
{
	*rig = (struct rig){ 0 };
	header_cache_init(&rig->cache);
	rig->origins = origins_new(
		LIMIT, &(struct origins_users){ .cache = &rig->cache, .gone = &rig->gone });
}

static void end(struct rig *rig)
{
	origins_free(rig->origins);
	header_cache_free(&rig->cache);
}

/* A packet of a source, as the stage counts it. Returns the name of its interface. */
static const char *hear(struct rig *rig, uint8_t source, uint32_t sequence)
{
	static struct peel peel;
	struct build b;
	struct packet packet = gre(&b, source, sequence);

	peel_select(&peel, NULL, LINK_ETHERNET, packet.data, packet.caplen, packet.len);
	rig->output = origins_interface(rig->origins, &peel, NULL, &packet, LINK_RAW);
	rig->output->origin->packets++;
	origins_sequence(rig->origins, rig->output->origin, &peel, NULL,
			 span_of(packet.data, packet.caplen), &rig->total);
	return rig->output->interface.name;
}

/* What --stats says of all origins. */
static void print(const struct rig *rig, char *text, size_t size)
{
	FILE *to = fmemopen(text, size, "w");

	origins_text(to, rig->origins);
	fclose(to);
}

/* Beyond the limit the source that was silent longest makes room. */
static void many_sources(void)
{
	static struct rig rig;
	char text[2000];

	begin(&rig);
	is_str(hear(&rig, 0, 0), "gre@10.0.0.0", "the first source is known");
	is_str(hear(&rig, 1, 0), "gre@10.0.0.1", "the second, too");
	hear(&rig, 0, 1);
	is_u64(rig.gone, 0, "... and nobody had to make room");
	is_str(hear(&rig, 2, 0), "gre@10.0.0.2", "a third takes the place");
	is_u64(rig.gone, 1, "... of one");
	print(&rig, text, sizeof(text));
	ok(strstr(text, "10.0.0.0") && !strstr(text, "10.0.0.1") && strstr(text, "1  others"),
	   "... that was silent longest, whose figures are in others");
	hear(&rig, 3, 0);
	print(&rig, text, sizeof(text));
	ok(!strstr(text, "10.0.0.0") && strstr(text, "10.0.0.2") && strstr(text, "3  others"),
	   "the next one makes room as it spoke before the third");
	hear(&rig, 0, 2);
	print(&rig, text, sizeof(text));
	ok(strstr(text, "1  gre@10.0.0.0;"), "one that comes back is a new one");
	is_u64(rig.total.received, 6, "sequences of all are followed");
	end(&rig);
}

/* Each packet is counted once, and each origin of the many is in order of its last packet. */
static void flood(void)
{
	static struct rig rig;
	char text[2000];
	bool good = true;

	begin(&rig);
	for (uint32_t i = 0; i < 1000; i++) {
		hear(&rig, 7, i);
		hear(&rig, (uint8_t)(8 + i % 200), 0);
		good = good && rig.output->origin->packets == 1;
	}
	ok(good, "a flood of sources: each is new when it comes back");
	is_u64(rig.gone, 999, "... and takes the place of the last");
	print(&rig, text, sizeof(text));
	ok(strstr(text, "1000  gre@10.0.0.7; numbered: 1000 received, 0 missing") &&
		   strstr(text, "999  others"),
	   "... one that goes on speaking stays");
	end(&rig);
}

int main(void)
{
	many_sources();
	flood();
	return tap_done();
}
