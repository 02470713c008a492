/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listings of folders and of names, with all that may stand in an archive. */
#include "archive/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/object_name.h"
#include "lib/tap.h"

#define NS   INT64_C(1000000000)
#define HOUR (3600 * NS)
#define DAY  (24 * HOUR)
#define DATE (1794873600 * NS) /* 2026-11-17 */

static char place[] = "/tmp/vtap-listing-XXXXXX";
static int archive;
static char told[8192];
static unsigned told_count;
static struct error err;

static void note(void *arg, const char *path, const char *why)
{
	size_t len = strlen(told);

	(void)arg;
	told_count++;
	snprintf(told + len, sizeof(told) - len, "%s: %s\n", path, why);
}

static struct listing begin(const struct places *places)
{
	told[0] = '\0';
	told_count = 0;
	return (struct listing){ .places = places, .tell = note };
}

/* Makes the folders of a path below the archive, and the file if it does not end with a slash. */
static void make(const char *path, size_t bytes)
{
	char part[2048];
	int fd;

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(archive, part, 0700) < 0 && errno != EEXIST)
			perror(part);
	}
	if (path[strlen(path) - 1] == '/')
		return;
	fd = openat(archive, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		perror(path);
	close(fd);
}

static const char *named(const char *source, int64_t first_ns, int64_t span_ns, const char *type)
{
	static char text[8][OBJECT_NAME_SIZE];
	static unsigned next;
	struct object_name name = { .first_ns = first_ns,
				    .last_ns = first_ns + span_ns,
				    .packets = 7,
				    .sha256 = "9f86d081884c7d65" };
	char *to = text[next++ % 8];

	snprintf(name.source, sizeof(name.source), "%s", source);
	snprintf(name.type, sizeof(name.type), "%s", type);
	object_name_write(&name, to);
	return to;
}

static void is_order(const struct listing *listing, const char *const *names, size_t count,
		     const char *what)
{
	is_u64(listing->count, count, what);
	for (size_t i = 0; i < count && i < listing->count; i++)
		is_str(listing->object[i]->name, names[i], "... in order");
}

/* Names as rclone lists them, in any order. */
static void names_one_by_one(void)
{
	const struct places places = { DATE, DATE + HOUR, PLACES_HOURS };
	struct listing listing = begin(&places);
	const char *const names[] = {
		named("z", DATE - 2 * DAY, 3 * DAY, "pcap"), named("a", DATE - HOUR, HOUR, "pcap"),
		named("b", DATE - HOUR, HOUR, "pcap"),	     named("a", DATE, 0, "logcat-brief.gz"),
		named("b", DATE, 5, "pcapng.zst"),	     named("a", DATE + HOUR - 1, 9, "pcap"),
	};
	const char *const outside[] = { named("a", DATE - HOUR - 9, HOUR, "pcap"),
					named("a", DATE + HOUR + 5, 1, "pcap") };
	bool good = true;

	for (size_t i = 6; i-- > 0;)
		good = good && listing_add(&listing, "", names[i], i, &err);
	for (size_t i = 0; i < 2; i++)
		good = good && listing_add(&listing, "", outside[i], i, &err);
	good = good && listing_add(&listing, "", "2026-11-17/00/a/x.pcap.tmp", 1, &err);
	ok(good && told_count == 0, "names are taken");
	good = listing_add(&listing, "", "2026-11-17/00/a/x\ny.pcap", 1, &err);
	ok(good && strstr(told, "2026-11-17/00/a/x\ny.pcap: this is no name"), "... and refused");
	listing_sort(&listing);
	is_order(&listing, names, 6, "those of the interval");
	ok(listing.object[1]->first_ns == DATE - HOUR && listing.object[1]->last_ns == DATE &&
		   listing.object[1]->packets == 7 && listing.object[1]->stored == 1,
	   "... with what their names say");
	ok(listing.has_before && listing.before_ns == DATE - 9, "the nearest one before");
	ok(listing.has_after && listing.after_ns == DATE + HOUR + 5, "... and after");
	listing_free(&listing);
	listing_sort(&listing);
	is_u64(listing.count, 0, "nothing is left");
}

