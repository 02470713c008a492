/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of tests/data, and packets near a packet: cut anywhere, with any byte changed. */
#ifndef VTAP_TESTS_LIB_CAPTURES_H
#define VTAP_TESTS_LIB_CAPTURES_H

#include <glob.h>
#include <inttypes.h>

#include "capture/source_file.h"
#include "lib/build.h"

/*
 * A build with AddressSanitizer, or one that counts lines, would take minutes for all variants. It
 * changes one byte in eight of each packet, and begins with another byte in the next packet. Tests
 * that make a stage for each variant (lib/many_stages.h) change one in 64: AddressSanitizer gets
 * the tables of each stage from the kernel, and gives them back.
 */
#if defined(__SANITIZE_ADDRESS__) && defined(VTAP_TESTS_LIB_MANY_STAGES_H)
enum { VARIANTS_STEP = 64 };
#elif defined(__SANITIZE_ADDRESS__) || defined(VTAP_COVERAGE)
enum { VARIANTS_STEP = 8 };
#else
enum { VARIANTS_STEP = 1 };
#endif

static inline unsigned
captures_file(const char *path, bool (*check)(void *arg, const struct packet *packet), void *arg)
{
	struct error err;
	struct source *source = source_file_open(path, READER_AUTO, &err);
	enum source_result result;
	struct packet packet;
	struct block block;
	unsigned wrong = 0;

	assert(source != NULL);
	while ((result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK)
		if (result == SOURCE_PACKET && !check(arg, &packet) && ++wrong == 1)
			printf("# %s: packet %" PRIu64 "\n", path, packet.number);
	source_close(source);
	return wrong;
}

/* Returns for how many packets of all captures check is false. packet->number is 1 where a file
 * begins. */
static inline unsigned captures_wrong(bool (*check)(void *arg, const struct packet *packet),
				      void *arg)
{
	unsigned wrong = 0;
	glob_t found;

	assert(glob("tests/data/*.pcap", 0, NULL, &found) == 0 && found.gl_pathc > 20);
	for (size_t i = 0; i < found.gl_pathc; i++)
		wrong += captures_file(found.gl_pathv[i], check, arg);
	globfree(&found);
	return wrong;
}

/* With bytes behind, as frames have them that were padded, or that carry a checksum. */
static inline unsigned padded_wrong(const struct packet *of,
				    bool (*check)(void *arg, const struct packet *packet),
				    void *arg)
{
	uint8_t *bytes = malloc(of->caplen + 60U);
	unsigned wrong = 0;

	assert(bytes != NULL);
	memcpy(bytes, of->data, of->caplen);
	memset(bytes + of->caplen, 0x45, 60);
	for (uint32_t more = 1; more <= 60; more = more * 2 + 2) {
		struct packet packet = *of;

		packet.data = bytes;
		packet.caplen += more;
		wrong += !check(arg, &packet);
		packet.len += more;
		wrong += !check(arg, &packet);
	}
	free(bytes);
	return wrong;
}

/*
 * Returns for how many variants of a packet check is false: itself, each prefix of its first `head`
 * bytes in memory of that size, each of those bytes set to all other values (or, with `few`, each
 * bit turned), bytes behind it, and other lengths on the wire.
 */
static inline unsigned variants_wrong(const struct packet *of, size_t head, bool few,
				      bool (*check)(void *arg, const struct packet *packet),
				      void *arg)
{
	const uint32_t lengths[] = { of->caplen - 1, of->caplen, of->len + 1, UINT32_MAX };
	struct packet packet = *of;
	unsigned wrong = !check(arg, of);
	static size_t turn;
	size_t first = turn++ % VARIANTS_STEP;
	uint8_t *exact;

	head = head < of->caplen ? head : of->caplen;
	for (packet.caplen = first; packet.caplen <= head; packet.caplen += VARIANTS_STEP) {
		packet.data = exact = build_exact(of->data, packet.caplen);
		wrong += !check(arg, &packet);
		free(exact);
	}
	packet.caplen = of->caplen;
	packet.data = exact = build_exact(of->data, of->caplen);
	for (size_t at = first; at < head; at += VARIANTS_STEP)
		for (unsigned change = 1; change < 256; change = few ? change * 2 : change + 1) {
			exact[at] ^= (uint8_t)change;
			wrong += !check(arg, &packet);
			exact[at] ^= (uint8_t)change;
		}
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		packet.len = lengths[i];
		wrong += !check(arg, &packet);
	}
	free(exact);
	return wrong + padded_wrong(of, check, arg);
}

/* An Ethernet frame that a test built. */
static inline struct packet packet_of(const struct build *b, const struct interface *interface)
{
	return (struct packet){ .data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET,
				.interface = interface };
}

#endif
