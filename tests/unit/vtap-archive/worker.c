/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects that are made of captures (staging.c), in a process of their own (worker.c): also where a
 * writer, a link or a missing right is in the way. */
#include "tools/vtap-archive/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"

static struct archive_config config = { .level = 3, .source = "" };
static struct archive archive = { .config = &config };
static struct staged *room;
static unsigned breaths;

static bool breathe(void *arg)
{
	(void)arg;
	breaths++;
	return true;
}

static void sh(const char *command)
{
	if (system(command) != 0)
		ok(false, "%s", command);
}

/* A pcap with a packet of four bytes, at 1970-01-01 00:00:01. */
static void make_capture(const char *name)
{
	static const uint32_t words[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1, 1, 0, 4, 4, 7 };
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(fd >= 0 && write(fd, words, sizeof(words)) == sizeof(words), "%s", name);
	close(fd);
}

static enum staging_verdict make_object(const char *path)
{
	return worker_make(&archive, room, path)->verdict;
}

static bool has_name(struct error *err)
{
	return staging_name(&archive.spool, room, err);
}

#define TAKEN "s/.vtap-archive/taken/"
#define STAGE "s/.vtap-archive/stage/"

static void test_objects(void)
{
	struct error err = { 0 };

	make_capture(TAKEN "x");
	ok(make_object("x") == STAGING_DONE && has_name(&err), "a capture");
	ok(strstr(room->object, "1970-01-01/00/none/19700101T000001.000000000Z--"
				"19700101T000001.000000000Z--1--") == room->object,
	   "... has the name of an object");
	is_u64(room->bytes, 44, "... its size is known");
	sh("zstd -dcq " STAGE "*/*/*/*.pcap.zst | cmp - " TAKEN "x");
	config.level = 0;
	config.source = "a b";
	ok(make_object("x") == STAGING_DONE && has_name(&err) &&
		   strstr(room->object, "/a%20b/") != NULL,
	   "one that is not compressed, with a source");
	sh("test " TAKEN "x -ef " STAGE "*/*/a*/*.pcap");
	config.level = 3;
}

static void test_refused(void)
{
	int fd = open(TAKEN "x", O_WRONLY | O_APPEND);

	ok(make_object("x") == STAGING_WRITTEN, "somebody has it open for writing");
	close(fd);
	ok(make_object("gone") == STAGING_REFUSED, "there is none");
	sh("ln -s x " TAKEN "link; mkfifo " TAKEN "fifo; mkdir " TAKEN "folder; echo x >" TAKEN
	   "text; : >" TAKEN "empty");
	ok(make_object("link") == STAGING_REFUSED, "a link");
	ok(make_object("fifo") == STAGING_REFUSED && strstr(room->err.text, "no regular file"),
	   "a FIFO");
	ok(make_object("folder") == STAGING_REFUSED, "a folder");
	ok(make_object("text") == STAGING_REFUSED && !strstr(room->err.text, "text:"),
	   "no capture; the reason is without its name");
	ok(make_object("empty") == STAGING_EMPTY, "nothing");
}

/* A null pointer stands for what a hostile capture might find in a reader. */
static void test_crash(void)
{
	config.source = NULL;
	ok(make_object("x") == STAGING_REFUSED && strstr(room->err.text, "reading it"),
	   "its reader crashes");
	config.source = "";
	ok(make_object("x") == STAGING_DONE, "... which the next one does not feel");
}

/* The stage is a file: nothing can be made there. */
static void test_failed(void)
{
	int stage = archive.spool.room[SPOOL_STAGE];

	archive.spool.room[SPOOL_STAGE] = open(TAKEN "x", O_RDONLY);
	ok(make_object("x") == STAGING_FAILED && room->err.text[0], "the stage cannot be written");
	archive.spool.room[SPOOL_STAGE] = stage;
}

int main(void)
{
	char folder[] = "/tmp/vtap-unit-XXXXXX", command[64];
	struct error err = { 0 };

	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("s", 0700) < 0)
		return 1;
	archive.breathe = breathe;
	room = worker_new(&err);
	ok(room && staging_load(&err) && spool_open(&archive.spool, "s", geteuid(), &err),
	   "a spool");
	test_objects();
	test_refused();
	test_crash();
	test_failed();
	spool_close(&archive.spool);
	worker_free(room);
	if (chdir("/") == 0)
		snprintf(command, sizeof(command), "rm -rf %s", folder);
	sh(command);
	return tap_done();
}
