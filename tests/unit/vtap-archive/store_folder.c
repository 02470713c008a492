/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects into a folder: what is there already, what stands in the way, and what another sink does
 * at the same time. tests/cli/archive.t and tests/faults/archive.t have the rest. */
#include "tools/vtap-archive/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"

enum { BYTES = 6 };

static struct archive_place place;
static struct store store;
static struct store_config config;
static struct error err;
static bool ends;

static bool breathe(void *arg)
{
	(void)arg;
	return !ends;
}

static void say(void *arg, const char *text)
{
	(void)arg, (void)text;
}

static void sh(const char *command)
{
	if (system(command) != 0)
		ok(false, "%s", command);
}

static bool ship(const char *name, enum store_proof want)
{
	struct store_object object = { .name = name, .bytes = BYTES };
	bool all;

	err = (struct error){ 0 };
	all = store.ship(store.self, &object, 1, &err);
	return object.proof == want && all == (want != STORE_UNPROVEN);
}

static void test_several(void)
{
	struct store_object object[] = { { .name = "d/one", .bytes = BYTES },
					 { .name = "d/gone", .bytes = BYTES },
					 { .name = "d/two", .bytes = BYTES } };

	sh("rm -rf a/d; printf '12345\n' >stage/d/one; printf '54321\n' >stage/d/two");
	err = (struct error){ 0 };
	ok(!store.ship(store.self, object, 3, &err) && strstr(err.text, "stage"),
	   "three objects, one of which is not there");
	ok(object[0].proof == STORE_READ && object[1].proof == STORE_UNPROVEN &&
		   object[2].proof == STORE_READ,
	   "... it holds up no other");
	sh("cmp stage/d/two a/d/two");
}

static void test_other_sink(void)
{
	int fd;

	sh("rm -f a/d/one; printf xxxxxxxxxxx >a/d/one.tmp");
	fd = open("a/d/one.tmp", O_RDONLY);
	flock(fd, LOCK_EX);
	ok(ship("d/one", STORE_UNPROVEN) && strstr(err.text, "another process writes d/one.tmp"),
	   "another sink writes it");
	sh("test $(cat a/d/one.tmp) = xxxxxxxxxxx");
	close(fd);
	ok(ship("d/one", STORE_READ), "... and has died");
	sh("cmp stage/d/one a/d/one; test ! -e a/d/one.tmp");
}

static void test_hostile(void)
{
	sh("rm -f a/d/one; ln -s ../../victim a/d/one.tmp; echo victim >victim");
	ok(ship("d/one", STORE_UNPROVEN), "a link has the name of the .tmp");
	sh("grep -q victim victim; rm a/d/one.tmp; mkfifo a/d/one.tmp");
	ok(ship("d/one", STORE_UNPROVEN), "a FIFO has it");
	sh("rm a/d/one.tmp; ln -s ../../victim a/d/one");
	ok(ship("d/one", STORE_READ), "a link has the name of the object");
	sh("test ! -L a/d/one; cmp stage/d/one a/d/one; grep -q victim victim");
	sh("rm -rf a/d; ln -s .. a/d");
	ok(ship("d/one", STORE_UNPROVEN), "a link has the name of its folder");
	sh("rm a/d");
}

int main(void)
{
	char folder[] = "/tmp/vtap-unit-XXXXXX", command[64];

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	sh("mkdir -p a stage/d; printf '12345\n' >stage/d/one");
	archive_place_parse("a", &place, &err);
	config = (struct store_config){ .place = &place,
					.stage_folder = open("stage", O_RDONLY | O_DIRECTORY),
					.breathe = breathe,
					.say = say };
	ok(store_folder_open(&store, &config, &err), "a folder");
	ok(ship("d/one", STORE_READ), "an object");
	sh("cmp stage/d/one a/d/one; chmod 400 a/d/one; ln a/d/one kept");
	ok(ship("d/one", STORE_READ), "... that is there is proven, and not written anew");
	sh("test a/d/one -ef kept; printf '12346\n' >other; mv other a/d/one");
	ok(ship("d/one", STORE_READ), "... with other bytes is replaced");
	sh("cmp stage/d/one a/d/one");
	test_several();
	test_other_sink();
	test_hostile();
	store.close(store.self);
	store_folder_open(&store, &config, &err);
	ends = true;
	ok(ship("d/one", STORE_UNPROVEN) && err.number == ECANCELED, "the run ends");
	ends = false;
	sh("mv a b");
	ok(ship("d/one", STORE_UNPROVEN) && strstr(err.text, "No such file"), "it has gone");
	sh("mkdir a");
	ok(ship("d/one", STORE_UNPROVEN) && strstr(err.text, "is its disk mounted?"),
	   "another folder has its name");
	store.close(store.self);
	ok(!store_folder_open(
		   &store,
		   &(struct store_config){ .place = &(struct archive_place){ .text = "none" } },
		   &err),
	   "a folder that does not exist");
	if (chdir("/") == 0)
		snprintf(command, sizeof(command), "rm -rf %s", folder);
	sh(command);
	return tap_done();
}
