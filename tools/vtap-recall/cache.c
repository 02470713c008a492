/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/helper.h"

/* The process that removes the folder, before it has forked. */
struct remover {
	const char *path, *user;
	int life, done; /* its ends of the pipes */
};

void cache_init(struct cache *cache)
{
	*cache = (struct cache){ .folder = -1, .life = -1, .done = -1 };
}

static int cache_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	remove(path);
	return 0;
}

/* rclone ends when the tool does, but perhaps a moment later, and may make a file meanwhile. */
static void cache_remove_all(const char *path)
{
	enum { TRIES = 200, PAUSE_MS = 10, DEPTH = 8 };

	for (unsigned i = 0; i < TRIES; i++) {
		nftw(path, cache_remove_one, DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		if (access(path, F_OK) < 0)
			return;
		poll(NULL, 0, PAUSE_MS);
	}
}

/* Its own session, and no signals: what ends the tool must not end it, too. It keeps no output
 * open, for whoever reads the tool's waits for its end. */
static void cache_run_remover(void *arg)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	const struct remover *remover = arg;
	const int kept[] = { remover->life, remover->done };
	struct helper helper;
	struct error err;
	char byte;

	setsid();
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_IGN);
	helper_init(&helper, remover->user, kept, 2, &err);
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(STDIN_FILENO, STDERR_FILENO);
	/* Now a signal to the group of the tool does not reach it any more. */
	TEMP_FAILURE_RETRY(write(remover->done, "", 1));
	TEMP_FAILURE_RETRY(read(remover->life, &byte, 1));
	cache_remove_all(remover->path);
}

static bool cache_start_remover(struct cache *cache, const char *user, struct error *err)
{
	int life[2], done[2];
	struct remover remover = { .path = cache->path, .user = user };
	pid_t pid;
	char byte;

	if (pipe2(life, O_CLOEXEC) < 0)
		return error_errno(err, "%s", cache->path);
	if (pipe2(done, O_CLOEXEC) < 0) {
		error_errno(err, "%s", cache->path);
		close(life[0]);
		close(life[1]);
		return false;
	}
	remover.life = life[0];
	remover.done = done[1];
	pid = helper_fork(cache_run_remover, &remover);
	close(life[0]);
	close(done[1]);
	cache->life = life[1];
	cache->done = done[0];
	return (pid > 0 && TEMP_FAILURE_RETRY(read(cache->done, &byte, 1)) == 1) ||
	       error_errno(err, "cannot start the process that removes %s", cache->path);
}

static bool cache_give(const struct cache *cache, const char *user, struct error *err)
{
	const struct passwd *who = user ? getpwnam(user) : NULL;

	return !who || fchown(cache->folder, who->pw_uid, who->pw_gid) == 0 ||
	       error_errno(err, "%s", cache->path);
}

static bool cache_make(struct cache *cache, struct error *err)
{
	const char *below = getenv("TMPDIR");
	char *full;
	int len;

	if (!below || !*below)
		below = "/var/tmp";
	full = realpath(below, NULL);
	len = snprintf(cache->path, sizeof(cache->path), "%s/vtap-recall-XXXXXX",
		       full ? full : below);
	free(full);
	if (len + 1 >= CACHE_PATH_SIZE)
		return error_set(err, "the name of TMPDIR is too long");
	if (!mkdtemp(cache->path))
		return error_errno(err, "cannot make a folder in %s: name another one by TMPDIR",
				   below);
	cache->folder = open(cache->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	memcpy(cache->path + len, "/", sizeof("/"));
	return cache->folder >= 0 || error_errno(err, "%s", cache->path);
}

bool cache_open(struct cache *cache, uint64_t limit, const char *user, struct error *err)
{
	cache->limit = limit;
	if (!cache_make(cache, err))
		return false;
	if (cache_start_remover(cache, user, err) && cache_give(cache, user, err))
		return true;
	rmdir(cache->path);
	return false;
}

uint64_t cache_room(const struct cache *cache)
{
	return cache->used < cache->limit ? cache->limit - cache->used : 0;
}

/* A file system without O_TMPFILE gives a file its name for a moment. */
int cache_file(const struct cache *cache, struct error *err)
{
	int fd = openat(cache->folder, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		fd = openat(cache->folder, "unpacked", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlinkat(cache->folder, "unpacked", 0);
	}
	if (fd < 0)
		error_errno(err, "a file in %s", cache->path);
	return fd;
}

void cache_close(struct cache *cache)
{
	char byte;

	if (cache->life >= 0)
		close(cache->life);
	if (cache->done >= 0)
		TEMP_FAILURE_RETRY(read(cache->done, &byte, 1));
	if (cache->done >= 0)
		close(cache->done);
	if (cache->folder >= 0)
		close(cache->folder);
	cache_init(cache);
}
