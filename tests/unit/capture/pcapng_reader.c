/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcapng in, pcapng out: every kind of block, in both byte orders, and each way a file can be
 * damaged. */
#include <stdlib.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "capture/source_file.h"
#include "lib/tap.h"
#include "packet/option.h"
#include "packet/packet.h"

static uint8_t file[65536];
static size_t used;
static bool turned; /* the other byte order than this host's */
static char in_name[64], out_name[64];

static void u16(uint16_t value)
{
	value = turned ? __builtin_bswap16(value) : value;
	memcpy(file + used, &value, 2);
	used += 2;
}

static void u32(uint32_t value)
{
	value = turned ? __builtin_bswap32(value) : value;
	memcpy(file + used, &value, 4);
	used += 4;
}

static void text(const char *bytes, size_t len)
{
	memset(file + used, 0, pcapng_padded(len));
	memcpy(file + used, bytes, len);
	used += pcapng_padded(len);
}

static void option(uint16_t code, const char *value, size_t len)
{
	u16(code);
	u16((uint16_t)len);
	text(value, len);
}

static size_t open_block(uint32_t type)
{
	size_t start = used;

	u32(type);
	u32(0);
	return start;
}

static void close_block(size_t start)
{
	uint32_t len = (uint32_t)(used + 4 - start);
	size_t end = used;

	used = start + 4;
	u32(len);
	used = end;
	u32(len);
}

static void section(const char *comment)
{
	size_t start = open_block(PCAPNG_SECTION);

	u32(PCAPNG_BYTE_ORDER);
	u16(1);
	u16(0);
	memset(file + used, 0xff, 8);
	used += 8;
	option(OPTION_COMMENT, comment, strlen(comment));
	u32(0);
	close_block(start);
}

static void interface(uint16_t linktype, const char *name, char tsresol)
{
	size_t start = open_block(PCAPNG_INTERFACE);

	u16(linktype);
	u16(0);
	u32(262144);
	option(OPTION_IF_NAME, name, strlen(name));
	option(OPTION_IF_TSRESOL, &tsresol, 1);
	u32(0);
	close_block(start);
}

static void enhanced(uint32_t id, uint64_t ticks, const char *data, uint32_t len)
{
	size_t start = open_block(PCAPNG_ENHANCED_PACKET);

	u32(id);
	u32((uint32_t)(ticks >> 32));
	u32((uint32_t)ticks);
	u32((uint32_t)strlen(data));
	u32(len);
	text(data, strlen(data));
	option(OPTION_COMMENT, "hello", 5);
	u32(0);
	close_block(start);
}

static void old(uint16_t id, uint64_t ticks, const char *data)
{
	size_t start = open_block(PCAPNG_OLD_PACKET);

	u16(id);
	u16(7);
	u32((uint32_t)(ticks >> 32));
	u32((uint32_t)ticks);
	u32((uint32_t)strlen(data));
	u32((uint32_t)strlen(data));
	text(data, strlen(data));
	close_block(start);
}

static void simple(const char *data)
{
	size_t start = open_block(PCAPNG_SIMPLE_PACKET);

	u32((uint32_t)strlen(data));
	text(data, strlen(data));
	close_block(start);
}

static void statistics(uint32_t id)
{
	size_t start = open_block(PCAPNG_STATISTICS);

	u32(id);
	u32(1);
	u32(2);
	option(4, "\0\0\0\0\0\0\0\11", 8);
	u32(0);
	close_block(start);
}

static void other(uint32_t type)
{
	size_t start = open_block(type);

	u32(1);
	text("opaque", 6);
	close_block(start);
}

static void sample(void)
{
	used = 0;
	section("first");
	interface(LINK_ETHERNET, "eth0", 9);
	interface(LINK_RAW, "tun0", 6);
	other(0xBAD);
	enhanced(1, 5, "packet one", 100);
	enhanced(0, 1500000000123456789, "two", 3);
	simple("simple");
	old(1, 9, "old packet");
	other(0x99999);
	statistics(1);
	section("second");
	interface(LINK_NULL, "lo", 6);
	enhanced(0, 7, "three", 5);
}

static void save(void)
{
	FILE *to = fopen(in_name, "wb");

	fwrite(file, 1, used, to);
	fclose(to);
}

static bool one_section;

/* Copies in to out; the last result of the source. change: what to do with each packet. */
static enum source_result copy(void (*change)(struct packet *), uint64_t *packets,
			       struct error *err)
{
	struct sink_config config = { .name = out_name,
				      .fallback = "pcapng",
				      .one_section = one_section };
	struct source *source = source_file_open(in_name, READER_AUTO, err);
	struct sink *sink = source ? sink_file_open(&config, err) : NULL;
	enum source_result result = SOURCE_ERROR;
	struct packet packet;
	struct block block;
	struct error late;

