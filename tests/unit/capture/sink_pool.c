/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many outputs: few descriptors, and every block in its place. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/sink_pool.h"
#include "capture/source_file.h"
#include "lib/tap.h"

static const struct section sections[2] = { { .serial = 101 }, { .serial = 102 } };
static const struct interface interfaces[2] = {
	{ .serial = 101, .section = &sections[0], .linktype = 1, .ticks_per_s = 1000000000 },
	{ .serial = 102, .section = &sections[1], .linktype = 1, .ticks_per_s = 1000000000 },
};
static char dir[] = "/tmp/sink_pool-XXXXXX";

static const char *path(const char *name)
{
	static char text[4][256];
	static unsigned next;
	char *to = text[next++ % 4];

	snprintf(to, sizeof(text[0]), "%s/%s", dir, name);
	return to;
}

static struct output_path_id made; /* the file that was closed last */

static struct sink_pool *set_new(const char *format, unsigned max_open, size_t memory)
{
	struct sink_pool_config config = { .name = "{key}",
					   .format = format,
					   .fallback = "pcapng",
					   .max_open = max_open,
					   .memory = memory };
	struct error err;

	return sink_pool_new(&config, &err);
}

static bool put(struct sink_pool *set, struct sink_pool_file *file, unsigned section, char letter)
{
	static uint8_t data[100];
	struct packet packet = { .data = data,
				 .caplen = sizeof(data),
				 .len = sizeof(data),
				 .linktype = 1,
				 .interface = &interfaces[section] };
	struct error err;

	memset(data, letter, sizeof(data));
	return sink_pool_put(set, file, &packet, &err);
}

/* A block whose body is four times a letter. */
static bool put_block(struct sink_pool *set, unsigned section, uint32_t type, char letter)
{
	uint32_t words[4] = { type, 16, 0, 16 };
	struct block block = { .kind = BLOCK_OTHER,
			       .section = &sections[section],
			       .type = type,
			       .bytes = span_of(words, sizeof(words)) };
	struct error err;

	memset(&words[2], letter, 4);
	return sink_pool_block(set, &block, &err);
}

static void put_section(struct sink_pool *set, unsigned section)
{
	struct block block = { .kind = BLOCK_SECTION, .section = &sections[section] };
	struct error err;

	sink_pool_block(set, &block, &err);
}

/* What stands in a file: S for a section, a packet's letter, a block's in brackets. */
static const char *content(const char *name)
{
	static char text[8192];
	struct error err;
	struct source *source = source_file_open(name, READER_AUTO, &err);
	struct packet packet;
	struct block block;
	char *to = text;

	if (!source)
		return "missing";
	for (;;) {
		enum source_result result = source_next(source, &packet, &block, &err);

		if (result == SOURCE_PACKET)
			*to++ = (char)packet.data[0];
		else if (result != SOURCE_BLOCK)
			break;
		else if (block.kind == BLOCK_SECTION)
			*to++ = 'S';
		else if (block.kind == BLOCK_OTHER)
			to += sprintf(to, "[%c]", block.bytes.data[8]);
	}
	source_close(source);
	*to = '\0';
	return text;
}

static bool finish(struct sink_pool *set, struct sink_pool_file *file, const char *name)
{
	struct error err;

	return sink_pool_close(set, file, name, true, false, &made, &err);
}

static unsigned descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

static void test_descriptors(unsigned max_open, size_t memory, unsigned bound, const char *name)
{
	enum { FILES = 200, ROUNDS = 26 };
	struct sink_pool *set = set_new(NULL, max_open, memory);
	static struct sink_pool_file *file[FILES];
	static char names[FILES][300];
	unsigned before = descriptors(), most = 0;
	bool good = true;
	struct error err;

	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < FILES; i++) {
			snprintf(names[i], sizeof(names[i]), "%s/many/%d.pcapng", dir, i);
			if (r == 0)
				file[i] =
					sink_pool_open(set, names[i], &sections[0], 0, false, &err);
			good &= put(set, file[i], 0, (char)('a' + r));
			most = descriptors() > most ? descriptors() : most;
		}
	for (int i = 0; i < FILES; i++)
		good &= finish(set, file[i], names[i]);
	ok(good, "%s: all written", name);
	ok(most <= before + bound, "%s: %u descriptors", name, most - before);
	for (int i = 0; i < FILES; i++)
		good &= strcmp(content(names[i]), "Sabcdefghijklmnopqrstuvwxyz") == 0 &&
			unlink(names[i]) == 0;
	ok(good, "%s: nothing lost, nothing twice", name);
	sink_pool_free(set);
}

