/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that fit a stencil get the length and the counters that a stage gives them which has seen
 * none before: over all captures of tests/data, with their bytes changed one at a time, too.
 */
#include <glob.h>
#include <stdlib.h>

#include "capture/source_file.h"
#include "lib/tap.h"
#include "tools/vtap-fixlen/fixlen.h"

static struct fixlen_config config;
static uint64_t fitted;

/* What a stage that knows nobody says; its counters go to *counters. */
static uint32_t fresh_len(const struct packet *in, struct fixlen_counters *counters)
{
	struct fixlen fixlen;
	struct packet out = *in;
	struct error err;

	fixlen_init(&fixlen, &config);
	if (fixlen_put(&fixlen, in, &out, &err) != PASS)
		ok(false, "%s", err.text);
	*counters = fixlen.counters;
	fixlen_free(&fixlen);
	return out.len;
}

static bool agrees(struct fixlen *known, const struct packet *in)
{
	struct fixlen_counters want;
	struct packet out = *in;
	struct error err;
	uint32_t len = fresh_len(in, &want);

	fitted += known->stencils && stencil_find(known->stencils, span_of(in->data, in->caplen));
	known->counters = (struct fixlen_counters){ 0 };
	return fixlen_put(known, in, &out, &err) == PASS && out.len == len &&
	       memcmp(&known->counters, &want, sizeof(want)) == 0;
}

static bool damaged_agree(struct fixlen *known, const struct packet *in)
{
	enum { TO = 120 };
	struct packet packet = *in;
	uint8_t bytes[2048];
	bool good = true;

	if (in->caplen > sizeof(bytes))
		return true;
	memcpy(bytes, in->data, in->caplen);
	packet.data = bytes;
	for (uint32_t at = 0; at < TO && at < in->caplen; at++)
		for (int bit = 1; bit < 256; bit *= 2) {
			bytes[at] ^= (uint8_t)bit;
			good &= agrees(known, &packet);
			bytes[at] ^= (uint8_t)bit;
			good &= agrees(known, &packet);
		}
	return good;
}

/* As a mirror cuts them, without a trace, or with one; with padding behind. */
static bool cut_agree(struct fixlen *known, const struct packet *in)
{
	struct packet packet = *in;
	bool good = true;

	for (uint32_t more = 0; more < 100; more++) {
		packet.len = in->caplen + more;
		good &= agrees(known, &packet);
	}
	for (uint32_t caplen = 60; caplen < in->caplen && caplen < 400; caplen++) {
		packet.caplen = caplen;
		packet.len = in->len;
		good &= agrees(known, &packet);
		packet.len = caplen;
		good &= agrees(known, &packet);
	}
	return good;
}

static bool file_agrees(const char *name)
{
	struct source *source;
	struct packet packet;
	struct block block;
	struct error err;
	struct fixlen known;
	enum source_result result;
	bool good = true;

	source = source_file_open(name, READER_AUTO, &err);
	if (!source)
		return false;
	fixlen_init(&known, &config);
	while ((result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK)
		if (result == SOURCE_PACKET && packet.number <= 20)
			good &= agrees(&known, &packet) && agrees(&known, &packet) &&
				(packet.number > 3 ||
				 (damaged_agree(&known, &packet) && cut_agree(&known, &packet)));
	fixlen_free(&known);
	source_close(source);
	return good;
}

static void test_files(const glob_t *files, const char *what)
{
	bool good = true;

	for (size_t i = 0; i < files->gl_pathc; i++) {
		bool agree = file_agrees(files->gl_pathv[i]);

		if (!agree)
			printf("# %s\n", files->gl_pathv[i]);
		good &= agree;
	}
	ok(good && files->gl_pathc > 20, "%s: lengths and counters", what);
}

int main(void)
{
	glob_t files;

	glob("tests/data/*.pcap", 0, NULL, &files);
	test_files(&files, "raised");
	config.lower = true;
	test_files(&files, "lowered, too");
	ok(fitted > 10000, "stencils were fitted");
	globfree(&files);
	return tap_done();
}