static void below_a_folder(void)
{
	const struct places places = { INT64_MIN, INT64_MAX, PLACES_ALL };
	const char *name = named("a", DATE, 0, "pcap");
	static char longest[9000];
	struct listing listing = begin(&places);

	memset(longest, 'x', sizeof(longest) - 1);
	ok(listing_add(&listing, "2026-11-17/00", name + strlen("2026-11-17/00/"), 1, &err) &&
		   listing.count == 1 && strcmp(listing.object[0]->name, name) == 0,
	   "a name below a folder");
	ok(listing_add(&listing, "2026-11-17/01", name + strlen("2026-11-17/00/"), 1, &err) &&
		   listing.count == 1 && told_count == 1,
	   "... and below a wrong one");
	ok(listing_add(&listing, "long", longest, 1, &err) && told_count == 2, "a very long name");
	ok(listing_add(&listing, "", "", 1, &err) && told_count == 3, "an empty one");
	listing_free(&listing);
}

/* Objects that differ in TYPE are one capture. */
static void joined(void)
{
	const struct places places = { INT64_MIN, INT64_MAX, PLACES_ALL };
	struct listing listing = begin(&places);
	const struct listing_object *object;
	const char *plain = named("a", DATE, 0, "pcap-x"),
		   *packed = named("a", DATE, 0, "pcap-x.zst"),
		   *lz4 = named("a", DATE, 0, "pcap-x.lz4"), *other = named("a-b", DATE, 0, "pcap");

	listing_add(&listing, "", plain, 90, &err);
	listing_add(&listing, "", packed, 20, &err);
	listing_add(&listing, "", other, 1, &err);
	listing_add(&listing, "", packed, 20, &err);
	listing_add(&listing, "", lz4, 20, &err);
	listing_sort(&listing);
	is_u64(listing.count, 2, "captures");
	ok(strcmp(listing.object[0]->name, other) == 0 && !listing.object[0]->other,
	   "... another source is another capture");
	object = listing.object[1];
	is_str(object->name, lz4, "... the one with fewest bytes first");
	ok(object->other && strcmp(object->other->name, packed) == 0 && object->other->other &&
		   strcmp(object->other->other->name, plain) == 0 && !object->other->other->other,
	   "... then the others, each once");
	listing_free(&listing);
}

static size_t list(const struct places *places, const char *const *sources, size_t count)
{
	struct listing listing = begin(places);
	size_t found;

	listing.sources = sources;
	listing.source_count = count;
	ok(listing_add_folder(&listing, archive, &err), "a listing");
	listing_sort(&listing);
	found = listing.count;
	listing_free(&listing);
	return found;
}

/* Everything that may stand in a folder by mistake or malice. */
static void strange_folder(void)
{
	struct places places = { DATE, DATE + HOUR, PLACES_HOURS };
	char name[OBJECT_NAME_SIZE];

	make(named("a", DATE, 5, "pcap"), 100);
	make(named("b", DATE - HOUR, HOUR, "pcap"), 100);
	make(named("b", DATE - DAY, DAY, "pcap"), 100);
	make(named("c", DATE - DAY, 2 * DAY, "pcap"), 100);
	make(named("c", DATE - 5 * DAY, 2 * DAY, "pcap"), 100);
	make(named("a", DATE + HOUR, 5, "pcap"), 100);
	make("2026-11-17/00/a/half.pcap.tmp", 1);
	make("2026-11-17/00/a/half.tmp/x", 1);
	is_u64(list(&places, NULL, 0), 4, "objects of an hour");
	is_str(told, "", "... and nothing else");
	make("2026-11-17/00/a/line\nfeed.pcap", 1);
	make("2026-11-17/00/a/folder/x", 1);
	make("2026-11-17/00/file", 1);
	ok(symlinkat(".", archive, "2026-11-17/00/loop") == 0 &&
		   symlinkat("/", archive, "2026-11-17/day") == 0 &&
		   symlinkat("../../../2026-11-17", archive, "2026-11-17/00/a/up") == 0,
	   "links");
	strcpy(name, named("a", DATE, 6, "pcap"));
	ok(symlinkat("/etc/passwd", archive, name) == 0, "... one with a good name");
	strcpy(name, named("a", DATE, 7, "pcap"));
	ok(mkfifoat(archive, name, 0600) == 0, "... a FIFO with one");
	is_u64(list(&places, NULL, 0), 4, "objects beside strange things");
	is_u64(told_count, 8, "... of which each is told");
	ok(strstr(told, "2026-11-17/00/a/line\nfeed.pcap: this is no name") &&
		   strstr(told, "2026-11-17/00/a/folder: this is no regular file") &&
		   strstr(told, "2026-11-17/00/file: this is no folder") &&
		   strstr(told, "2026-11-17/00/loop: this is no folder") &&
		   strstr(told, "2026-11-17/day: this is no folder") &&
		   strstr(told, "2026-11-17/00/a/up: this is no regular file"),
	   "... by its name");
	unlinkat(archive, "2026-11-17/day", 0);
	make("rubbish/2026-11-17/00/x", 1);
	make("2026-11-17/17h/x", 1);
	make("file", 1);
	places.depth = PLACES_DAYS;
	is_u64(list(&places, NULL, 0), 4, "objects by days");
	ok(strstr(told, "2026-11-17/17h: this is no folder of an archive"), "... what is strange");
	places.depth = PLACES_ALL;
	is_u64(list(&places, NULL, 0), 4, "objects by all");
	ok(strstr(told, "rubbish: this is no folder of an archive") &&
		   strstr(told, "file: this is no folder of an archive"),
	   "... what is strange");
	ok(!strstr(told, "2026-11-18"), "... and no other days are read");
}

