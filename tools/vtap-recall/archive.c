/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "cli/tool.h"

/* Listings of single sources, of which more take longer than those of all sources. */
enum { LISTINGS_MANY = 60 };

/* A listing that a folder of a remote is added to. */
struct adding {
	struct listing *listing;
	const char *folder; /* below the archive */
};

static void archive_tell(void *arg, const char *path, const char *why)
{
	struct archive *archive = arg;
	char shown[PATH_MAX];

	snprintf(shown, sizeof(shown), "%s", path);
	printable(shown);
	tool_say("vtap-recall", "%s: %s: %s", archive->config->place.text, shown, why);
	archive->failed = true;
}

static void archive_say(void *arg, const char *text)
{
	(void)arg;
	tool_say("vtap-recall", "rclone: %s", text);
}

static bool archive_open_remote(struct archive *archive, const char *stage, struct error *err)
{
	const struct recall_config *config = archive->config;
	const struct remote_config remote = { .place = &config->place,
					      .stage = stage,
					      .transfers = (unsigned)config->jobs,
					      .user = config->common.user,
					      .no_sandbox = config->common.no_sandbox,
					      .environment = environ,
					      .say = config->common.verbose ? archive_say : NULL };

	archive->remote = remote_open(&remote, err);
	return archive->remote != NULL;
}

static bool archive_open_folder(struct archive *archive, struct error *err)
{
	const char *path = archive->config->place.text;

	archive->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archive->folder < 0)
		return error_errno(err, "%s", path);
	return asprintf(&archive->path, "%s/", path) >= 0 || error_errno(err, "%s", path);
}

bool archive_open(struct archive *archive, struct recall_config *config, const char *stage,
		  struct error *err)
{
	*archive = (struct archive){ .config = config, .folder = -1 };
	return config->place.remote ? archive_open_remote(archive, stage, err)
				    : archive_open_folder(archive, err);
}

void archive_permit(const struct archive *archive, struct sandbox *sandbox)
{
	if (archive->path)
		sandbox_read(sandbox, archive->path);
}

unsigned archive_needs(const struct archive *archive)
{
	return archive->remote ? SANDBOX_TRUNCATE : SANDBOX_LIST;
}

static bool archive_add(void *arg, const char *name, uint64_t stored, struct error *err)
{
	const struct adding *adding = arg;

	return listing_add(adding->listing, adding->folder, name, stored, err);
}

/* Lists a place of a remote, or the folders of the sources in it. */
static bool archive_visit(void *arg, const char *place, struct error *err)
{
	struct archive *archive = arg;
	const struct listing *listing = &archive->listing;
	struct adding adding = { .listing = &archive->listing, .folder = place };
	char folder[PLACES_PATH_SIZE + KEY_TEXT_LIMIT + 2];
	uint64_t listings = places_count(listing->places) * listing->source_count;

	if (!*place || listings == 0 || listings > LISTINGS_MANY)
		return remote_list(archive->remote, place, true, archive_add, &adding, err);
	adding.folder = folder;
	for (size_t i = 0; i < listing->source_count; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", place, listing->sources[i]);
		if (!remote_list(archive->remote, folder, true, archive_add, &adding, err))
			return false;
	}
	return true;
}

/* Keeps the objects of wanted sources. Those of names that were spelled out are kept already. */
static void archive_choose_sources(struct archive *archive)
{
	struct listing *listing = &archive->listing;
	struct object_name name;
	struct error err;
	size_t count = 0;

	for (size_t i = 0; i < listing->count; i++)
		if (object_name_parse(listing->object[i]->name, &name, &err) &&
		    source_names_judge(&archive->config->names, name.source) != SOURCE_NAMES_NONE)
			listing->object[count++] = listing->object[i];
	listing->count = count;
}

bool archive_list(struct archive *archive, struct error *err)
{
	struct recall_config *config = archive->config;
	struct listing *listing = &archive->listing;
	bool good;

	archive->places = places_choose(config->since_ns, config->until_ns);
	*listing = (struct listing){ .places = &archive->places,
				     .tell = archive_tell,
				     .tell_arg = archive };
	if (!source_names_spell(&config->names, &listing->sources, &listing->source_count, err))
		return false;
	if (archive->remote)
		good = remote_check(archive->remote, err) &&
		       places_each(&archive->places, archive_visit, archive, err);
	else
		good = listing_add_folder(listing, archive->folder, err) ||
		       error_wrap(err, "%s", config->place.text);
	if (!good)
		return false;
	if (!listing->sources && config->names.count > 0)
		archive_choose_sources(archive);
	listing_sort(listing);
	return true;
}

/* Whom archive_list_days() calls. */
struct seeing {
	void (*see)(void *arg, const char *name);
	void *arg;
};

static bool archive_see(void *arg, const char *name, uint64_t stored, struct error *err)
{
	const struct seeing *seeing = arg;
	char day[NAME_MAX + 1];
	size_t len = strlen(name);

	(void)stored, (void)err;
	if (len > 1 && len < sizeof(day) && name[len - 1] == '/') {
		snprintf(day, sizeof(day), "%.*s", (int)(len - 1), name);
		seeing->see(seeing->arg, day);
	}
	return true;
}

static bool archive_see_names(const struct archive *archive, const struct seeing *seeing,
			      struct error *err)
{
	int fd = openat(archive->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!names)
		return error_errno(err, "%s", archive->path);
	while ((entry = readdir(names)))
		if (entry->d_name[0] != '.')
			seeing->see(seeing->arg, entry->d_name);
	closedir(names);
	return true;
}

bool archive_list_days(struct archive *archive, void (*see)(void *arg, const char *name), void *arg,
		       struct error *err)
{
	struct seeing seeing = { see, arg };

	if (archive->remote)
		return remote_list(archive->remote, "", false, archive_see, &seeing, err);
	return archive_see_names(archive, &seeing, err);
}

bool archive_list_day(struct archive *archive, const char *day, struct listing *listing,
		      struct error *err)
{
	struct adding adding = { .listing = listing, .folder = day };

	if (archive->remote)
		return remote_list(archive->remote, day, true, archive_add, &adding, err);
	return listing_add_folder(listing, archive->folder, err);
}

void archive_close(struct archive *archive)
{
	remote_close(archive->remote);
	if (archive->folder >= 0)
		close(archive->folder);
	free(archive->path);
	listing_free(&archive->listing);
	*archive = (struct archive){ .folder = -1 };
}
