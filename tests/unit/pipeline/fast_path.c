/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the fast path is tried: after each packet that went the slow way, and less often the more
 * packets in a row miss it. What it writes is judged by tests/cli/fast_path.t.
 */
#include "pipeline/fast_path.h"

#include <stdlib.h>
#include <unistd.h>

#include "capture/sink_file.h"
#include "capture/source_file.h"
#include "lib/tap.h"
#include "pipeline/pipeline.h"

enum { LONGEST = 64 };

static char dir[] = "/tmp/vtap-fast-path-XXXXXX";
static char in_name[64], out_name[64];

/* A stage that takes packets of 1 byte on the fast path, if it chooses leaves out those of 3, and
 * notes which way each goes. */
struct probe {
	char ways[512]; /* s: slow; f: fast; m: slow after a miss; x: left out on the fast path */
	bool missed;
	bool chooses;
	unsigned untimely; /* packets whose time is not their number in microseconds */
};

static void note(struct probe *probe, char way)
{
	probe->ways[strlen(probe->ways)] = way;
}

static enum verdict put(void *self, const struct packet *in, struct packet *out, struct error *err)
{
	struct probe *probe = self;

	(void)out, (void)err;
	note(probe, probe->missed ? 'm' : 's');
	probe->missed = false;
	return probe->chooses && in->len == 3 ? DROP : PASS;
}

static bool fast(void *self, struct fast_packet *packet)
{
	struct probe *probe = self;

	if (probe->chooses) {
		probe->untimely += packet->time_ns != (int64_t)(strlen(probe->ways) + 1) * 1000;
		packet->left_out = packet->packet.len == 3;
		if (packet->left_out) {
			note(probe, 'x');
			return true;
		}
	}
	probe->missed = packet->packet.len != 1 || !stage_may_keep(packet, LINK_ETHERNET);
	if (probe->missed)
		return false;
	note(probe, 'f');
	packet->offset = 0;
	packet->caplen = packet->kept_len = 1;
	packet->to = packet->interface;
	return true;
}

/* A capture with a packet of so many bytes for each letter: a is 1. */
static void make(const char *format, const char *sizes)
{
	static const struct section section = { .serial = 900 };
	static const uint8_t bytes[LONGEST];
	const struct interface interface = { .serial = 901,
					     .section = &section,
					     .linktype = LINK_ETHERNET,
					     .ticks_per_s = 1000000 };
	const struct sink_config config = { .name = in_name, .format = format };
	struct packet packet = { .data = bytes, .interface = &interface, .linktype = 1 };
	struct error err;
	struct sink *sink = sink_file_open(&config, &err);

	for (; *sizes; sizes++) {
		packet.time_ns = (int64_t)++packet.ticks * 1000;
		packet.caplen = packet.len = (uint32_t)(*sizes - 'a' + 1);
		sink_put(sink, &packet, &err);
	}
	sink_close(sink, true, &err);
}

static void run(const char *format, const char *sizes, uint64_t limit, const char *want)
{
	const struct sink_config config = { .name = out_name, .format = format };
	struct probe probe = { .ways = "" };
	struct stage stage = { .self = &probe, .put = put, .in_place = true, .fast = fast };
	struct pipeline pipeline = { .stage = &stage, .limit = limit };
	uint64_t count = limit ? limit : strlen(sizes);
	struct error err;

	make(format, sizes);
	pipeline.source = source_file_open(in_name, READER_AUTO, &err);
	pipeline.sink = sink_file_open(&config, &err);
	ok(pipeline_run(&pipeline, &err) == PIPELINE_DONE, "%s, %.8s: runs", format, sizes);
	is_str(probe.ways, want, "each packet goes its way");
	ok(pipeline.in == count && pipeline.out == count && pipeline.source->packets == count,
	   "and is counted once");
	sink_close(pipeline.sink, true, &err);
	source_close(pipeline.source);
}

/* What is left out is counted where it goes, also before the sink has begun its file. */
static void chooses(const char *format, const char *sizes, const char *want, unsigned out)
{
	const struct sink_config config = { .name = out_name, .format = format };
	struct probe probe = { .ways = "", .chooses = true };
	struct stage stage = {
		.self = &probe, .put = put, .in_place = true, .fast = fast, .fast_chooses = true
	};
	struct pipeline pipeline = { .stage = &stage };
	struct error err;

	make(format, sizes);
	pipeline.source = source_file_open(in_name, READER_AUTO, &err);
	pipeline.sink = sink_file_open(&config, &err);
	ok(pipeline_run(&pipeline, &err) == PIPELINE_DONE, "%s, %s, chosen: runs", format, sizes);
	is_str(probe.ways, want, "each packet goes its way");
	is_u64(probe.untimely, 0, "and has its time");
	ok(pipeline.in == strlen(sizes) && pipeline.out == out && pipeline.bytes_out == out,
	   "in %" PRIu64 ", out %" PRIu64 ", bytes %" PRIu64, pipeline.in, pipeline.out,
	   pipeline.bytes_out);
	sink_close(pipeline.sink, true, &err);
	source_close(pipeline.source);
}

static void pauses(const char *format)
{
	char sizes[300] = "", want[300] = "";

	memset(sizes, 'b', 200);
	/* The first packet opens the sink. Misses at packets 2, 4, 7, 12, 21, 38, 71 and 136. */
	memset(want, 's', 200);
	for (unsigned at = 1, pause = 1; at < 200; at += pause + 1) {
		want[at] = 'm';
		if (at > 1 && pause < 64)
			pause *= 2;
	}
	run(format, sizes, 0, want);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(in_name, sizeof(in_name), "%s/in", dir);
	snprintf(out_name, sizeof(out_name), "%s/out", dir);
	run("pcap", "aaaa", 0, "sfff");
	run("pcap", "aabaa", 0, "sfmff");
	run("pcap", "abaaa", 0, "smsff");
	run("pcap", "bbbaaa", 0, "smsfff");
	/* Blocks come first, so the sink knows the interface before the first packet. */
	run("pcapng", "aaaa", 0, "ffff");
	run("pcap", "aaaaaa", 4, "sfff");
	pauses("pcap");
	chooses("pcap", "aacaca", "mfxfxf", 4);
	chooses("pcap", "cccaca", "xxxmsf", 2);
	chooses("pcap", "cccc", "xxxx", 0);
	chooses("pcapng", "cccaca", "sxxfxf", 2);
	unlink(in_name);
	unlink(out_name);
	rmdir(dir);
	return tap_done();
}