static void some_sources(void)
{
	const struct places places = { DATE, DATE + HOUR, PLACES_HOURS };
	static const char *const sources[] = { "a", "c", "nowhere" };

	is_u64(list(&places, sources, 3), 2, "objects of some sources");
	ok(!strstr(told, "00/file") && !strstr(told, "loop"), "... others are not read");
	is_u64(list(&places, sources + 2, 1), 0, "objects of a source that is not there");
	is_str(told, "", "... which is no trouble");
}

static void shortage(void)
{
	const struct places places = { DATE, DATE + HOUR, PLACES_HOURS };
	struct listing listing = begin(&places);
	struct rlimit limit;
	rlim_t usual;

	getrlimit(RLIMIT_NOFILE, &limit);
	usual = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)archive + 1;
	setrlimit(RLIMIT_NOFILE, &limit);
	ok(!listing_add_folder(&listing, archive, &err) && err.number == EMFILE,
	   "without descriptors: %s", err.text);
	limit.rlim_cur = usual;
	setrlimit(RLIMIT_NOFILE, &limit);
	listing_free(&listing);
}

static void unreadable(void)
{
	const struct places places = { DATE, DATE + HOUR, PLACES_HOURS };

	if (fchmod(archive, 0) < 0 || (geteuid() == 0 && seteuid(65534) < 0))
		perror("without rights");
	is_u64(list(&places, NULL, 0), 0, "objects that nobody may see");
	ok(strstr(told, "2026-11-17: cannot be read: Permission denied"), "... which is told");
	if ((getuid() == 0 && seteuid(0) < 0) || fchmod(archive, 0700) < 0)
		perror("with rights");
}

/* Resident bytes. */
static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t all = 0, pages = 0;

	if (fscanf(file, "%zu %zu", &all, &pages) != 2)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void ten_thousand(void)
{
	const struct places places = { DATE + 100 * DAY, DATE + 101 * DAY, PLACES_HOURS };
	struct listing listing = begin(&places);
	bool sorted = true;

	for (int i = 0; i < 10000; i++)
		make(named(i % 2 ? "vxlan-3000@10.0.1.5" : "b",
			   DATE + 100 * DAY + (int64_t)(i * 7919 % 10000) * 8 * NS, 8 * NS,
			   "pcapng.zst"),
		     0);
	ok(listing_add_folder(&listing, archive, &err), "10,000 objects");
	listing_sort(&listing);
	is_u64(listing.count, 10000, "... all of them");
	for (size_t i = 1; i < listing.count; i++)
		sorted = sorted && listing.object[i - 1]->first_ns < listing.object[i]->first_ns;
	ok(sorted && told_count == 0, "... in order");
	listing_free(&listing);
}

/* One by one, as from a remote archive. */
static void many(void)
{
	const struct places places = { INT64_MIN, INT64_MAX, PLACES_ALL };
	struct listing listing = begin(&places);
	size_t before = resident();
	bool good = true;

	for (int i = 0; good && i < 100000; i++)
		good = listing_add(
			&listing, "",
			named("vxlan-3000@10.0.1.5", DATE + i * 8 * NS, 8 * NS, "pcapng.zst"),
			1 << 20, &err);
	listing_sort(&listing);
	ok(good && listing.count == 100000, "100,000 objects");
#ifndef __SANITIZE_ADDRESS__
	ok(resident() - before < listing.count * 200 + (1 << 20), "... %zu bytes each",
	   (resident() - before) / listing.count);
#endif
	(void)before;
	listing_free(&listing);
}

int main(void)
{
	char command[64];

	many();
	names_one_by_one();
	below_a_folder();
	joined();
	if (!mkdtemp(place) || (archive = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	strange_folder();
	some_sources();
	shortage();
	unreadable();
	ten_thousand();
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command) != 0 || tap_done();
}
