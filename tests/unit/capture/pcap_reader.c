/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap: byte orders, precisions, link types, and what one file cannot hold. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "capture/source_file.h"
#include "lib/tap.h"

static char name[64];
static const struct section section = { .serial = 1 };

static void write_pcap(uint32_t magic, bool turned, uint32_t caplen)
{
	const uint16_t version[2] = { 2, 4 };
	uint32_t words[] = { 0, 0, 65535, 0xf0000001, 1600000000, 999, caplen, 1500 };
	FILE *to = fopen(name, "wb");

	for (size_t i = 0; turned && i < sizeof(words) / 4; i++)
		words[i] = __builtin_bswap32(words[i]);
	magic = turned ? __builtin_bswap32(magic) : magic;
	fwrite(&magic, 1, 4, to);
	for (int i = 0; i < 2; i++) {
		uint16_t v = turned ? __builtin_bswap16(version[i]) : version[i];

		fwrite(&v, 1, 2, to);
	}
	fwrite(words, 1, sizeof(words), to);
	fwrite("0123456789", 1, 10, to);
	fclose(to);
}

/* Reads past the leading blocks to the first packet or the end. */
static enum source_result first(struct source *source, struct packet *packet, struct error *err)
{
	enum source_result result;
	struct block block;

	do
		result = source_next(source, packet, &block, err);
	while (result == SOURCE_BLOCK);
	return result;
}

static void test_read(uint32_t magic, bool turned, int64_t part_ns)
{
	struct source *source;
	struct packet packet;
	struct error err;

	write_pcap(magic, turned, 10);
	source = source_file_open(name, READER_AUTO, &err);
	ok(source && first(source, &packet, &err) == SOURCE_PACKET, "%08x turned %d: a packet",
	   magic, turned);
	ok(packet.time_ns == 1600000000000000000 + part_ns, "its time");
	ok(packet.caplen == 10 && packet.len == 1500, "its lengths");
	ok(packet.linktype == LINK_ETHERNET && packet.interface->linktype_flags == 0xf0000000,
	   "the link type without the FCS bits");
	ok(memcmp(packet.data, "0123456789", 10) == 0, "its bytes");
	is_u64(packet.offset, 24, "its offset");
	ok(first(source, &packet, &err) == SOURCE_END, "then the end");
	source_close(source);
}

static void test_damage(void)
{
	struct source *source;
	struct packet packet;
	struct error err = { .text = "" };

	write_pcap(0xa1b2c3d4, false, 11);
	source = source_file_open(name, READER_AUTO, &err);
	ok(first(source, &packet, &err) == SOURCE_ERROR, "a cut record is an error");
	ok(strstr(err.text,
		  "packet 1: offset 24: the file ends in the middle of a record: 26 of 27 bytes"),
	   "... that says where: %s", err.text);
	source_close(source);
	write_pcap(0xa1b2c3d4, false, 300 << 20);
	source = source_file_open(name, READER_AUTO, &err);
	ok(first(source, &packet, &err) == SOURCE_ERROR && strstr(err.text, "256 MiB"),
	   "a record over 256 MiB is an error");
	source_close(source);
}

static const struct interface micro = {
	.serial = 1, .section = &section, .linktype = LINK_ETHERNET, .ticks_per_s = 1000000
};
static const struct interface nano = {
	.serial = 2, .section = &section, .linktype = LINK_RAW, .ticks_per_s = 1000000000
};

/* Writes packets of the given interfaces; the magic of the file, 0 when a put failed. */
static uint32_t write_with(const char *format, const struct interface *a, const struct interface *b,
			   uint64_t *cut, struct error *err)
{
	struct sink_config config = { .name = name, .format = format, .fallback = "pcap" };
	struct sink *sink = sink_file_open(&config, err);
	const struct interface *interfaces[] = { a, b };
	uint32_t magic = 0;
	bool good = true;
	FILE *from;

	for (int i = 0; i < 2 && good; i++) {
		struct packet packet = { .time_ns = 1234567891,
					 .data = (const uint8_t *)"x",
					 .caplen = 1,
					 .len = 1,
					 .number = 1,
					 .interface = interfaces[i],
					 .linktype = interfaces[i]->linktype };

		good = sink_put(sink, &packet, err);
	}
	*cut = sink->timestamps_clamped;
	sink_close(sink, good, good ? err : &(struct error){ 0 });
	from = fopen(name, "rb");
	if (from && fread(&magic, 1, 4, from) != 4)
		magic = 0;
	if (from)
		fclose(from);
	return good ? magic : 0;
}

static void test_write(void)
{
	struct error err = { .text = "" };
	uint64_t cut;

	unlink(name);
	is_u64(write_with(NULL, &micro, &micro, &cut, &err), 0xa1b2c3d4, "microseconds stay");
	is_u64(write_with(NULL, &nano, &nano, &cut, &err), 0xa1b23c4d, "nanoseconds stay");
	is_u64(write_with("pcap", &nano, &nano, &cut, &err), 0xa1b2c3d4, "-F pcap is microseconds");
	is_u64(cut, 2, "... and counts what that cost");
	is_u64(write_with("nsecpcap", &micro, &micro, &cut, &err), 0xa1b23c4d, "-F nsecpcap");
	unlink(name);
	is_u64(write_with(NULL, &micro, &nano, &cut, &err), 0, "two link types are an error");
	ok(strstr(err.text, "link type 101") && strstr(err.text, "has 1,") && sink_refused(&err),
	   "... that names both, and no reason to end");
	ok(access(name, F_OK) != 0, "a failed file has no final name");
}

