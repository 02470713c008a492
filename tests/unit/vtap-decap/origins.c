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
	struct interface_statistics statistics;
	struct origins *origins;
	struct loss total;
	uint64_t gone;
	bool full;
	uint64_t told;			 /* packets of interfaces that went */
	struct output_interface *output; /* of the last packet */
};

static void begin(struct rig *rig)
{
	*rig = (struct rig){ 0 };
	header_cache_init(&rig->cache);
	interface_statistics_init(&rig->statistics);
	rig->origins = origins_new(LIMIT, &(struct origins_users){ .cache = &rig->cache,
								   .statistics = &rig->statistics,
								   .gone = &rig->gone,
								   .full = &rig->full });
}

static void end(struct rig *rig)
{
	interface_statistics_free(&rig->statistics);
	origins_free(rig->origins);
	header_cache_free(&rig->cache);
}

/* As the stage does once it has counted a packet. */
static void let_go(struct rig *rig)
{
	struct interface_statistics_entry *entry;

	while (origins_have_gone(rig->origins) && (entry = origins_next_gone(rig->origins))) {
		rig->told += entry->packets;
		interface_statistics_forget(&rig->statistics, entry);
	}
}

/* A packet of a source, as the stage counts it. Returns the name of its interface. */
static const char *hear(struct rig *rig, uint8_t source, uint32_t sequence)
{
	static struct peel peel;
	struct build b;
	struct packet packet = gre(&b, source, sequence);

	peel_select(&peel, NULL, LINK_ETHERNET, packet.data, packet.caplen, packet.len);
	rig->output = origins_interface(rig->origins, &peel, NULL, &packet, LINK_RAW);
	rig->output->statistics.packets++;
	origins_sequence(rig->origins, rig->output->origin, &peel, NULL,
			 span_of(packet.data, packet.caplen), &rig->total);
	let_go(rig);
	return rig->output->interface.name;
}

struct search {
	const char *name; /* "others" for what is not told apart */
	int packets;
};

static void look(void *arg, const struct stats_source *source)
{
	static char name[STATS_SOURCE_NAME_MAX];
	struct search *search = arg;

	strcpy(name, "others");
	if (source->record)
		origins_sources.name(NULL, source->record, name);
	if (strcmp(name, search->name) == 0)
		search->packets = (int)source->packets;
}

/* Returns the packets of a source in -v and --stats, or -1 if they do not have it. */
static int listed(const struct rig *rig, const char *name)
{
	struct search search = { name, -1 };

	origins_sources.each(rig->origins, look, &search);
	return search.packets;
}

/* Beyond the limit the source that was silent longest makes room. */
static void many_sources(void)
{
	static struct rig rig;

	begin(&rig);
	is_str(hear(&rig, 0, 0), "gre@10.0.0.0", "the first source is known");
	is_str(hear(&rig, 1, 0), "gre@10.0.0.1", "the second, too");
	hear(&rig, 0, 1);
	is_u64(rig.gone, 0, "... and nobody had to make room");
	is_str(hear(&rig, 2, 0), "gre@10.0.0.2", "a third takes the place");
	is_u64(rig.gone, 1, "... of one");
	ok(listed(&rig, "gre@10.0.0.0") == 2 && listed(&rig, "gre@10.0.0.1") == -1 &&
		   listed(&rig, "others") == 1,
	   "... that was silent longest, whose figures are in others");
	hear(&rig, 3, 0);
	ok(listed(&rig, "gre@10.0.0.0") == -1 && listed(&rig, "gre@10.0.0.2") == 1 &&
		   listed(&rig, "others") == 3,
	   "the next one makes room as it spoke before the third");
	hear(&rig, 0, 2);
	ok(listed(&rig, "gre@10.0.0.0") == 1, "one that comes back is a new one");
	is_u64(rig.total.received, 6, "sequences of all are followed");
	end(&rig);
}

/* Each packet is counted once, and each origin of the many is in order of its last packet. */
static void flood(void)
{
	static struct rig rig;
	bool good = true;

	begin(&rig);
	for (uint32_t i = 0; i < 1000; i++) {
		hear(&rig, 7, i);
		hear(&rig, (uint8_t)(8 + i % 200), 0);
		good = good && rig.output->statistics.packets == 1;
	}
	ok(good, "a flood of sources: each is new when it comes back");
	is_u64(rig.gone, 999, "... and takes the place of the last");
	ok(rig.full && rig.told == 999, "... whose statistics are told before it is forgotten");
	ok(listed(&rig, "gre@10.0.0.7") == 1000 && listed(&rig, "others") == 999,
	   "... one that goes on speaking stays");
	end(&rig);
}

int main(void)
{
	many_sources();
	flood();
	return tap_done();
}
