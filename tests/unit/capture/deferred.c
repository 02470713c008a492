/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is open only while it is read: what it says before, meanwhile and after. */
#include "capture/deferred.h"

#include <dirent.h>
#include <unistd.h>

#include "lib/tap.h"

static const char sample[] = "tests/data/vxlan-gbp.pcap";
static struct error err;

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static struct source *begin(struct source_file *file, int64_t window_ns,
			    struct deferred_limit *limit, int64_t *first_ns)
{
	const struct deferred_manner manner = { window_ns, 1 << 20, limit };

	ok(source_file_probe(file, sample, READER_AUTO, &err) && source_file_park(file),
	   "a regular file can be closed and opened again");
	return deferred_open(file, manner, first_ns, &err);
}

static struct source_progress progress_of(const struct source *source)
{
	struct source_progress progress = { 0 };

	source->ops->progress(source, &progress);
	return progress;
}

/* Reads up to the end; returns the result of that, and sets what was seen on the way. */
static enum source_result read_all(struct source *source, const struct interface **interface,
				   unsigned *most_open)
{
	enum source_result result;
	struct packet packet;
	struct block block;

	while ((result = source_next(source, &packet, &block, &err)) <= SOURCE_BLOCK) {
		unsigned open = open_files();

		*most_open = open > *most_open ? open : *most_open;
		if (result == SOURCE_PACKET)
			*interface = packet.interface;
	}
	return result;
}

static void whole(int64_t window_ns)
{
	struct deferred_limit limit = { 0, 1 };
	unsigned before = open_files(), most = 0;
	const struct interface *interface = NULL;
	struct source_file file;
	int64_t first_ns = 0;
	struct source *source = begin(&file, window_ns, &limit, &first_ns);
	struct source_progress progress = progress_of(source);

	is_str(source->format, "pcap", "the format is known before the file is read");
	ok(first_ns > 0, "... the time of the first packet");
	ok(progress.done == 0 && progress.total > 0, "... and how much there is to read");
	ok(open_files() == before && source->packets == 0, "nothing is open yet");
	ok(source->end.state == CAPTURE_NOT_READ, "nothing was read yet");
	ok(read_all(source, &interface, &most) == SOURCE_END, "it is read to its end");
	is_u64(most, before + 1, "... and open meanwhile");
	is_u64(open_files(), before, "... but not after");
	ok(source->packets > 0 && source->end.state == CAPTURE_OK, "packets and state are told");
	ok(interface && interface->linktype == 1, "its interface is still there");
	ok(progress_of(source).done == progress.total &&
		   progress_of(source).total == progress.total,
	   "... and how much was read");
	is_u64(limit.open, 0, "another file may be opened");
	source_close(source);
}

static void limits(void)
{
	struct deferred_limit limit = { 0, 1 };
	struct source_file files[2];
	struct source *sources[2];
	struct packet packet;
	struct block block;
	int64_t first_ns;

	for (int i = 0; i < 2; i++)
		sources[i] = begin(&files[i], 0, &limit, &first_ns);
	ok(source_next(sources[0], &packet, &block, &err) == SOURCE_BLOCK, "one is open");
	ok(source_next(sources[1], &packet, &block, &err) == SOURCE_ERROR, "a second one is not");
	ok(strstr(err.text, "too many open files"), "... which is told");
	ok(sources[1]->end.state == CAPTURE_UNREADABLE, "... and is its state");
	source_close(sources[0]);
	ok(source_next(sources[1], &packet, &block, &err) == SOURCE_BLOCK,
	   "it is when the other one is closed");
	source_close(sources[1]);
	is_u64(limit.open, 0, "a file that is closed before its end is not counted any more");
}

int main(void)
{
	whole(0);
	whole(1000000000);
	limits();
	return tap_done();
}
