/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures that are good up to where they are cut off: the native readers and wiretap give the same
 * packets. Input: sequence; the options say which kind of file is made of the records.
 */
#include "capture/wiretap_reader.h"

#include "memory.h"
#include "packet/option.h"

static struct {
	uint8_t bytes[1 << 18];
	size_t used;
	bool turned, ng, nano; /* turned: the other byte order than this host's */
} file;

static void put(const void *bytes, size_t len)
{
	FUZZ_CHECK(len <= sizeof(file.bytes) - file.used);
	if (len > 0)
		memcpy(file.bytes + file.used, bytes, len);
	file.used += len;
}

static void u16(uint16_t value)
{
	value = file.turned ? __builtin_bswap16(value) : value;
	put(&value, 2);
}

static void u32(uint32_t value)
{
	value = file.turned ? __builtin_bswap32(value) : value;
	put(&value, 4);
}

static void pad(void)
{
	put("\0\0\0", (4 - file.used % 4) % 4);
}

static void begin_pcap(uint32_t linktype)
{
	u32(file.nano ? 0xa1b23c4d : 0xa1b2c3d4);
	u16(2);
	u16(4);
	u32(0);
	u32(0);
	u32(262144);
	u32(linktype);
}

static void put_interface(uint32_t linktype)
{
	u32(PCAPNG_INTERFACE);
	u32(32);
	u16((uint16_t)linktype);
	u16(0);
	u32(262144);
	u16(OPTION_IF_TSRESOL);
	u16(1);
	put(file.nano ? "\x09\0\0\0" : "\x06\0\0\0", 4);
	u32(0);
	u32(32);
}

/* An interface for each link type there is. */
static void begin_pcapng(void)
{
	u32(PCAPNG_SECTION);
	u32(28);
	u32(PCAPNG_BYTE_ORDER);
	u16(1);
	u16(0);
	u32(UINT32_MAX);
	u32(UINT32_MAX);
	u32(28);
	for (unsigned i = 0; i < FUZZ_LINKS; i++)
		put_interface(fuzz_links[i]);
}

/* In a file of the other byte order wiretap turns the CAN headers behind "cooked" ones. */
static uint32_t file_link(uint32_t linktype)
{
	bool cooked = linktype == LINK_SLL || linktype == LINK_SLL2;

	return cooked && file.turned ? LINK_ETHERNET : linktype;
}

static void put_record(const struct fuzz_packet *record, uint64_t ms)
{
	u32((uint32_t)(ms / 1000));
	u32((uint32_t)(ms % 1000 * (file.nano ? 1000000 : 1000) + record->flags));
	u32(record->caplen);
	u32(record->len);
	put(record->data, record->caplen);
}

static void put_block(const struct fuzz_packet *record, uint64_t ms)
{
	uint32_t len = PCAPNG_PACKET_FIXED + 4 + (uint32_t)pcapng_padded(record->caplen);
	uint64_t ticks = ms * (file.nano ? 1000000 : 1000) + record->flags;
	unsigned link = 0;

	while (fuzz_links[link] != file_link(record->linktype))
		link++;
	u32(PCAPNG_ENHANCED_PACKET);
	u32(len);
	u32(link);
	u32((uint32_t)(ticks >> 32));
	u32((uint32_t)ticks);
	u32(record->caplen);
	u32(record->len);
	put(record->data, record->caplen);
	pad();
	u32(len);
}

static void make(struct span input)
{
	uint32_t bits = fuzz_number(&input, 4);
	struct fuzz_packet record;
	uint64_t ms = bits >> 8 & 0xfff;

	file.used = 0;
	file.turned = bits & 1;
	file.nano = bits & 2;
	file.ng = bits & 4;
	if (file.ng)
		begin_pcapng();
	else
		begin_pcap(file_link(fuzz_links[(bits >> 4 & 15) % FUZZ_LINKS]));
	while (fuzz_record(&input, &record)) {
		ms += record.after_ms;
		if (file.ng)
			put_block(&record, ms);
		else
			put_record(&record, ms);
		free(record.copy);
	}
	/* A pcap that is cut off looks to wiretap like one of another make. */
	if (file.ng && (bits >> 20) < file.used / 2)
		file.used -= bits >> 20;
}

/* wiretap has one encapsulation where there are several link types. */
static uint32_t merged(uint32_t linktype)
{
	switch (linktype) {
	case LINK_RAW_12:
	case LINK_RAW_14:
		return LINK_RAW;
	case LINK_PPP_HDLC:
		return LINK_PPP;
	default:
		return linktype;
	}
}

static bool next(struct source *source, struct packet *packet)
{
	enum source_result result;
	struct block block;
	struct error err = { 0 };

	do
		result = source_next(source, packet, &block, &err);
	while (result == SOURCE_BLOCK);
	return result == SOURCE_PACKET;
}

static void compare(struct source *native, struct source *foreign)
{
	struct packet a, b;

	while (next(native, &a)) {
		FUZZ_CHECK(next(foreign, &b));
		FUZZ_CHECK(a.time_ns == b.time_ns && a.caplen == b.caplen && a.len == b.len);
		FUZZ_CHECK(merged(a.linktype) == merged(b.linktype));
		FUZZ_CHECK(memcmp(a.data, b.data, a.caplen) == 0);
	}
	FUZZ_CHECK(!next(foreign, &b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *native, *foreign;
	struct error err = { 0 };
	struct span made;

	if (size > 32768)
		return 0;
	make(span_of(data, size));
	made = span_of(file.bytes, file.used);
	native = memory_source(made, file.ng);
	foreign = native ? wiretap_reader_open("input", memory_file(made), &err) : NULL;
	if (native && foreign)
		compare(native, foreign);
	source_close(native);
	source_close(foreign);
	return 0;
}