	while (sink && (result = source_next(source, &packet, &block, err)) < SOURCE_END) {
		if (result == SOURCE_PACKET && change)
			change(&packet);
		if (result == SOURCE_PACKET ? !sink_put(sink, &packet, &late)
					    : !sink_block(sink, &block, &late))
			break;
	}
	*packets = source ? source->packets : 0;
	if (sink)
		sink_close(sink, true, &late);
	source_close(source);
	return result;
}

static bool same_as_input(void)
{
	static uint8_t got[sizeof(file)];
	FILE *from = fopen(out_name, "rb");
	size_t n = from ? fread(got, 1, sizeof(got), from) : 0;

	if (from)
		fclose(from);
	return n == used && memcmp(got, file, n) == 0;
}

static void test_copy(void)
{
	struct error err;
	uint64_t packets;

	sample();
	save();
	ok(copy(NULL, &packets, &err) == SOURCE_END, "turned %d: read to the end", turned);
	is_u64(packets, 5, "five packets");
	ok(same_as_input(), "every block is copied to the byte");
}

static void test_every_prefix(void)
{
	size_t whole = (sample(), used);
	unsigned ends = 0, errors = 0, bad = 0;

	for (size_t len = 1; len < whole; len++) {
		struct error err = { .text = "" };
		enum source_result result;
		uint64_t packets;

		sample();
		used = len;
		save();
		result = copy(NULL, &packets, &err);
		ends += result == SOURCE_END;
		errors += result == SOURCE_ERROR;
		bad += result == SOURCE_ERROR && !strstr(err.text, in_name);
	}
	is_u64(ends + errors, whole - 1, "every prefix ends or is an error");
	is_u64(ends, 12, "it ends well exactly between two blocks");
	is_u64(bad, 0, "every error names the file");
}

static void longer(struct packet *packet)
{
	packet->len = 1000;
}

static void test_len(void)
{
	struct source *source;
	struct packet packet;
	struct block block;
	struct error err;
	unsigned right = 0, simples = 0;
	enum source_result result;
	uint64_t packets;

	sample();
	save();
	copy(longer, &packets, &err);
	source = source_file_open(out_name, READER_AUTO, &err);
	while ((result = source_next(source, &packet, &block, &err)) < SOURCE_END) {
		right += result == SOURCE_PACKET && packet.len == 1000;
		simples += result == SOURCE_PACKET && packet.form == PACKET_SIMPLE;
	}
	source_close(source);
	is_u64(right, 5, "a new len is written, whatever the block's kind");
	is_u64(simples, 0, "a simple block with a new len becomes an enhanced one");
}

static void test_fields(void)
{
	struct source *source;
	struct packet packet;
	struct block block;
	struct error err;
	uint64_t seen = 0;
	enum source_result result;

	sample();
	save();
	source = source_file_open(in_name, READER_AUTO, &err);
	while ((result = source_next(source, &packet, &block, &err)) < SOURCE_END) {
		if (result != SOURCE_PACKET)
			continue;
		seen++;
		if (seen == 1)
			ok(packet.time_ns == 5000 && packet.len == 100 && packet.caplen == 10 &&
				   packet.linktype == LINK_RAW &&
				   strcmp(packet.interface->name, "tun0") == 0,
			   "first: microseconds, lengths, interface");
		if (seen == 2)
			ok(packet.time_ns == 1500000000123456789, "second: nanoseconds");
		if (seen == 3)
			ok(packet.form == PACKET_SIMPLE && packet.time_ns == 0 &&
				   packet.linktype == LINK_ETHERNET,
			   "third: simple, without a time, on the first interface");
	}
	source_close(source);
}

static void flagged(uint32_t id, uint32_t flags)
{
	size_t start = open_block(PCAPNG_ENHANCED_PACKET);

	u32(id), u32(0), u32(77), u32(4), u32(4);
	text("data", 4);
	u16(OPTION_EPB_FLAGS), u16(4), u32(flags);
	u32(0);
	close_block(start);
}

/* An option that begins with a number of four bytes, and the end of options. */
static void custom(void)
{
	u16(2988), u16(6), u32(32473);
	text("ab", 2);
	u16(0), u16(0);
}

static void names(void)
{
	size_t start = open_block(PCAPNG_NAMES);

	u16(1), u16(8);
	text("\12\0\0\1host", 8);
	u16(0), u16(0);
	custom();
	close_block(start);
}

