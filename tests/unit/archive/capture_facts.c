/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What captures of known packets are said to hold. */
#include "archive/capture_facts.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"

static uint8_t file[65536];
static size_t used;
static char name[] = "/tmp/vtap-facts-XXXXXX";
static struct capture_facts facts;
static struct error err;

static void u32(uint32_t value)
{
	memcpy(file + used, &value, sizeof(value));
	used += sizeof(value);
}

static void bytes(const char *text, size_t len)
{
	memset(file + used, 0, pcapng_padded(len));
	memcpy(file + used, text, len);
	used += pcapng_padded(len);
}

/* A pcapng block of a body that the caller writes in between. */
static size_t block_begin(uint32_t type)
{
	u32(type);
	u32(0);
	return used - 8;
}

static void block_end(size_t start)
{
	uint32_t len = (uint32_t)(used + 4 - start);

	memcpy(file + start + 4, &len, sizeof(len));
	u32(len);
}

static void section(void)
{
	size_t start = block_begin(PCAPNG_SECTION);

	u32(PCAPNG_BYTE_ORDER);
	u32(1);
	u32(UINT32_MAX);
	u32(UINT32_MAX);
	block_end(start);
}

/* An interface of Ethernet with times in microseconds; without a name if that is NULL. */
static void interface(const char *if_name)
{
	size_t start = block_begin(PCAPNG_INTERFACE);

	u32(1);
	u32(0);
	if (if_name) {
		u32(OPTION_IF_NAME | (uint32_t)strlen(if_name) << 16);
		bytes(if_name, strlen(if_name));
	}
	block_end(start);
}

static void packet(uint32_t id, uint64_t us)
{
	size_t start = block_begin(PCAPNG_ENHANCED_PACKET);

	u32(id);
	u32((uint32_t)(us >> 32));
	u32((uint32_t)us);
	u32(4);
	u32(4);
	u32(0);
	block_end(start);
}

static void simple(void)
{
	size_t start = block_begin(PCAPNG_SIMPLE_PACKET);

	u32(4);
	u32(0);
	block_end(start);
}

static void other(uint32_t type)
{
	size_t start = block_begin(type);

	u32(0);
	u32(0);
	u32(0);
	block_end(start);
}

static void pcap(uint32_t magic)
{
	u32(magic);
	u32(2 | 4 << 16);
	u32(0);
	u32(0);
	u32(65535);
	u32(1);
}

static void pcap_record(uint32_t seconds, uint32_t part)
{
	u32(seconds);
	u32(part);
	u32(4);
	u32(4);
	u32(0);
}

/* Reads what was made, less `cut` bytes at its end, and begins anew. */
static bool read_facts(size_t cut)
{
	FILE *to = fopen(name, "w");
	bool good;

	fwrite(file, 1, used - cut, to);
	fclose(to);
	used = 0;
	err.text[0] = '\0';
	good = capture_facts_read(name, &facts, &err);
	if (!good)
		printf("# %s\n", err.text);
	return good;
}

static void is_facts(uint64_t packets, int64_t first_ns, int64_t last_ns, const char *source,
		     const char *type, const char *what)
{
	ok(read_facts(0), "%s", what);
	is_u64(facts.packets, packets, "... packets");
	ok(facts.first_ns == first_ns && facts.last_ns == last_ns, "... times");
	is_str(facts.source, source, "... source");
	is_str(facts.type, type, "... type");
	ok(facts.end.state == CAPTURE_OK && !facts.compressed && !facts.holds_more, "... no more");
}

static void pcaps(void)
{
	pcap(0xa1b2c3d4);
	is_facts(0, 0, 0, "", "pcap", "a pcap without packets");
	pcap(0xa1b2c3d4);
	pcap_record(100, 5);
	pcap_record(99, 7);
	pcap_record(99, 8);
	is_facts(3, 99000007000, 100000005000, "", "pcap", "a pcap, packets out of order");
	pcap(0xa1b23c4d);
	pcap_record(4294967295, 999999999);
	is_facts(1, 4294967295999999999, 4294967295999999999, "", "pcap", "a pcap of nanoseconds");
}

