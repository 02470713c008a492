/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private folder, which is gone however its process ends. */
#include "tools/vtap-recall/cache.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

static char place[] = "/tmp/vtap-cache-XXXXXX";
static struct cache cache;
static struct error err;

static void put(const char *path)
{
	close(openat(cache.folder, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void usual(void)
{
	char path[CACHE_PATH_SIZE];
	struct stat st;
	int fd;

	cache_init(&cache);
	ok(cache_open(&cache, 100, NULL, &err), "opens");
	strcpy(path, cache.path);
	ok(strncmp(path, place, strlen(place)) == 0, "... below TMPDIR");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700, "... for its owner alone");
	fd = cache_file(&cache, &err);
	ok(fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &st) == 0 && st.st_nlink == 0,
	   "a file without a name");
	close(fd);
	is_u64(cache_room(&cache), 100, "room for its limit");
	cache.used = 130;
	is_u64(cache_room(&cache), 0, "... and none beyond it");
	mkdirat(cache.folder, "a", 0700);
	put("a/b");
	if (symlinkat("/tmp", cache.folder, "link") < 0)
		perror("link");
	cache_close(&cache);
	ok(access(path, F_OK) < 0, "it is gone with what is in it");
	ok(access("/tmp", F_OK) == 0, "... but not what a link leads to");
}

/* Ends a process that has a cache, and its group, by a signal. */
static void killed(void)
{
	char path[CACHE_PATH_SIZE];
	int ends[2], status;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return;
	if (child == 0) {
		setpgid(0, 0);
		cache_init(&cache);
		cache_open(&cache, 100, NULL, &err);
		put("file");
		if (write(ends[1], cache.path, sizeof(cache.path)) > 0)
			pause();
		_exit(1);
	}
	ok(read(ends[0], path, sizeof(path)) == sizeof(path) && access(path, F_OK) == 0,
	   "a process has a cache");
	kill(-child, SIGKILL);
	waitpid(child, &status, 0);
	for (unsigned i = 0; i < 2000 && access(path, F_OK) == 0; i++)
		usleep(10000);
	ok(access(path, F_OK) < 0, "... which is gone after SIGKILL of its group");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	if (!mkdtemp(place))
		return 1;
	setenv("TMPDIR", place, 1);
	usual();
	killed();
	setenv("TMPDIR", "/tmp/vtap-nowhere", 1);
	cache_init(&cache);
	ok(!cache_open(&cache, 100, NULL, &err) && strstr(err.text, "TMPDIR"),
	   "a folder that is not there");
	cache_close(&cache);
	rmdir(place);
	return tap_done();
}
