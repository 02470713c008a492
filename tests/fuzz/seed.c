/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes inputs of harnesses from captures: seed DIR CAPTURE... fills DIR/packet, DIR/sequence and
 * DIR/capture. A few of each capture and none large: a fuzzer wants many small ones.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/stat.h>

#include "capture/sink_file.h"
#include "capture/source_file.h"

enum {
	PACKETS = 8,
	PACKET_MAX = 1600,
	RECORDS = 12,
	SEQUENCES = 3,
	CONVERTED = 3,
	SEQUENCE_MAX = 8192,
	CAPTURE_MAX = 16384
};

static const char *dir;
static unsigned number; /* of the capture */

static bool write_input(const char *shape, unsigned i, struct span bytes)
{
	char name[4096];
	FILE *file;
	bool done;

	snprintf(name, sizeof(name), "%s/%s/%u-%u", dir, shape, number, i);
	file = fopen(name, "wb");
	if (!file) {
		perror(name);
		return false;
	}
	done = fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
	return fclose(file) == 0 && done;
}

static uint8_t link_index(uint32_t linktype)
{
	uint8_t i = 0;

	while (i < FUZZ_LINKS - 1 && fuzz_links[i] != linktype)
		i++;
	return i;
}

static bool write_packet(const struct packet *packet, uint32_t caplen)
{
	uint8_t bytes[4 + PACKET_MAX] = { link_index(packet->linktype) };
	struct patch patch = { bytes, sizeof(bytes) };

	patch_be16(patch, 2, (uint16_t)(packet->len > caplen ? packet->len - caplen : 0));
	patch_copy(patch, 4, packet->data, caplen);
	return write_input("packet", (unsigned)packet->number, span_of(bytes, 4 + caplen));
}

/* A record behind the others; false: no room. */
static bool add_record(struct patch room, size_t *used, const struct packet *packet,
		       uint32_t caplen)
{
	if (room.len - *used < 8 + caplen)
		return false;
	patch_u8(room, *used, link_index(packet->linktype));
	patch_u8(room, *used + 1, 0);
	patch_be16(room, *used + 2, (uint16_t)(packet->len > caplen ? packet->len - caplen : 0));
	patch_be16(room, *used + 4, (uint16_t)packet->number);
	patch_be16(room, *used + 6, (uint16_t)caplen);
	patch_copy(room, *used + 8, packet->data, caplen);
	*used += 8 + caplen;
	return true;
}

/* The packet before it again with two bytes changed, as fuzz_next() has it; a short packet for
 * others. */
static void add_change(struct patch room, size_t *used, uint64_t count)
{
	if (room.len - *used < 10)
		return;
	patch_zero(room, *used, 10);
	patch_u8(room, *used + 1, 1);
	patch_be16(room, *used + 2, (uint16_t)(12 + count * 2 % 64));
	patch_be16(room, *used + 6, 2);
	patch_be16(room, *used + 8, 64);
	*used += 10;
}

/* With several options. */
static bool write_sequences(struct span bytes, struct patch room)
{
	bool good = write_input("sequence", 0, bytes);

	for (uint32_t i = 1; good && i < SEQUENCES; i++) {
		patch_be32(room, 0, (number * SEQUENCES + i) * 0x9e3779b1U);
		good = write_input("sequence", i, bytes);
	}
	return good;
}

static bool cut_packets(const char *name)
{
	static uint8_t sequence[SEQUENCE_MAX];
	struct patch room = { sequence, sizeof(sequence) };
	struct source *source;
	enum source_result result = SOURCE_PACKET;
	struct packet packet;
	struct block block;
	struct error err = { 0 };
	size_t used = 4;
	bool good = true;

	source = source_file_open(name, READER_AUTO, &err);
	while (source && good && result <= SOURCE_BLOCK && source->packets < RECORDS) {
		uint32_t caplen;

		result = source_next(source, &packet, &block, &err);
		if (result != SOURCE_PACKET)
			continue;
		caplen = packet.caplen < PACKET_MAX ? packet.caplen : PACKET_MAX;
		if (packet.number <= PACKETS)
			good = write_packet(&packet, caplen);
		add_record(room, &used, &packet, caplen);
		add_change(room, &used, packet.number + number);
	}
	source_close(source);
	return good && write_sequences(span_of(sequence, used), room);
}

static bool cut_file(const char *name)
{
	static uint8_t bytes[CAPTURE_MAX];
	FILE *file = fopen(name, "rb");
	size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

	if (file)
		fclose(file);
	return file && write_input("capture", 0, span_of(bytes, len));
}

/* The first packets as pcapng. A capture that pcapng cannot hold, or that is damaged, gives fewer
 * of them, or none. */
static void convert(const char *name)
{
	char out[4096];
	struct sink_config config = { .name = out, .format = "pcapng" };
	struct source *source;
	struct sink *sink;
	enum source_result result;
	struct packet packet;
	struct block block;
	struct error err = { 0 };
	bool good = true;

	snprintf(out, sizeof(out), "%s/capture/%u-1", dir, number);
	source = source_file_open(name, READER_AUTO, &err);
	sink = source ? sink_file_open(&config, &err) : NULL;
	while (sink && good && source->packets < CONVERTED &&
	       (result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK)
		good = result == SOURCE_PACKET ? sink_put(sink, &packet, &err)
					       : sink_block(sink, &block, &err);
	if (sink)
		sink_close(sink, true, &err);
	source_close(source);
}

static bool make_dir(const char *shape)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s/%s", dir, shape);
	if (mkdir(name, 0777) == 0 || errno == EEXIST)
		return true;
	perror(name);
	return false;
}

int main(int argc, char **argv)
{
	bool good = argc > 1;

	dir = argv[1];
	good = good && make_dir("packet") && make_dir("sequence") && make_dir("capture");
	for (int i = 2; good && i < argc; i++) {
		number++;
		good = cut_file(argv[i]) && cut_packets(argv[i]);
		if (good)
			convert(argv[i]);
	}
	return good ? 0 : 1;
}