static void sources(void)
{
	static char name_of_60000[60001];

	section();
	interface("a/b");
	packet(0, 1);
	is_facts(1, 1000, 1000, "a%2Fb", "pcapng", "one interface");
	section();
	interface("a");
	interface("idle");
	interface("a");
	packet(2, 2);
	packet(0, 1);
	section();
	interface("a");
	packet(0, 3);
	is_facts(3, 1000, 3000, "a", "pcapng", "several of one name, and one without packets");
	section();
	interface("a");
	interface("b");
	packet(0, 2);
	packet(1, 1);
	packet(0, 3);
	is_facts(3, 1000, 3000, "mixed", "pcapng", "two names");
	section();
	interface("a");
	interface(NULL);
	packet(0, 2);
	packet(1, 1);
	is_facts(2, 1000, 2000, "mixed", "pcapng", "a name, and none");
	section();
	interface(NULL);
	packet(0, 2);
	is_facts(1, 2000, 2000, "", "pcapng", "no name");
	section();
	interface("mixed");
	packet(0, 2);
	is_facts(1, 2000, 2000, "%6Dixed", "pcapng", "an interface that is called mixed");
	memset(name_of_60000, '/', sizeof(name_of_60000) - 1);
	section();
	interface(name_of_60000);
	packet(0, 2);
	ok(read_facts(0) && strlen(facts.source) <= KEY_TEXT_LIMIT, "a name of 60,000 bytes");
}

static void times(void)
{
	section();
	interface("a");
	simple();
	is_facts(1, 0, 0, "a", "pcapng", "a packet without a time");
	section();
	interface("a");
	simple();
	packet(0, 5);
	simple();
	is_facts(3, 5000, 5000, "a", "pcapng", "only one with a time");
}

static void more(void)
{
	section();
	interface("a");
	other(PCAPNG_STATISTICS);
	is_facts(0, 0, 0, "", "pcapng", "statistics are nothing that anybody misses");
	section();
	interface("a");
	other(PCAPNG_CUSTOM);
	ok(read_facts(0) && facts.packets == 0 && facts.holds_more, "a block of another kind is");
}

static void cut(void)
{
	pcap(0xa1b2c3d4);
	pcap_record(1, 0);
	pcap_record(2, 0);
	ok(read_facts(1) && facts.end.state == CAPTURE_TRUNCATED, "a pcap that was cut");
	ok(facts.packets == 1 && facts.last_ns == 1000000000, "... holds what stands before");
	pcap(0xa1b2c3d4);
	ok(read_facts(1) && facts.end.state == CAPTURE_TRUNCATED && facts.packets == 0,
	   "a pcap whose header was cut");
	is_str(facts.type, "pcap", "... is known");
	pcap(0xa1b23c4d);
	ok(read_facts(16) && facts.end.state == CAPTURE_TRUNCATED, "... by its first eight bytes");
	section();
	ok(read_facts(18) && facts.end.state == CAPTURE_TRUNCATED && facts.packets == 0,
	   "a pcapng whose header was cut");
	section();
	interface("a");
	packet(0, 1);
	packet(0, 2);
	ok(read_facts(3) && facts.end.state == CAPTURE_TRUNCATED, "a pcapng that was cut");
	ok(facts.packets == 1 && facts.last_ns == 1000, "... holds what stands before");
	is_str(facts.source, "a", "... with its source");
	ok(read_facts(0) && facts.end.state == CAPTURE_EMPTY && facts.packets == 0, "no bytes");
}

static void refused(void)
{
	pcap(0xa1b2c3d4);
	pcap_record(1, 0);
	u32(1);
	u32(0);
	u32(0x7fffffff);
	u32(0x7fffffff);
	u32(0);
	ok(!read_facts(0) && strstr(err.text, "packet 2"), "a record that cannot be");
	bytes("this is a text, and no capture at all", 37);
	ok(!read_facts(0) && err.text[0] && facts.end.state == CAPTURE_NOT_ONE, "a text");
	unlink(name);
	ok(!capture_facts_read(name, &facts, &err) && strstr(err.text, name), "no file");
}

int main(void)
{
	close(mkstemp(name));
	pcaps();
	sources();
	times();
	more();
	cut();
	refused();
	return tap_done();
}