/* Returns the snaplen in the head of a pcap whose first packet has interface `a`; b comes later. */
static uint32_t write_snaplen(const struct interface *a, const struct interface *b, bool merged,
			      const char *input)
{
	static const uint8_t bytes[4000];
	struct sink_config config = {
		.name = name, .format = "pcap", .fallback = input, .one_section = merged
	};
	const struct interface *interfaces[] = { a, b };
	struct error err = { .text = "" };
	struct sink *sink = sink_file_open(&config, &err);
	uint32_t head[6] = { 0 };
	FILE *from;

	for (int i = 0; i < 2 && interfaces[i]; i++) {
		struct packet packet = { .data = bytes,
					 .caplen = interfaces[i]->snaplen,
					 .len = interfaces[i]->snaplen,
					 .interface = interfaces[i],
					 .linktype = LINK_ETHERNET };

		sink_put(sink, &packet, &err);
	}
	sink_close(sink, true, &err);
	from = fopen(name, "rb");
	if (from && fread(head, sizeof(head), 1, from) != 1)
		head[4] = 0;
	if (from)
		fclose(from);
	return head[4];
}

static void test_snaplen(void)
{
	static const struct interface few = { .serial = 3,
					      .section = &section,
					      .linktype = LINK_ETHERNET,
					      .snaplen = 96,
					      .ticks_per_s = 1000000 },
				      many = { .serial = 4,
					       .section = &section,
					       .linktype = LINK_ETHERNET,
					       .snaplen = 4000,
					       .ticks_per_s = 1000000 };

	static struct interface named;

	named = few;
	named.name = "vxlan-5@10.0.1.5";
	is_u64(write_snaplen(&few, NULL, false, "pcap"), 96, "a pcap keeps its snaplen");
	is_u64(write_snaplen(NULL, NULL, false, "nsecpcap"), 262144, "without any the usual one");
	is_u64(write_snaplen(&few, &many, false, "pcapng"), 262144, "others may be longer");
	is_u64(write_snaplen(&few, &many, true, "pcap"), 262144, "as packets of merged pcaps");
	is_u64(write_snaplen(&named, NULL, false, "pcap"), 262144, "and what tools make of some");
}

/* A pcap has room for more link types than a pcapng. */
static void test_wide_linktype(void)
{
	static const struct interface wide = {
		.serial = 5, .section = &section, .linktype = 0x10001, .ticks_per_s = 1000000
	};
	struct error err = { .text = "" };
	uint64_t cut;

	unlink(name);
	is_u64(write_with("pcapng", &wide, &wide, &cut, &err), 0, "link type 65537 in a pcapng");
	ok(strstr(err.text, "link type 65537") != NULL, "is an error: %s", err.text);
	is_u64(write_with("pcap", &wide, &wide, &cut, &err), 0xa1b2c3d4, "and in a pcap none");
}

/* What a live capture has flushed is a capture already. */
static void test_watched(const char *format)
{
	struct sink_config config = { .name = name, .format = format, .manner = OUTPUT_WATCH };
	struct packet packet = { .data = (const uint8_t *)"x",
				 .caplen = 1,
				 .len = 1,
				 .number = 1,
				 .interface = &micro,
				 .linktype = LINK_ETHERNET };
	struct error err = { .text = "" };
	struct sink *sink = sink_file_open(&config, &err);
	struct source *source;
	struct stat st = { 0 };

	ok(sink && sink_put(sink, &packet, &err) && sink_flush(sink, &err), "%s, watched", format);
	source = source_file_open(name, READER_AUTO, &err);
	ok(source && first(source, &packet, &err) == SOURCE_PACKET && packet.caplen == 1,
	   "... can be read before it is closed");
	ok(stat(name, &st) == 0 && sink_size(sink) == (uint64_t)st.st_size, "... all of it");
	ok(sink_close(sink, false, &err) && access(name, F_OK) == 0, "... and is there at the end");
	source_close(source);
}

static void test_watched_by_wiretap(void)
{
	struct sink_config config = { .name = name, .format = "snoop", .manner = OUTPUT_WATCH };
	struct error err = { .text = "" };

	unlink(name);
	ok(!sink_file_open(&config, &err) && err.usage && strstr(err.text, "pcapng") &&
		   access(name, F_OK) != 0,
	   "no other format is watched: %s", err.text);
	config.name = "-";
	ok(sink_file_format(&config, &err) != NULL, "but can go to a pipe");
}

int main(void)
{
	char tmp[80];

	snprintf(name, sizeof(name), "/tmp/vtap-unit-%d.pcap", (int)getpid());
	for (int turned = 0; turned < 2; turned++) {
		test_read(0xa1b2c3d4, turned, 999000);
		test_read(0xa1b23c4d, turned, 999);
	}
	test_damage();
	test_write();
	test_snaplen();
	test_wide_linktype();
	test_watched("nsecpcap");
	test_watched("pcapng");
	test_watched_by_wiretap();
	unlink(name);
	snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	unlink(tmp);
	return tap_done();
}