/* Decryption secrets: what kind, how long, and the bytes, which stay as they are. */
static void secrets(void)
{
	size_t start = open_block(PCAPNG_SECRETS);

	u32(0x544c534b);
	u32(5);
	text("keys\n", 5);
	custom();
	close_block(start);
}

/* Two sections of different byte orders, put into one as a merge does: all known numbers are
 * turned. */
static void test_one_section(void)
{
	struct error err = { .text = "" };
	static uint8_t got[sizeof(file)], want[sizeof(file)];
	size_t got_len, want_len;
	uint64_t packets;
	FILE *from;

	used = 0;
	section("both");
	interface(LINK_ETHERNET, "a", 6);
	flagged(0, 1);
	interface(LINK_RAW, "b", 9);
	flagged(1, 2);
	names();
	secrets();
	statistics(1);
	memcpy(want, file, want_len = used);
	used = 0;
	section("both");
	interface(LINK_ETHERNET, "a", 6);
	flagged(0, 1);
	turned = !turned;
	section("other");
	interface(LINK_RAW, "b", 9);
	flagged(0, 2);
	names();
	secrets();
	other(0xBAD);
	statistics(0);
	turned = !turned;
	save();
	one_section = true;
	copy(NULL, &packets, &err);
	one_section = false;
	from = fopen(out_name, "rb");
	got_len = fread(got, 1, sizeof(got), from);
	fclose(from);
	/* the builder's counter is big-endian in both: compare all but it */
	memset(got + got_len - 16, 0, 8);
	memset(want + want_len - 16, 0, 8);
	ok(got_len == want_len && memcmp(got, want, want_len) == 0,
	   "a section of the other byte order is turned into the first's");
}

static void expect_error(const char *what)
{
	struct error err = { .text = "" };
	uint64_t packets;

	save();
	ok(copy(NULL, &packets, &err) == SOURCE_ERROR && strstr(err.text, what), "error: %s", what);
	if (!strstr(err.text, what))
		printf("#   got '%s'\n", err.text);
}

static void test_damage(void)
{
	size_t start;

	used = 0;
	section("x");
	enhanced(0, 0, "p", 1);
	expect_error("interface 0 is not described");
	used = 0;
	section("x");
	start = open_block(PCAPNG_INTERFACE);
	close_block(start);
	expect_error("too short");
	used = 0;
	section("x");
	u32(PCAPNG_INTERFACE);
	u32(0x7ffffffc);
	u32(0);
	expect_error("more than 256 MiB");
	used = 0;
	section("x");
	u32(PCAPNG_INTERFACE);
	u32(13);
	u32(0);
	expect_error("not possible");
	used = 0;
	section("x");
	interface(1, "i", 99);
	expect_error("beyond 64 bits");
	used = 0;
	section("x");
	interface(1, "i", 6);
	start = open_block(PCAPNG_ENHANCED_PACKET);
	u32(0), u32(0), u32(0), u32(5000), u32(5000);
	close_block(start);
	expect_error("5000 captured bytes in a block of");
	file[used - 1] ^= 0x40;
	file[used - 4] ^= 0x40;
	expect_error("ends with");
}

/* Whoever asks again after a first section header that is refused gets no block of none. */
static void test_no_section(void)
{
	struct error err = { .text = "" };
	struct source *source;
	struct packet packet;
	struct block block;

	used = 0;
	section("x");
	memset(file + used - 4, 9, 2);
	interface(1, "i", 6);
	save();
	source = source_file_open(in_name, READER_AUTO, &err);
	ok(source && source_next(source, &packet, &block, &err) == SOURCE_ERROR &&
		   strstr(err.text, "ends with"),
	   "a section of two lengths");
	ok(source && source_next(source, &packet, &block, &err) == SOURCE_ERROR &&
		   strstr(err.text, turned ? "more than" : "in front of any section header"),
	   "... and what follows has no section");
	source_close(source);
}

int main(void)
{
	snprintf(in_name, sizeof(in_name), "/tmp/vtap-unit-%d.pcapng", (int)getpid());
	snprintf(out_name, sizeof(out_name), "/tmp/vtap-unit-%d-out.pcapng", (int)getpid());
	for (int i = 0; i < 2; i++) {
		turned = i == 1;
		test_copy();
		test_fields();
		test_len();
		test_one_section();
		test_no_section();
		test_every_prefix();
		test_damage();
	}
	unlink(in_name);
	unlink(out_name);
	return tap_done();
}
