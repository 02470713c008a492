/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_confine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/rclone_environment.h"
#include "host/landlock.h"

enum {
	CONFIG_MAX = 1 << 20, /* bytes of a configuration file that are read */
	TO_READ = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
	TO_RUN = TO_READ | LANDLOCK_EXECUTE,
	TO_USE = LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE,
	TO_FILL = TO_READ | LANDLOCK_WRITE_FILE | LANDLOCK_REMOVE_DIR | LANDLOCK_REMOVE_FILE |
		  LANDLOCK_MAKE_DIR | LANDLOCK_MAKE_REG | LANDLOCK_REFER | LANDLOCK_TRUNCATE,
};

/* For any remote. /proc and /sys tell Go how many processors and how large pages there are. */
static const struct {
	const char *path;
	uint64_t rights;
} always[] = {
	{ "/usr", TO_RUN },
	{ "/bin", TO_RUN },
	{ "/sbin", TO_RUN },
	{ "/lib", TO_RUN },
	{ "/lib32", TO_RUN },
	{ "/lib64", TO_RUN },
	{ "/etc", TO_READ },
	{ "/run/systemd/resolve", TO_READ },
	{ "/run/resolvconf", TO_READ },
	{ "/run/NetworkManager", TO_READ },
	{ "/run/nscd", TO_READ },
	{ "/dev/null", TO_USE },
	{ "/dev/zero", LANDLOCK_READ_FILE },
	{ "/dev/random", LANDLOCK_READ_FILE },
	{ "/dev/urandom", LANDLOCK_READ_FILE },
	{ "/proc/sys", TO_READ },
	{ "/proc/meminfo", LANDLOCK_READ_FILE },
	{ "/sys/kernel/mm/transparent_hugepage", TO_READ },
};

static const char *const of_home[] = { ".aws", ".oci", ".ssh", ".config/rclone", ".rclone.conf" };

/* Adds a path of len bytes. A path that is / would open everything, and is left out. */
static bool rclone_confine_add(struct rclone_confine *confine, const char *path, size_t len,
			       uint64_t rights)
{
	struct rclone_confine_path *more;
	unsigned room = confine->room * 2 + 32;

	if (len == strspn(path, "/") || len >= PATH_MAX)
		return true;
	if (confine->count == confine->room) {
		more = realloc(confine->path, room * sizeof(*more));
		if (!more)
			return false;
		confine->path = more;
		confine->room = room;
	}
	confine->path[confine->count].path = strndup(path, len);
	confine->path[confine->count].rights = rights;
	return confine->path[confine->count++].path != NULL;
}

static bool rclone_confine_is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(name, word, len) == 0;
}

/* `upstreams` of union and combine: words such as `/folder:ro` and `name=/folder`. */
static bool rclone_confine_add_upstreams(struct rclone_confine *confine, const char *value)
{
	bool done = true;

	for (size_t len; done && *value; value += len) {
		const char *path;

		value += strspn(value, " \"");
		len = strcspn(value, " \"");
		path = memchr(value, '/', len);
		if (path && (path == value || path[-1] == '='))
			done = rclone_confine_add(confine, path, strcspn(path, ": \""), TO_FILL);
	}
	return done;
}

/* See https://rclone.org/s3/: objects that a key of the user's or of KMS encrypts have a hash of
 * rclone's in their metadata. name: in small or capital letters, perhaps the end of a variable. */
