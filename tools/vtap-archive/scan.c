/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "claim.h"

#define MINUTE_NS (INT64_C(60) * SECOND_NS)

enum {
	SECOND_NS = 1000000000,
	FIRST_FOLDERS = 64,
	FOLDERS_MAX = 1 << 16, /* further ones are found by the scan of each minute */
	EVENTS_SIZE = 16 << 10,
};

void scan_open(struct scan *scan, struct archive *archive)
{
	*scan = (struct scan){ .archive = archive,
			       .notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
}

void scan_close(struct scan *scan)
{
	for (unsigned i = 0; i < scan->folders; i++)
		free(scan->folder[i]);
	free(scan->folder);
	if (scan->notify >= 0)
		close(scan->notify);
}

static bool scan_has_room(struct scan *scan, unsigned watch)
{
	unsigned room = scan->folders ? scan->folders : FIRST_FOLDERS;
	char **folder;

	while (room <= watch && room < FOLDERS_MAX)
		room *= 2;
	if (watch >= room)
		return false;
	if (room == scan->folders)
		return true;
	folder = realloc(scan->folder, room * sizeof(*folder));
	if (!folder)
		return false;
	memset(folder + scan->folders, 0, (room - scan->folders) * sizeof(*folder));
	scan->folder = folder;
	scan->folders = room;
	return true;
}

/* A folder that is watched already keeps its number, and gets its present path. Where there are
 * too many the minute finds what changes. */
static void scan_watch(void *arg, int fd, const char *path)
{
	struct scan *scan = arg;
	char name[PATH_MAX];
	int watch;

	(void)fd;
	if (scan->notify < 0 || snprintf(name, sizeof(name), "%s/%s", scan->archive->config->spool,
					 path) >= (int)sizeof(name))
		return;
	watch = inotify_add_watch(scan->notify, name,
				  IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR |
					  IN_DONT_FOLLOW * (*path != '\0'));
	if (watch < 0 || !scan_has_room(scan, (unsigned)watch))
		return;
	free(scan->folder[watch]);
	scan->folder[watch] = strdup(path);
}

static bool scan_file(void *arg, const struct spool_file *file, struct error *err)
{
	const struct scan *scan = arg;

	(void)err;
	claim_look(scan->archive, file);
	return true;
}

static void scan_trouble(void *arg, const struct error *err)
{
	const struct scan *scan = arg;

	if (scan->alien && err->number == EXDEV)
		*scan->alien = *err;
	else
		tell_once(&scan->archive->tell, err->text);
}

static void scan_all(struct scan *scan)
{
	const struct spool_visit visit = {
		.file = scan_file, .folder = scan_watch, .trouble = scan_trouble, .arg = scan
	};
	struct error err = { 0 };

	scan->next_ns = clock_ns(CLOCK_MONOTONIC) + MINUTE_NS;
	scan->archive->full = false;
	spool_walk(&scan->archive->spool, &visit, &err);
}

bool scan_first(struct scan *scan, struct error *err)
{
	scan->alien = err;
	scan_all(scan);
	scan->alien = NULL;
	return !err->text[0];
}

/* Looks at a single file, whose name an event has told. */
static void scan_name(const struct scan *scan, const char *folder, const char *name)
{
	const struct spool *spool = &scan->archive->spool;
	struct spool_file file = { .name = name };
	char path[PATH_MAX];
	const char *last;
	struct stat st;

	if (strncmp(name, ".nfs", 4) == 0 ||
	    snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", name) >=
		    (int)sizeof(path))
		return;
	file.path = path;
	file.folder = spool_open_parent(spool->folder, path, false, &last);
	if (file.folder < 0)
		return;
	if (fstatat(file.folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
		file.bytes = (uint64_t)st.st_size;
		file.changed_ns = (int64_t)st.st_mtim.tv_sec * SECOND_NS + st.st_mtim.tv_nsec;
		claim_look(scan->archive, &file);
	}
	close(file.folder);
}

/* A folder that has come may hold captures already, as may one whose events were lost. */
static void scan_event(struct scan *scan, const struct inotify_event *event)
{
	unsigned watch = (unsigned)event->wd;

	if (event->mask & (IN_Q_OVERFLOW | IN_ISDIR)) {
		if (event->len == 0 || event->name[0] != '.')
			scan->next_ns = 0;
	} else if (watch >= scan->folders || !scan->folder[watch]) {
		return;
	} else if (event->mask & IN_IGNORED) {
		free(scan->folder[watch]);
		scan->folder[watch] = NULL;
	} else if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) && event->len > 0) {
		scan_name(scan, scan->folder[watch], event->name);
	}
}

static void scan_changes(struct scan *scan)
{
	alignas(struct inotify_event) char events[EVENTS_SIZE];
	const struct inotify_event *event;
	ssize_t len;

	if (scan->notify < 0)
		return;
	while ((len = read(scan->notify, events, sizeof(events))) > 0)
		for (const char *at = events; at < events + len;
		     at += sizeof(*event) + event->len) {
			event = (const void *)at;
			scan_event(scan, event);
		}
}

void scan_step(struct scan *scan, bool now)
{
	scan_changes(scan);
	if (now || clock_ns(CLOCK_MONOTONIC) >= scan->next_ns)
		scan_all(scan);
}
