/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The spool in a folder of its own: what is found, who still writes, and how captures change hands.
 */
#include "tools/vtap-archive/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/tap.h"
#include "tools/vtap-archive/finished.h"
#include "tools/vtap-archive/spool_walk.h"

enum { SECOND_NS = 1000000000, MODE = 0600 };

static struct spool spool;
static struct error err;
static char now[PATH_MAX];

static void sh(const char *command)
{
	if (system(command) != 0)
		ok(false, "%s", command);
}

static bool has(const char *path, const char *want)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return len >= 0 && strcmp(text, want) == 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* What a walk has met, each name with a blank behind it. */
static char files[4096], folders[4096], troubles[4096];

static void append(char *to, const char *text)
{
	size_t len = strlen(to);

	snprintf(to + len, 4096 - len, "%s ", text);
}

static bool on_file(void *arg, const struct spool_file *file, struct error *error)
{
	struct stat st;

	(void)arg;
	append(files, file->path);
	if (fstatat(file->folder, file->name, &st, 0) < 0 || (uint64_t)st.st_size != file->bytes)
		append(files, "(wrong)");
	return strcmp(file->name, "stop") != 0 || error_set(error, "stopped");
}

static void on_folder(void *arg, int fd, const char *path)
{
	(void)arg, (void)fd;
	append(folders, *path ? path : ".");
}

static void on_trouble(void *arg, const struct error *error)
{
	(void)arg;
	append(troubles, error->text);
}

static bool walk(void)
{
	const struct spool_visit visit = { .file = on_file,
					   .folder = on_folder,
					   .trouble = on_trouble };

	files[0] = folders[0] = troubles[0] = '\0';
	return spool_walk(&spool, &visit, &err);
}

static bool found(const char *path)
{
	char word[PATH_MAX + 2], all[4097];

	snprintf(word, sizeof(word), " %s ", path);
	snprintf(all, sizeof(all), " %s", files);
	return strstr(all, word);
}

static void test_walk(void)
{
	sh("mkdir -p s/a/b s/.hidden; echo 1 >s/one; echo 2 >s/a/b/two; echo 3 >s/.hidden/three; "
	   "echo >s/.nfs0001; echo >s/.dot; ln -s one s/link; ln -s . s/loop; mkfifo s/fifo; "
	   "touch 's/a new\nline'");
	ok(walk(), "a walk");
	ok(found("one") && found("a/b/two"), "... finds files, also in folders");
	ok(!found(".hidden/three") && !strstr(files, SPOOL_OWN), "... not in folders with a dot");
	ok(!found("link") && !found("fifo") && !strstr(files, "loop"), "... no links, no FIFO");
	ok(!found(".nfs0001") && found(".dot"), "... .nfs files are still open");
	ok(strstr(files, "a new\nline") && !strstr(files, "wrong"), "... any name, its size");
	ok(strstr(folders, ". ") && strstr(folders, "a/b "), "... and says which folders");
	is_str(troubles, "", "... without trouble");
	sh("echo >s/stop");
	ok(!walk() && strcmp(err.text, "stopped") == 0, "a walk ends when it is told to");
	sh("rm s/stop");
	sh("p=s; for i in $(seq 70); do p=$p/d; done; mkdir -p $p; echo >$p/deep");
	ok(walk() && !strstr(files, "deep") && strstr(troubles, "too deep"), "a deep folder");
	sh("rm -r s/d");
}

static void test_claim(void)
{
	struct error two = { 0 };
	struct spool other;

	ok(spool_claim(&spool, "a/b/two", now, &err) && !is_there("s/a/b/two"), "a claim");
	is_str(now, "a/b/two", "... under its name");
	ok(has("s/.vtap-archive/taken/a/b/two", "2\n"), "... in taken/");
	sh("echo again >s/a/b/two");
	ok(spool_claim(&spool, "a/b/two", now, &err), "the name of a ring, once more");
	is_str(now, "a/b/two~2", "... gets a number");
	ok(has("s/.vtap-archive/taken/a/b/two", "2\n") &&
		   has("s/.vtap-archive/taken/a/b/two~2", "again\n"),
	   "... and replaces nothing");
	ok(!spool_claim(&spool, "gone", now, &err) && err.number == ENOENT, "a file that is gone");
	sh("mkdir outside; echo 5 >outside/five; ln -s ../outside s/out");
	ok(!spool_claim(&spool, "out/five", now, &err) && is_there("outside/five"),
	   "a folder that became a link");
	ok(!spool_open(&other, "s", geteuid(), &two) && strstr(two.text, "another vtap-archive"),
	   "a second one on the spool");
	spool_close(&other);
}

static void test_long_name(void)
{
	char name[NAME_MAX + 1], path[PATH_MAX], failed[PATH_MAX];

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "s/%s", name);
		close(open(path, O_WRONLY | O_CREAT, MODE));
		ok(spool_claim(&spool, name, now, &err), "a name of 255 bytes");
	}
	ok(strlen(now) == NAME_MAX && strcmp(now + NAME_MAX - 2, "~2") == 0, "... numbered");
	ok(spool_refuse(&spool, now, "why", failed, &err), "... has no room for .reason");
	ok(spool_remove(&spool, SPOOL_FAILED, failed, &err), "... and is moved all the same");
	ok(spool_remove(&spool, SPOOL_TAKEN, name, &err), "... both are gone");
}