static bool rclone_confine_notes_hashes(const char *name, size_t name_len, const char *value)
{
	static const char *const words[] = { "server_side_encryption", "sse_kms", "sse_customer" };

	for (size_t i = 0;
	     *value && strcmp(value, "AES256") != 0 && i < sizeof(words) / sizeof(*words); i++)
		for (size_t at = 0; at + strlen(words[i]) <= name_len; at++)
			if (strncasecmp(name + at, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

/* A setting of a remote. name: without the name of the remote, in small or capital letters. */
static bool rclone_confine_add_setting(struct rclone_confine *confine, const char *name,
				       size_t name_len, const char *value)
{
	bool remote = rclone_confine_is(name, name_len, "remote");

	confine->notes_hashes |= rclone_confine_notes_hashes(name, name_len, value);
	if (rclone_confine_is(name, name_len, "upstreams"))
		return rclone_confine_add_upstreams(confine, value);
	return *value != '/' ||
	       rclone_confine_add(confine, value, strlen(value), remote ? TO_FILL : TO_READ);
}

/* The name of a remote may hold underscores: the last word of a variable is looked at. */
static bool rclone_confine_add_environment(struct rclone_confine *confine, char *const *environment)
{
	for (; *environment; environment++) {
		const char *end = strchr(*environment, '='), *name = end;

		if (!end || strncmp(*environment, "PATH=", 5) == 0 ||
		    strncmp(*environment, "HOME=", 5) == 0)
			continue;
		confine->notes_hashes |= rclone_confine_notes_hashes(
			*environment, (size_t)(end - *environment), end + 1);
		while (name > *environment && name[-1] != '_')
			name--;
		if (!rclone_confine_add_setting(confine, name, (size_t)(end - name), end + 1))
			return false;
	}
	return true;
}

static bool rclone_confine_add_connection(struct rclone_confine *confine,
					  const struct archive_place *place)
{
	const char *at = NULL, *name;
	char value[PATH_MAX];
	size_t len;

	while ((name = archive_place_setting(place, &at, &len, value, sizeof(value))))
		if (!rclone_confine_add_setting(confine, name, len, value))
			return false;
	if (!place->backend || strcmp(place->name, "local") != 0 || *place->path != '/')
		return true;
	return rclone_confine_add(confine, place->path, strlen(place->path), TO_FILL);
}

/* `key = value`, as in any section: a remote may name another one. */
static bool rclone_confine_add_line(struct rclone_confine *confine, char *line)
{
	char *name = line + strspn(line, " \t"), *value = strchr(name, '=');
	size_t len = strcspn(name, " \t=");

	confine->notes_hashes |= strncmp(name, "RCLONE_ENCRYPT_", 15) == 0;
	if (!value || *name == '#' || *name == ';')
		return true;
	value += 1 + strspn(value + 1, " \t");
	value[strcspn(value, "\r\n")] = '\0';
	for (char *end = strchr(value, '\0'); end > value && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	return rclone_confine_add_setting(confine, name, len, value);
}

static bool rclone_confine_add_config(struct rclone_confine *confine, const char *path)
{
	FILE *from = *path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t size = 0, left = CONFIG_MAX;
	bool done = true;
	ssize_t len;

	while (done && from && left > 0 && (len = getline(&line, &size, from)) > 0) {
		left -= (size_t)len < left ? (size_t)len : left;
		done = rclone_confine_add_line(confine, line);
	}
	free(line);
	if (from)
		fclose(from);
	return done;
}

static bool rclone_confine_add_home(struct rclone_confine *confine, const char *home)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(of_home) / sizeof(*of_home); i++) {
		int len = snprintf(path, sizeof(path), "%s/%s", home, of_home[i]);

		if (len < 0 || (size_t)len >= sizeof(path))
			continue;
		if (!rclone_confine_add(confine, path, (size_t)len, TO_READ))
			return false;
	}
	return true;
}

/* An editor, or rclone, replaces the file by a new one in its folder. */
static bool rclone_confine_add_config_folder(struct rclone_confine *confine, const char *path)
{
	const char *end = strrchr(path, '/');

	return !end || strncmp(path, "/dev/", 5) == 0 ||
	       rclone_confine_add(confine, path, (size_t)(end - path), LANDLOCK_READ_FILE);
}

static bool rclone_confine_add_login(struct rclone_confine *confine, char *const *environment)
{
	const char *config = rclone_environment_get(environment, "RCLONE_CONFIG");
	const char *home = rclone_environment_get(environment, "HOME");
	char path[PATH_MAX];

	if (home && *home == '/' && !rclone_confine_add_home(confine, home))
		return false;
	if (config)
		return rclone_confine_add_config_folder(confine, config) &&
		       rclone_confine_add_config(confine, config);
	snprintf(path, sizeof(path), "%s/.config/rclone/rclone.conf", home ? home : "");
	if (!rclone_confine_add_config(confine, path))
		return false;
	snprintf(path, sizeof(path), "%s/.rclone.conf", home ? home : "");
	return rclone_confine_add_config(confine, path);
}

/* rclone, and what it starts, such as ssh, may be installed anywhere. */
static bool rclone_confine_add_programs(struct rclone_confine *confine, const char *folders)
{
	size_t len;

	for (; folders && *folders; folders += len + (folders[len] == ':')) {
		len = strcspn(folders, ":");
		if (*folders == '/' && !rclone_confine_add(confine, folders, len, TO_RUN))
			return false;
	}
	return true;
}

bool rclone_confine_init(struct rclone_confine *confine, const struct archive_place *place,
			 const char *stage, bool fetches, char *const *environment,
			 struct error *err)
{
	bool done = true;

	*confine = (struct rclone_confine){ 0 };
	for (size_t i = 0; done && i < sizeof(always) / sizeof(*always); i++)
		done = rclone_confine_add(confine, always[i].path, strlen(always[i].path),
					  always[i].rights);
	done = done &&
	       (!stage ||
		rclone_confine_add(confine, stage, strlen(stage), fetches ? TO_FILL : TO_READ)) &&
	       rclone_confine_add_programs(confine, rclone_environment_get(environment, "PATH")) &&
	       rclone_confine_add_environment(confine, environment) &&
	       rclone_confine_add_connection(confine, place) &&
	       rclone_confine_add_login(confine, environment);
	return done || error_errno(err, "files of rclone");
}

bool rclone_confine_enter(const struct rclone_confine *confine, struct error *err)
{
	struct landlock landlock;
	bool usable, done = true;

	if (!landlock_init(&landlock, false, &usable, err))
		return false;
	if (!usable)
		return true;
	for (unsigned i = 0; done && i < confine->count; i++)
		done = landlock_allow(&landlock, confine->path[i].path, confine->path[i].rights);
	return landlock_finish(&landlock, done, err);
}

void rclone_confine_free(struct rclone_confine *confine)
{
	for (unsigned i = 0; i < confine->count; i++)
		free(confine->path[i].path);
	free(confine->path);
	*confine = (struct rclone_confine){ 0 };
}
