/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Borrowed records: what a sink writes from where its source holds it is the same as what it
 * copies, however packets are changed, left out and mixed, and however the input trickles in.
 */
#include "base/loan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/inputs.h"
#include "capture/sink_file.h"
#include "capture/source_file.h"
#include "lib/tap.h"

enum { PACKETS = 4000, LONGEST = 3000, HUGE = 700000 };

static char dir[] = "/tmp/vtap-loan-XXXXXX";
static uint32_t state = 1;

static uint32_t random32(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static const char *path(const char *name)
{
	static char text[16][64];
	static int turn;

	turn = (turn + 1) % 16;
	snprintf(text[turn], sizeof(text[turn]), "%s/%s", dir, name);
	return text[turn];
}

static struct sink *open_sink(const char *name, const char *format, bool borrow)
{
	const struct sink_config config = {
		.name = name, .format = format, .fallback = "pcap", .borrow = borrow
	};
	struct error err;
	struct sink *sink = sink_file_open(&config, &err);

	if (!sink)
		ok(false, "%s", err.text);
	return sink;
}

/* A capture of packets of all sizes, two of them larger than any block. */
static void make(const char *name, const char *format, int64_t step_ns)
{
	static const struct section section = { .serial = 900 };
	static uint8_t bytes[HUGE];
	struct interface interface = { .serial = 901,
				       .section = &section,
				       .linktype = LINK_ETHERNET,
				       .ticks_per_s = 1000000 };
	struct packet packet = { .data = bytes, .interface = &interface, .linktype = 1 };
	struct sink *sink = open_sink(name, format, false);
	struct error err;

	for (int i = 0; i < PACKETS; i++) {
		packet.time_ns = 1700000000000000000 + i * step_ns;
		packet.ticks = (uint64_t)packet.time_ns / 1000;
		packet.caplen = i % 1500 == 700 ? HUGE : random32() % LONGEST;
		packet.len = packet.caplen;
		memset(bytes, i, packet.caplen);
		sink_put(sink, &packet, &err);
	}
	ok(sink_close(sink, true, &err), "made %s", name);
}

/* What becomes of the packets: 0 nothing, 1 every so many is changed, 2 left out, 3 is flushed. */
static bool put(struct sink *sink, struct packet *packet, int kind, struct error *err)
{
	if (random32() % 3 == 0)
		packet->len += 1000;
	if (kind == 1 && random32() % 4 == 0) {
		packet->data = (const uint8_t *)"changed";
		packet->caplen = 7;
		packet_changed(packet);
	}
	if (kind == 2 && random32() % 50 == 0)
		return true;
	if (kind == 3 && random32() % 20 == 0 && !sink_flush(sink, err))
		return false;
	return sink_put(sink, packet, err);
}

static bool copy(struct source *source, struct sink *sink, int kind, struct error *err)
{
	enum source_result result = SOURCE_END;
	struct packet packet;
	struct block block;
	bool good = true;

	state = (uint32_t)kind + 7;
	while (good && (result = source_next(source, &packet, &block, err)) <= SOURCE_BLOCK)
		good = result == SOURCE_BLOCK ? sink_block(sink, &block, err)
					      : put(sink, &packet, kind, err);
	return good && result == SOURCE_END;
}

static bool same_files(const char *a, const char *b)
{
	char command[200];

	snprintf(command, sizeof(command), "cmp -s %s %s", a, b);
	return system(command) == 0;
}

/* Copies twice, borrowing and not; each time from a source of its own. */
static void compare(const char *what, struct source *(*open)(void), const char *format, int kind)
{
	const char *names[] = { path("copied"), path("borrowed") };
	struct error err = { .text = "" };
	bool good = true;

	for (int borrow = 0; borrow < 2; borrow++) {
		struct sink *sink = open_sink(names[borrow], format, borrow);
		struct source *source = open();

		good &= copy(source, sink, kind, &err);
		good &= sink_close(sink, true, &err);
		/* Nothing is lent any more: the source may go on. */
		source_close(source);
	}
	ok(good && same_files(names[0], names[1]), "%s to %s, %d: the same bytes %s", what, format,
	   kind, err.text);
}

static struct source *open_file(const char *name)
{
	struct error err;
	struct source *source = source_file_open(path(name), READER_AUTO, &err);

	if (!source)
		ok(false, "%s", err.text);
	return source;
}

static struct source *open_pcap(void)
{
	return open_file("in.pcap");
}

static struct source *open_pcapng(void)
{
	return open_file("in.pcapng");
}

static struct inputs *inputs; /* of open_merged() */

static struct source *open_merged(const char *const *names, unsigned count, int64_t window_ns)
{
	struct error err;

	inputs_free(inputs);
	inputs = inputs_new(names, count, READER_AUTO, NULL, NULL, &err);
	return inputs && inputs_probe(inputs, &err) ? inputs_start(inputs, window_ns, &err) : NULL;
}

static struct source *open_two(void)
{
	return open_merged((const char *[]){ path("in.pcap"), path("other.pcap") }, 2, 0);
}

static struct source *open_window(void)
{
	return open_merged((const char *[]){ path("in.pcap") }, 1, 1000000);
}

/* From a pipe that gives a little at a time, as standard input. */
static struct source *open_pipe(const char *name)
{
	struct error err;
	int ends[2];

	if (pipe(ends) < 0 || fflush(stdout) == EOF)
		return NULL;
	if (fork() == 0) {
		static uint8_t bytes[1 << 16];
		FILE *from = fopen(path(name), "rb");
		size_t n;

		close(ends[0]);
		for (size_t want = 1; (n = fread(bytes, 1, want, from)) > 0;
		     want = 1 + random32() % sizeof(bytes))
			if (write(ends[1], bytes, n) != (ssize_t)n)
				break;
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	return source_file_open("-", READER_AUTO, &err);
}

static struct source *open_piped_pcap(void)
{
	return open_pipe("in.pcap");
}

static struct source *open_piped_pcapng(void)
{
	return open_pipe("in.pcapng");
}

static void test_same(void)
{
	static const struct {
		const char *what;
		struct source *(*open)(void);
	} sources[] = {
		{ "pcap", open_pcap },	       { "pcapng", open_pcapng },
		{ "a pipe", open_piped_pcap }, { "a pipe of pcapng", open_piped_pcapng },
		{ "two pcaps", open_two },     { "a window", open_window },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		for (int kind = 0; kind < 4; kind++) {
			compare(sources[i].what, sources[i].open, "pcap", kind);
			compare(sources[i].what, sources[i].open, "pcapng", kind);
		}
}

/* Two sinks of one source: each borrows what the other one lets go. */
static void test_two_sinks(const char *format)
{
	const char *names[] = { path("a"), path("b"), path("c") };
	struct sink *sinks[3];
	struct error err = { .text = "" };
	bool good = true;

	for (int i = 0; i < 3; i++)
		sinks[i] = open_sink(names[i], format, i < 2);
	for (int i = 0; i < 3; i++)
		if (i != 1) {
			struct source *source = open_pcapng();
			struct packet packet;
			struct block block;
			enum source_result result;

			while ((result = source_next(source, &packet, &block, &err)) <=
			       SOURCE_BLOCK)
				for (int k = i; k < (i == 0 ? 2 : 3); k++)
					good &= result == SOURCE_BLOCK
							? sink_block(sinks[k], &block, &err)
							: sink_put(sinks[k], &packet, &err);
			source_close(source);
		}
	for (int i = 0; i < 3; i++)
		good &= sink_close(sinks[i], true, &err);
	ok(good && same_files(names[0], names[2]) && same_files(names[1], names[2]),
	   "two sinks of one source, %s", format);
}

/* The write fails while the source reads on: who puts, flushes or closes next hears of it. */
static void test_full(const char *format)
{
	struct error err = { .text = "" };
	struct sink *sink = open_sink("/dev/full", format, true);
	struct source *source = open_pcap();

	ok(!copy(source, sink, 0, &err) && err.number == ENOSPC, "%s: no space: %s", format,
	   err.text);
	ok(!sink_close(sink, true, &err), "%s: and not complete", format);
	source_close(source);
}

/* The end of the input comes before anybody wrote. */
static void test_full_at_end(void)
{
	struct error err = { .text = "" };
	struct sink *sink = open_sink("/dev/full", "pcap", true);
	struct source *source = open_pcap();
	struct packet packet;
	struct block block;

	for (int i = 0; i < 5; i++)
		if (source_next(source, &packet, &block, &err) == SOURCE_PACKET)
			sink_put(sink, &packet, &err);
	source_close(source);
	ok(!sink_close(sink, true, &err) && err.number == ENOSPC,
	   "the source goes first: no space: %s", err.text);
}

static void test_find(void)
{
	uint8_t memory[64];
	const struct loan loan = { .memory = memory + 16, .size = 32 };

	ok(loan_find(&loan, span_of(memory + 16, 32)) == memory + 16 &&
		   loan_find(&loan, span_of(memory + 47, 1)) == memory + 47,
	   "what is lent is found");
	ok(!loan_find(&loan, span_of(memory + 15, 2)) &&
		   !loan_find(&loan, span_of(memory + 47, 2)) &&
		   !loan_find(&loan, span_of(memory + 49, 0)) &&
		   !loan_find(&loan, span_of(&loan, SIZE_MAX)),
	   "what is not, is not");
}

int main(void)
{
	char command[100];

	if (!mkdtemp(dir))
		return 1;
	make(path("in.pcap"), "pcap", 1000000);
	make(path("other.pcap"), "pcap", 700000);
	make(path("in.pcapng"), "pcapng", 1000000);
	test_same();
	test_two_sinks("pcap");
	test_two_sinks("pcapng");
	test_full("pcap");
	test_full("pcapng");
	test_full_at_end();
	test_find();
	inputs_free(inputs);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ok(system(command) == 0, "removed what it made");
	while (wait(NULL) > 0)
		;
	return tap_done();
}