static void test_refuse(void)
{
	ok(spool_refuse(&spool, "a/b/two~2", "it is no capture", now, &err), "refused");
	ok(has("s/.vtap-archive/failed/a/b/two~2", "again\n"), "... it is in failed/");
	ok(has("s/.vtap-archive/failed/a/b/two~2.reason", "it is no capture\n"), "... and why");
	ok(is_there("s/.vtap-archive/taken/a/b/two"), "... what is beside it stays");
	ok(spool_remove(&spool, SPOOL_TAKEN, "a/b/two", &err), "proven");
	ok(!is_there("s/.vtap-archive/taken/a"), "... empty folders go with the last capture");
	ok(is_there("s/.vtap-archive/taken"), "... but taken/ stays");
	ok(spool_remove(&spool, SPOOL_TAKEN, "a/b/two", &err), "... twice is no error");
	ok(walk() && !found("a/b/two") && found("one"), "nothing of it is found again");
}

static int64_t now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static enum finished look(const char *name, int64_t settle_s)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "s/%s", name);
	return finished_look(spool.folder, name, path, now_ns(), settle_s * SECOND_NS);
}

static void test_finished(void)
{
	int fd;

	is_u64(look("one", 60), FINISHED_YES, "a file that nobody writes");
	fd = open("s/one", O_RDONLY);
	is_u64(look("one", 60), FINISHED_YES, "... readers do not count");
	ok(fd >= 0 && !finished_has_writer(fd), "... nor on second sight");
	close(fd);
	fd = open("s/one", O_WRONLY | O_APPEND);
	is_u64(look("one", 0), FINISHED_NO, "a file that is open for writing, however old");
	close(fd);
	is_u64(look("one", 60), FINISHED_YES, "... until it is closed");
	is_u64(look("none", 60), FINISHED_GONE, "no file");
	is_u64(look("fifo", 60), FINISHED_GONE, "a FIFO");
	is_u64(look("link", 60), FINISHED_GONE, "a link");
}

/* Runs look() beside another process that holds locks. */
static enum finished look_beside(const char *locked, int how)
{
	int ready[2], status;
	enum finished result;
	char byte = 0;
	pid_t pid;

	if (pipe(ready) < 0)
		return FINISHED_GONE;
	pid = fork();
	if (pid == 0) {
		if (flock(open(locked, O_RDONLY), how) == 0 && write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	result = read(ready[0], &byte, 1) == 1 ? look("left.tmp", 0) : FINISHED_GONE;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	return result;
}

static void test_abandoned(void)
{
	sh("echo 4 >s/left.tmp");
	is_u64(look("left.tmp", 60), FINISHED_NO, "a young .tmp may be its writer's");
	is_u64(look("left.tmp", 0), FINISHED_ABANDONED, "an old one that nobody locks");
	is_u64(look_beside("s/left.tmp", LOCK_EX), FINISHED_NO, "... its writer has locked it");
	is_u64(look_beside("s", LOCK_SH), FINISHED_NO, "... or the folder, with --max-open");
	is_u64(look_beside(".", LOCK_SH), FINISHED_NO, "... or one above");
	is_u64(look("left.tmp", 0), FINISHED_ABANDONED, "... and has died");
}

/* Where there are no leases: on a file of another user. */
static void test_without_lease(void)
{
	pid_t pid = geteuid() == 0 ? fork() : -1;
	int status = 0;

	if (pid == 0) {
		if (setuid(65534) < 0)
			_exit(99);
		_exit(look("one", 60) * 10 + look("one", 0));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return;
	is_u64((uint64_t)WEXITSTATUS(status), FINISHED_NO * 10 + FINISHED_BY_AGE,
	       "the file of another user: by its age");
}

static void test_errors(void)
{
	struct spool none;

	ok(!spool_open(&none, "nothing", geteuid(), &err) &&
		   strstr(err.text, "nothing: No such file"),
	   "no spool");
	spool_close(&none);
	sh("mkdir other; ln -s ../s/.vtap-archive other/.vtap-archive");
	ok(!spool_open(&none, "other", geteuid(), &err), ".vtap-archive is a link: refused");
	spool_close(&none);
	if (geteuid() == 0) {
		sh("rm other/.vtap-archive; mkdir other/.vtap-archive; "
		   "chown 65534 other/.vtap-archive");
		ok(!spool_open(&none, "other", geteuid(), &err) &&
			   strstr(err.text, "belongs to user 65534"),
		   ".vtap-archive of another user: refused");
		spool_close(&none);
	}
}

int main(void)
{
	char place[] = "/tmp/vtap-spool-XXXXXX";

	signal(SIGIO, SIG_IGN);
	if (!mkdtemp(place) || chdir(place) < 0 || chmod(place, 0755) < 0)
		return 1;
	sh("mkdir s");
	if (!ok(spool_open(&spool, "s", geteuid(), &err), "a spool"))
		return 1;
	test_walk();
	test_claim();
	test_long_name();
	test_refuse();
	test_finished();
	test_abandoned();
	test_without_lease();
	test_errors();
	spool_close(&spool);
	ok(spool_open(&spool, "s", geteuid(), &err), "the lock goes with its process");
	spool_close(&spool);
	if (chdir("/") == 0 && setenv("PLACE", place, 1) == 0)
		sh("rm -r \"$PLACE\"");
	return tap_done();
}
