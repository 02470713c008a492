/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of -G that end because no packet comes, by a clock that the test turns. */
#include "tools/vtap-split/split_quiet.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"
#include "tools/vtap-split/split_files.h"

#define MS INT64_C(1000000)

enum { TICK_MS = SPLIT_QUIET_TICK_NS / 1000000, INTERVAL_MS = 3000, DUE_MS = INTERVAL_MS + 1000 };

static const struct section section = { .serial = 1 };
static const struct interface interfaces[] = {
	{ .serial = 1, .section = &section, .linktype = 1, .ticks_per_s = 1000000, .name = "a" },
	{ .serial = 2, .section = &section, .linktype = 1, .ticks_per_s = 1000000, .name = "b" },
};
static struct split *split;
static int64_t now_ns; /* the host's clock */

static void put(unsigned interface)
{
	static const uint8_t bytes[60];
	struct packet out, packet = { .data = bytes,
				      .caplen = sizeof(bytes),
				      .len = sizeof(bytes),
				      .linktype = 1,
				      .interface = &interfaces[interface] };
	struct error err = { 0 };

	if (split_put(split, &packet, &out, &err) != HOLD)
		ok(false, "a packet is written: %s", err.text);
}

static bool exists(const char *name)
{
	return access(name, F_OK) == 0;
}

/* Looks each tick, for so long, or until the file is there. Returns the milliseconds. */
static int wait_for(const char *name, int ms)
{
	int passed = 0;

	while (passed < ms && !exists(name)) {
		passed += TICK_MS;
		now_ns += TICK_MS * MS;
		if (!split_quiet_end(split, now_ns))
			ok(false, "files can be written: %s", split->block_error.text);
	}
	return passed;
}

/* Packets stop; those that come later begin a further file. */
static void stops(void)
{
	int passed;

	put(0);
	passed = wait_for("a-1.pcap", 2 * DUE_MS);
	ok(passed >= DUE_MS && passed <= DUE_MS + 2 * TICK_MS, "a file ends after %d ms", passed);
	ok(!split->listed && split->last_listed == &split->listed,
	   "... and nobody looks at its key any more");
	put(0);
	ok(exists("a-2.pcap.tmp"), "a later packet begins another file");
	passed = wait_for("a-2.pcap", 2 * DUE_MS);
	ok(passed >= DUE_MS && passed <= DUE_MS + 2 * TICK_MS, "... which ends after %d ms",
	   passed);
}

/* As many packets as its predecessor had do not make a file an old one. */
static void as_many(void)
{
	put(0);
	wait_for("a-3.pcap", DUE_MS - TICK_MS);
	split_files_end_all(split, true, &(struct error){ 0 });
	ok(exists("a-3.pcap"), "a file ends with its interval");
	put(0);
	ok(wait_for("a-4.pcap", 2 * DUE_MS) >= DUE_MS, "... the next one has its own time");
}

/* One of two keys. */
static void busy(void)
{
	put(0);
	for (int ms = 0; ms < 2 * DUE_MS; ms += TICK_MS) {
		put(1);
		wait_for("never", TICK_MS);
	}
	ok(exists("a-5.pcap") && exists("b-1.pcap.tmp"), "a key that gets packets keeps its file");
	wait_for("b-1.pcap", 2 * DUE_MS);
	ok(exists("b-1.pcap"), "... until it gets none");
}

/* A process that was stopped for an hour, with packets waiting in its pipe. */
static void stopped(void)
{
	put(0);
	wait_for("a-6.pcap", TICK_MS);
	now_ns += 3600000 * MS;
	wait_for("a-6.pcap", TICK_MS);
	ok(exists("a-6.pcap.tmp"), "time in which the process did not run does not count");
	ok(wait_for("a-6.pcap", 2 * DUE_MS) < DUE_MS, "... all other time does");
}

static void remove_all(const char *folder)
{
	static const char *const names[] = { "a-1.pcap", "a-2.pcap", "a-3.pcap", "a-4.pcap",
					     "a-5.pcap", "a-6.pcap", "b-1.pcap" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(names[i]);
	ok(chdir("/") == 0 && rmdir(folder) == 0, "that is all that was written");
}

int main(void)
{
	static struct split_config config = { .common = { .output = "{interface}-{n}.pcap",
							  .input_count = 1 },
					      .by = "interface",
					      .interval_ns = INTERVAL_MS * MS,
					      .max_open = 4,
					      .memory = SINK_POOL_MEMORY,
					      .jobs = 1 };
	char folder[] = "/tmp/vtap-quiet-XXXXXX";
	struct error err = { 0 };

	if (!mkdtemp(folder) || chdir(folder) < 0 || !split_check(&config, &err))
		return 1;
	split = split_new(&config, &err);
	if (!split || !split_open(split, &err))
		return 1;
	stops();
	as_many();
	busy();
	stopped();
	ok(split_finish(split, true, &err), "the run ends well");
	is_u64(split->counters.written, split->counters.packets, "every packet is in a file");
	split_free(split);
	remove_all(folder);
	return tap_done();
}