static void test_blocks(void)
{
	struct sink_pool *set = set_new(NULL, 1, 0);
	const char *a = path("a.pcapng"), *b = path("b.pcapng"), *c = path("c.pcapng");
	struct sink_pool_file *fa, *fb, *fc;
	struct error err;

	put_section(set, 0);
	put_block(set, 0, PCAPNG_NAMES, '1');
	fa = sink_pool_open(set, a, &sections[0], 0, false, &err);
	put(set, fa, 0, 'a');
	put_block(set, 0, PCAPNG_SECRETS, '2');
	fb = sink_pool_open(set, b, &sections[0], 0, false, &err);
	put(set, fb, 0, 'x');
	put(set, fa, 0, 'b');
	put_block(set, 0, PCAPNG_CUSTOM, '3');
	put(set, fb, 0, 'y');
	put_section(set, 1);
	put_block(set, 1, PCAPNG_NAMES, '4');
	fc = sink_pool_open(set, c, &sections[1], 0, false, &err);
	put(set, fc, 1, 'm');
	put(set, fa, 1, 'c');
	put_block(set, 1, PCAPNG_CUSTOM, '5');
	finish(set, fa, a);
	finish(set, fb, b);
	finish(set, fc, c);
	is_str(content(a), "S[1]a[2]b[3]S[4]c[5]", "blocks in place, in both sections");
	is_str(content(b), "S[1][2]x[3]y", "none of a section that the output has nothing of");
	is_str(content(c), "S[4]m[5]", "an output that begins in the second section");
	sink_pool_free(set);
}

static void test_successor(void)
{
	struct sink_pool *set = set_new(NULL, 4, 1 << 20);
	const char *a = path("r1.pcapng"), *b = path("r2.pcapng");
	struct sink_pool_file *file;
	uint64_t mark;
	struct error err;

	put_section(set, 0);
	put_block(set, 0, PCAPNG_NAMES, '1');
	put_block(set, 0, PCAPNG_CUSTOM, '2');
	file = sink_pool_open(set, a, &sections[0], 0, false, &err);
	put(set, file, 0, 'a');
	finish(set, file, a);
	mark = sink_pool_mark(set);
	put_block(set, 0, PCAPNG_CUSTOM, '3');
	file = sink_pool_open(set, b, &sections[0], mark, false, &err);
	put(set, file, 0, 'b');
	finish(set, file, b);
	is_str(content(a), "S[1][2]a", "the first file of a key");
	is_str(content(b), "S[1][3]b", "the second begins with the names again, and has the rest");
	sink_pool_free(set);
}

static void test_merged(void)
{
	struct sink_pool_config config = { .name = "{key}.pcapng",
					   .fallback = "pcap",
					   .one_section = true,
					   .max_open = 2,
					   .memory = 4096 };
	struct error err;
	struct sink_pool *set = sink_pool_new(&config, &err);
	const char *a = path("m.pcapng");
	struct sink_pool_file *file;

	put_section(set, 0);
	put_block(set, 0, PCAPNG_NAMES, '1');
	put_section(set, 1);
	put_block(set, 1, PCAPNG_NAMES, '2');
	file = sink_pool_open(set, a, &sections[1], 0, false, &err);
	put(set, file, 1, 'a');
	put(set, file, 0, 'b');
	put(set, file, 1, 'c');
	finish(set, file, a);
	is_str(content(a), "S[1][2]abc", "merged inputs share a section");
	sink_pool_free(set);
}

static void test_names(void)
{
	struct sink_pool *set = set_new(NULL, 4, 1 << 20);
	const char *work = path("work.pcapng"), *done = path("done.pcapng");
	struct sink_pool_file *file;
	struct error err = { 0 };

	file = sink_pool_open(set, work, &sections[0], 0, false, &err);
	put(set, file, 0, 'a');
	ok(access(path("work.pcapng.tmp"), F_OK) == 0, "NAME.tmp while it grows");
	ok(access(work, F_OK) < 0, "no final name yet");
	finish(set, file, done);
	is_str(content(done), "Sa", "the final name may be another one");
	ok(access(path("work.pcapng.tmp"), F_OK) < 0, "the .tmp is gone");
	file = sink_pool_open(set, work, &sections[0], 0, false, &err);
	put(set, file, 0, 'a');
	sink_pool_close(set, file, work, false, false, &made, &err);
	ok(access(work, F_OK) < 0, "what is not complete stays .tmp");
	is_str(content(path("work.pcapng.tmp")), "Sa", "with all that was written");
	file = sink_pool_open(set, path("done.pcapng/x"), &sections[0], 0, false, &err);
	ok(!file && strstr(err.text, "done.pcapng"), "a directory that cannot be made: %s",
	   err.text);
	sink_pool_free(set);
}

