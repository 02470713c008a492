/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first packet of a origin goes through the whole walk, those that follow may go by a glance:
 * over all captures of tests/data both say the same. One stage that knows nobody for each packet is
 * held against one that sees them all, twice.
 */
#include <glob.h>
#include <stdlib.h>

#include "capture/source_file.h"
#include "lib/tap.h"
#include "tools/vtap-decap/decap.h"

static struct decap_config config;

struct rig {
	struct decap *decap;
	struct stage stage;
	struct stats stats;
};

static void start(struct rig *rig)
{
	struct error err;

	*rig = (struct rig){ 0 };
	rig->decap = decap_new(&config, &err);
	rig->stage = decap_stage(rig->decap);
	decap_stats(rig->decap, &rig->stats);
}

static uint64_t counter(const struct rig *rig, const struct stats_row *row)
{
	uint64_t value;

	memcpy(&value, (const char *)rig->stats.counters + row->offset, sizeof(value));
	return value;
}

/* Sequence numbers depend on what came before. */
static bool counts_alone(const struct stats_row *row)
{
	return strncmp(row->name, "sequence_", 9) != 0;
}

enum { ROWS = 256 };
static uint64_t alone[ROWS], together[ROWS];

static void add(uint64_t sums[ROWS], const struct rig *rig)
{
	const struct stats_row *row = rig->stats.rows;

	for (int i = 0; i < ROWS && row[i].name; i++)
		if (counts_alone(&row[i]))
			sums[i] += counter(rig, &row[i]);
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
	       to->ticks_per_s == other->ticks_per_s && to->section == other->section;
}

static bool put_agrees(struct rig *known, const struct packet *in)
{
	struct packet first = *in, again = *in, third = *in;
	struct error err;
	struct rig fresh;
	bool good;

	start(&fresh);
	good = fresh.stage.put(fresh.stage.self, in, &first, &err) ==
	       known->stage.put(known->stage.self, &again, &again, &err);
	good &= known->stage.put(known->stage.self, in, &third, &err) != FAILED;
	good &= same_packet(&first, &again) && same_packet(&first, &third);
	add(alone, &fresh);
	add(alone, &fresh);
	decap_free(fresh.decap);
	return good;
}

/* Some header bits changed, one at a time: reserved ones among them. */
static bool damaged_agree(struct rig *known, const struct packet *in)
{
	enum { FROM = 12, TO = 120 };
	struct packet packet = *in;
	uint8_t bytes[2048];
	bool good = true;

	if (in->caplen > sizeof(bytes))
		return true;
	memcpy(bytes, in->data, in->caplen);
	packet.data = bytes;
	for (uint32_t at = FROM; at < TO && at < in->caplen; at++)
		for (int bit = 1; bit < 256; bit *= 4) {
			bytes[at] ^= (uint8_t)bit;
			good &= put_agrees(known, &packet);
			bytes[at] ^= (uint8_t)bit;
		}
	return good;
}

static bool file_agrees(const char *name)
{
	struct source *source;
	struct packet packet;
	struct block block;
	struct error err;
	struct rig known;
	enum source_result result;
	bool good = true;

	source = source_file_open(name, READER_AUTO, &err);
	if (!source)
		return false;
	start(&known);
	while ((result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK)
		if (result == SOURCE_PACKET && packet.number <= 20)
			good &= put_agrees(&known, &packet) &&
				(packet.number > 3 || damaged_agree(&known, &packet));
	add(together, &known);
	decap_free(known.decap);
	source_close(source);
	return good;
}

static void test_config(const glob_t *files, const char *what)
{
	bool good = true;

	memset(alone, 0, sizeof(alone));
	memset(together, 0, sizeof(together));
	for (size_t i = 0; i < files->gl_pathc; i++)
		good &= file_agrees(files->gl_pathv[i]);
	ok(good && files->gl_pathc > 20, "%s: packets", what);
	ok(memcmp(alone, together, sizeof(alone)) == 0 && alone[0] > 0, "%s: counters", what);
}

int main(void)
{
	glob_t files = { 0 };

	glob("tests/data/*.pcap", 0, NULL, &files);
	encap_select_all(&config.select);
	test_config(&files, "all");
	config.ether = true;
	test_config(&files, "--ether");
	config.ether = false;
	config.live = true;
	test_config(&files, "live");
	config.live = false;
	config.select.strict = true;
	test_config(&files, "--strict");
	config.select.depth = 1;
	test_config(&files, "--depth 1");
	globfree(&files);
	return tap_done();
}
