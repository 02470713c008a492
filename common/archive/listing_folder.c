/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of an archive that is a folder. Whoever can write there chooses names and makes links. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/listing.h"
#include "archive/object_name.h"

/* Bytes of the path of a folder, that of a source being the longest. */
enum { LISTING_PATH_SIZE = PLACES_PATH_SIZE + NAME_MAX + 2 };

/* A folder that is read. */
struct level {
	struct listing *listing;
	const char *path; /* below the archive */
	int dir;
	/* What is done with each name in it. Returns false and sets err to end the listing. */
	bool (*see)(const struct level *level, const char *name, struct error *err);
};

/* Tells what is in the way at a path. Returns false and sets err if errno says that nothing can be
 * opened just now: the listing would lack what is there. */
static bool listing_folder_trouble(const struct listing *listing, const char *path,
				   struct error *err)
{
	struct error why;

	if (error_is_shortage(errno))
		return error_errno(err, "%s", *path ? path : "the archive");
	if (errno == ELOOP || errno == ENOTDIR)
		error_set(&why, "this is no folder");
	else
		error_errno(&why, "cannot be read");
	if (listing->tell)
		listing->tell(listing->tell_arg, path, why.text);
	return true;
}

static void listing_folder_tell(const struct level *level, const char *name, const char *why)
{
	char path[LISTING_PATH_SIZE + NAME_MAX + 1];

	snprintf(path, sizeof(path), "%s%s%s", level->path, *level->path ? "/" : "", name);
	if (level->listing->tell)
		level->listing->tell(level->listing->tell_arg, path, why);
}

/* Sources that are spelled out are opened without a listing of the others. */
static bool listing_folder_read_sources(const struct level *level, struct error *err)
{
	const struct listing *listing = level->listing;
	bool good = true;

	for (size_t i = 0; good && i < listing->source_count; i++)
		good = level->see(level, listing->sources[i], err);
	return good;
}

static bool listing_folder_is_passed_over(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || object_name_is_unfinished(name);
}

static bool listing_folder_read_names(const struct level *level, DIR *names, struct error *err)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(names)))
		if (!listing_folder_is_passed_over(entry->d_name) &&
		    !level->see(level, entry->d_name, err))
			return false;
	return errno == 0 || listing_folder_trouble(level->listing, level->path, err);
}

/* Closes the descriptor of the folder. */
static bool listing_folder_read(const struct level *level, struct error *err)
{
	DIR *names = fdopendir(level->dir);
	bool good;

	if (!names) {
		good = listing_folder_trouble(level->listing, level->path, err);
		close(level->dir);
		return good;
	}
	good = listing_folder_read_names(level, names, err);
	closedir(names);
	return good;
}

/* Opens a folder that stands in another one. Returns false if it cannot be read: *good then says
 * what that means. That there is none is no trouble, for it is a place without captures, or
 * somebody has just removed it. */
static bool listing_folder_open(const struct level *level, const char *name, struct level *below,
				char path[LISTING_PATH_SIZE], bool *good, struct error *err)
{
	snprintf(path, LISTING_PATH_SIZE, "%s%s%s", level->path, *level->path ? "/" : "", name);
	*below = (struct level){ .listing = level->listing, .path = path };
	/* O_DIRECTORY keeps it from a FIFO, which would make it wait, O_NOFOLLOW from loops. */
	below->dir = openat(level->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*good = below->dir >= 0 || errno == ENOENT ||
		listing_folder_trouble(level->listing, path, err);
	return below->dir >= 0;
}

static bool listing_folder_see_object(const struct level *level, const char *name,
				      struct error *err)
{
	struct stat st;

	if (fstatat(level->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			listing_folder_tell(level, name, strerror(errno));
		return true;
	}
	if (S_ISREG(st.st_mode))
		return listing_add(level->listing, level->path, name, (uint64_t)st.st_size, err);
	listing_folder_tell(level, name, "this is no regular file");
	return true;
}

static bool listing_folder_see_source(const struct level *level, const char *name,
				      struct error *err)
{
	char path[LISTING_PATH_SIZE];
	struct level below;
	bool good;

	if (!listing_folder_open(level, name, &below, path, &good, err))
		return good;
	below.see = listing_folder_see_object;
	return listing_folder_read(&below, err);
}

/* Reads a folder whose folders are those of sources. */
static bool listing_folder_read_whole(const struct level *level, const char *name,
				      struct error *err)
{
	char path[LISTING_PATH_SIZE];
	struct level below;
	bool good;

	if (!listing_folder_open(level, name, &below, path, &good, err))
		return good;
	below.see = listing_folder_see_source;
	if (level->listing->source_count == 0)
		return listing_folder_read(&below, err);
	good = listing_folder_read_sources(&below, err);
	close(below.dir);
	return good;
}

/* A folder in the one of a date, or `long`. */
static bool listing_folder_see_place(const struct level *level, const char *name, struct error *err)
{
	char place[LISTING_PATH_SIZE];

	snprintf(place, sizeof(place), "%s%s%s", level->path, *level->path ? "/" : "", name);
	switch (places_kind(level->listing->places, place)) {
	case PLACES_OUTSIDE:
		return true;
	case PLACES_WHOLE:
		return listing_folder_read_whole(level, name, err);
	default:
		listing_folder_tell(level, name, "this is no folder of an archive");
		return true;
	}
}

static bool listing_folder_read_date(const struct level *level, const char *name, struct error *err)
{
	char path[LISTING_PATH_SIZE];
	struct level below;
	bool good;

	if (!listing_folder_open(level, name, &below, path, &good, err))
		return good;
	below.see = listing_folder_see_place;
	return listing_folder_read(&below, err);
}

/* A folder in that of the archive. */
static bool listing_folder_see_date(const struct level *level, const char *name, struct error *err)
{
	if (places_kind(level->listing->places, name) == PLACES_SPLIT)
		return listing_folder_read_date(level, name, err);
	return listing_folder_see_place(level, name, err);
}

/* A place of two parts is reached through its date, which could be a link as well. */
static bool listing_folder_visit_deep(const struct level *archive, const char *place,
				      const char *slash, struct error *err)
{
	char path[LISTING_PATH_SIZE], date[PLACES_PATH_SIZE];
	struct level below;
	bool good;

	snprintf(date, sizeof(date), "%.*s", (int)(slash - place), place);
	if (!listing_folder_open(archive, date, &below, path, &good, err))
		return good;
	good = listing_folder_read_whole(&below, slash + 1, err);
	close(below.dir);
	return good;
}

static bool listing_folder_visit_all(const struct level *archive, struct error *err)
{
	char path[LISTING_PATH_SIZE];
	struct level below;
	bool good;

	if (!listing_folder_open(archive, ".", &below, path, &good, err))
		return good;
	below.path = "";
	below.see = listing_folder_see_date;
	return listing_folder_read(&below, err);
}

static bool listing_folder_visit(void *arg, const char *place, struct error *err)
{
	const char *slash = strchr(place, '/');

	if (!*place)
		return listing_folder_visit_all(arg, err);
	return slash ? listing_folder_visit_deep(arg, place, slash, err)
		     : listing_folder_see_date(arg, place, err);
}

bool listing_add_folder(struct listing *listing, int dir, struct error *err)
{
	struct level archive = { .listing = listing, .path = "", .dir = dir };

	return places_each(listing->places, listing_folder_visit, &archive, err);
}