static void test_foreign(void)
{
	struct sink_pool *set = set_new("snoop", 1, 0);
	const char *a = path("a.snoop"), *b = path("b.snoop");
	struct sink_pool_file *fa, *fb;
	struct error err;

	fa = sink_pool_open(set, a, &sections[0], 0, false, &err);
	fb = sink_pool_open(set, b, &sections[0], 0, false, &err);
	put(set, fa, 0, 'a');
	put(set, fb, 0, 'x');
	put(set, fa, 0, 'b');
	ok(finish(set, fa, a) && finish(set, fb, b), "a format of wiretap");
	is_str(content(a) + strspn(content(a), "S"), "ab", "is converted at the end");
	is_str(content(b) + strspn(content(b), "S"), "x", "also on one descriptor");
	ok(access(path("a.snoop.pcapng.tmp"), F_OK) < 0, "nothing is left behind");
	sink_pool_free(set);
}

/* A name that a packet made ends as a pcap's does. */
static void test_ending(void)
{
	struct sink_pool *set = set_new(NULL, 2, 0);
	const char *a = path("plain"), *b = path("b.pcap");
	struct sink_pool_file *fa, *fb;
	struct error err;

	put_section(set, 0);
	put_block(set, 0, PCAPNG_NAMES, '1');
	fa = sink_pool_open(set, a, &sections[0], 0, false, &err);
	put(set, fa, 0, 'a');
	fb = sink_pool_open(set, b, &sections[0], 0, false, &err);
	put(set, fb, 0, 'x');
	put_block(set, 0, PCAPNG_SECRETS, '2');
	finish(set, fa, a);
	finish(set, fb, b);
	is_str(content(a), "S[1]a[2]", "the ending of another name takes no blocks away");
	is_str(content(b), "S[1]x[2]", "and does not decide the format");
	is_u64(sink_pool_counters(set).blocks_dropped, 0, "nothing is lost");
	sink_pool_free(set);
}

/* Formats without blocks count them once, and need no place for them. */
static void test_blockless(const char *format)
{
	struct sink_pool *set = set_new(format, 4, 1 << 20);
	struct error err = { 0 };
	bool good = setenv("TMPDIR", "/nowhere", 1) == 0;

	sink_pool_prepare(set);
	put_section(set, 0);
	good &= put_block(set, 0, PCAPNG_NAMES, '1');
	for (int i = 0; i < 4; i++) {
		const char *name = path((const char *[]){ "0", "1", "2", "3" }[i]);
		struct sink_pool_file *file =
			sink_pool_open(set, name, &sections[0], 0, false, &err);

		good &= file && put(set, file, 0, 'a') && finish(set, file, name) &&
			unlink(name) == 0;
	}
	ok(good, "%s: needs no temporary file", format);
	is_u64(sink_pool_counters(set).blocks_dropped, 1, "a block that four files lack is one");
	unsetenv("TMPDIR");
	sink_pool_free(set);
}

/* Whatever has a name keeps it, unless a capture may be replaced. */
static void test_taken(void)
{
	struct sink_pool *set = set_new(NULL, 4, 1 << 20);
	const char *name = path("taken.pcapng"), *fifo = path("fifo");
	struct sink_pool_file *file;
	struct error err = { 0 };

	ok(!sink_pool_open(set, "/dev/full", &sections[0], 0, true, &err) && err.number == EEXIST,
	   "a device is no name for a file: %s", err.text);
	ok(mkfifo(fifo, 0600) == 0 && !sink_pool_open(set, fifo, &sections[0], 0, true, &err) &&
		   err.number == EEXIST,
	   "nor is a FIFO: %s", err.text);
	file = sink_pool_open(set, name, &sections[0], 0, false, &err);
	put(set, file, 0, 'a');
	finish(set, file, name);
	ok(!sink_pool_open(set, name, &sections[0], 0, false, &err) && err.number == EEXIST &&
		   !sink_pool_may_have(set, name, false, &err),
	   "a capture stays: %s", err.text);
	err = (struct error){ 0 };
	file = sink_pool_open(set, name, &sections[0], 0, true, &err);
	ok(file && !err.text[0] && put(set, file, 0, 'b') &&
		   sink_pool_may_have(set, name, true, &err),
	   "or makes room");
	is_str(content(name), "Sa", "... as long as the new one is not complete it stays");
	ok(sink_pool_close(set, file, name, true, true, &made, &err), "... until then");
	is_str(content(name), "Sb", "... and then it is gone");
	sink_pool_free(set);
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	test_descriptors(1, 32 << 20, 1, "one descriptor");
	test_descriptors(64, 32 << 20, 64, "64 descriptors");
	test_descriptors(1000, 64 << 10, 200, "64 KiB of buffer");
	test_blocks();
	test_successor();
	test_merged();
	test_names();
	test_foreign();
	test_ending();
	test_blockless("pcap");
	test_blockless("snoop");
	test_taken();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || tap_done();
}
