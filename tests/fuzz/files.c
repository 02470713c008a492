/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole stage of vtap-split, with the files that it writes: each packet is in one of them, and
 * what they are called together in the manifest is what is there. Input: sequence; a record whose
 * flags have bit 1 is a block of names, or of what nobody knows, in front of the packets.
 */
#include "tools/vtap-split/split_internal.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source_file.h"
#include "names.h"
#include "packet/option.h"
#include "stage.h"

static struct fuzz_stage fuzz;
static char folder[64];

/* What went in, or came out: how many, and a sum over all. */
struct origin_stats {
	uint64_t packets, sum, blocks;
};

static void origin_stats_packet(struct origin_stats *origins, const struct packet *packet)
{
	uint64_t hash = packet->caplen * UINT64_C(0x9e3779b97f4a7c15) + packet->len +
			(uint64_t)(packet->time_ns / 1000) * UINT64_C(0xff51afd7ed558ccd);

	for (uint32_t i = 0; i < packet->caplen; i++)
		hash = (hash ^ packet->data[i]) * UINT64_C(0x100000001b3);
	origins->packets++;
	origins->sum += hash;
}

static void remove_folder(void)
{
	rmdir(folder);
}

/* In memory where there is such a place. */
static void make_folder(void)
{
	if (folder[0])
		return;
	snprintf(folder, sizeof(folder), "%s/vtap-fuzz-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	FUZZ_CHECK(mkdtemp(folder) != NULL);
	atexit(remove_folder);
}

static void read_file(const char *path, struct origin_stats *origins)
{
	struct error err = { 0 };
	struct source *source = source_file_open(path, READER_AUTO, &err);
	enum source_result result = SOURCE_PACKET;
	int64_t last = INT64_MIN;
	struct packet packet;
	struct block block;

	FUZZ_CHECK(source != NULL);
	while (result <= SOURCE_BLOCK) {
		result = source_next(source, &packet, &block, &err);
		origins->blocks += result == SOURCE_BLOCK && block.kind == BLOCK_OTHER;
		if (result != SOURCE_PACKET)
			continue;
		FUZZ_CHECK(packet.time_ns >= last);
		last = packet.time_ns;
		origin_stats_packet(origins, &packet);
	}
	FUZZ_CHECK(result == SOURCE_END);
	source_close(source);
}

/* How many there are; they are removed. */
static uint64_t read_all(struct origin_stats *origins)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[sizeof(folder) + sizeof(entry->d_name) + 1];
	uint64_t count = 0;

	FUZZ_CHECK(dir != NULL);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names_check(entry->d_name, strlen(entry->d_name));
		FUZZ_CHECK(!strstr(entry->d_name, ".tmp"));
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		read_file(path, origins);
		FUZZ_CHECK(unlink(path) == 0);
		count++;
	}
	closedir(dir);
	return count;
}

/* A block of names, which all files get, or another one, which those get that are written to. */
static void put_block(const struct fuzz_packet *record)
{
	uint8_t bytes[16] = { 0 };
	uint32_t type = record->flags & 4 ? PCAPNG_NAMES : 0xbad;
	const uint32_t len = sizeof(bytes);
	struct block block = { .kind = BLOCK_OTHER,
			       .section = &fuzz.section,
			       .type = type,
			       .bytes = span_of(bytes, sizeof(bytes)) };

	memcpy(bytes, &type, 4);
	memcpy(bytes + 4, &len, 4);
	memcpy(bytes + 12, &len, 4);
	fuzz.stage.block(fuzz.stage.self, &block);
}

/* A pcap has packets of one link type. */
static void put_all(struct span input, bool pcap, struct origin_stats *in)
{
	struct fuzz_packet record;

	split_block(fuzz.stage.self,
		    &(struct block){ .kind = BLOCK_SECTION, .section = &fuzz.section });
	while (fuzz_record(&input, &record)) {
		struct fuzz_packet copy = record;
		struct packet packet;

		if (record.flags & 2) {
			in->blocks++;
			put_block(&record);
		} else {
			copy.linktype = pcap ? LINK_ETHERNET : record.linktype;
			fuzz_stage_put(&fuzz, &copy);
			packet = (struct packet){ .data = record.data,
						  .caplen = record.caplen,
						  .len = record.len,
						  .time_ns = fuzz.now_ns };
			origin_stats_packet(in, &packet);
		}
		free(record.copy);
	}
}

static void configure(struct split_config *config, uint32_t bits, char name[128])
{
	static const char *const by[] = { "flow",	   "source",  "ip-src",	 "interface",
					  "flow,linktype", "id,vlan", "mac-src", "outer-src" };
	static const uint64_t open[] = { 1, 2, 3, 64 };
	struct error err = { 0 };

	snprintf(name, 128, "%s/%s-{n}%s", folder, "{key}", bits & 8 ? ".pcap" : ".pcapng");
	*config = (struct split_config){ .by = by[bits & 7],
					 .common.output = name,
					 .common.quiet = true,
					 .max_open = open[bits >> 4 & 3],
					 .memory = SINK_POOL_MEMORY,
					 .portable = bits & 0x40,
					 .size = bits & 0x80 ? 200 : 0,
					 .interval_ns = bits & 0x100 ? FUZZ_NS : 0 };
	FUZZ_CHECK(split_check(config, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	uint32_t bits = fuzz_number(&input, 4);
	struct origin_stats in = { 0 }, out = { 0 };
	struct split_config config;
	struct error err = { 0 };
	struct split *split;
	struct stats stats;
	char name[128];

	make_folder();
	configure(&config, bits, name);
	split = split_new(&config, &err);
	FUZZ_CHECK(split && split_open(split, &err));
	split_begin(split, "pcapng", 0, true);
	fuzz_stage_begin(&fuzz);
	fuzz.stage = (struct stage){ .self = split, .put = split_put, .block = split_block };
	split_stats(split, &stats);
	fuzz.rows = stats.rows;
	fuzz.counters = stats.counters;
	put_all(input, bits & 8, &in);
	FUZZ_CHECK(split_finish(split, true, &err));
	FUZZ_CHECK(fuzz_stage_sum(&fuzz, STATS_OUTCOME, "") == fuzz.in && fuzz.in == in.packets);
	FUZZ_CHECK(read_all(&out) == split->counters.files);
	FUZZ_CHECK(out.packets == in.packets && out.sum == in.sum);
	FUZZ_CHECK(split->counters.packets == out.packets);
	FUZZ_CHECK(in.packets == 0 || bits & 8 || out.blocks >= in.blocks);
	split_free(split);
	return 0;
}
