/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches shipped to a remote, by a script that acts as rclone. */
#include "tools/vtap-archive/store_rclone.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tap.h"

#define EQUAL "sed 's/^/= /'"
#define MIB   (UINT64_C(1) << 20)

static char folder[] = "/tmp/vtap-store-XXXXXX", script[64], ran[64], path[128], text[4096];
static char *environment[] = { path, NULL, NULL };
static char said[2048];
static unsigned breaths, breaths_allowed;
static struct archive_place place;
static struct store_config config;
static struct store store;
static struct store_object object[3];
static struct error err;

/* What the script does: the type that it lists, and commands, which read the list. */
static struct {
	const char *version, *type, *copy, *anew, *check, *download;
} fake;

static bool breathe(void *arg)
{
	(void)arg;
	return ++breaths < breaths_allowed;
}

static void say(void *arg, const char *line)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s", line);
}

static const char *or_nothing(const char *commands)
{
	return commands ? commands : "cat >/dev/null";
}

/* The script writes each verb and its list to a file. */
static void put(void)
{
	FILE *to = fopen(script, "w");

	fprintf(to,
		"#!/bin/sh\nverb=$1\nfor word; do case $word in --ignore-times) verb=anew;; "
		"--download) verb=download;; esac; done\n"
		"ran() { tee %s/list.$$; echo $verb $(cat %s/list.$$) >>%s; rm %s/list.$$; }\n"
		"case $verb in\nversion) %s;;\nlistremotes) echo 'other: s3'; echo 'oci:   %s';;\n"
		"copy) ran | { %s; };;\nanew) ran | { %s; };;\ncheck) ran | { %s; };;\n"
		"download) ran | { %s; };;\nesac\n",
		folder, folder, ran, folder, fake.version ? fake.version : "echo 'rclone v1.60.1'",
		fake.type ? fake.type : "s3", or_nothing(fake.copy), or_nothing(fake.anew),
		or_nothing(fake.check), or_nothing(fake.download));
	fclose(to);
	chmod(script, 0755);
}

static void open_store(const char *archive)
{
	config = (struct store_config){ .place = &place,
					.stage = folder,
					.jobs = 4,
					.no_sandbox = true,
					.verbose = true,
					.environment = environment,
					.breathe = breathe,
					.say = say };
	archive_place_parse(archive, &place, &err);
	ok(store_rclone_open(&store, &config, &err), "open %s", archive);
}

/* Ships a, b and c. Returns what ship() does, with the commands that were run in text. */
static bool ship(void)
{
	FILE *from;
	bool done;

	put();
	unlink(ran);
	said[0] = text[0] = '\0';
	breaths = 0;
	breaths_allowed = 1000;
	err = (struct error){ 0 };
	for (unsigned i = 0; i < 3; i++)
		object[i] = (struct store_object){ .name = (const char *[]){ "a", "b/b", "c" }[i],
						   .bytes = object[i].bytes,
						   .proof = STORE_READ };
	done = store.ship(store.self, object, 3, &err);
	from = fopen(ran, "r");
	text[from ? fread(text, 1, sizeof(text) - 1, from) : 0] = '\0';
	if (from)
		fclose(from);
	return done;
}

static bool proven(enum store_proof a, enum store_proof b, enum store_proof c)
{
	return object[0].proof == a && object[1].proof == b && object[2].proof == c;
}

static void usual(void)
{
	fake.check = EQUAL;
	ok(ship(), "a batch: %s", err.text);
	ok(proven(STORE_HASH, STORE_HASH, STORE_HASH), "... is proven by hash");
	is_str(text, "copy a b/b c\ncheck a b/b c\n", "... by one copy and one check");
	ok(breaths >= 4, "... and breathes");
	fake.check = "head -n 2 | " EQUAL "; echo '= d'; echo '=c'; echo '= c '; echo '+ c'";
	ok(!ship(), "a line for two objects");
	ok(proven(STORE_HASH, STORE_HASH, STORE_UNPROVEN), "... proves those alone");
	is_str(err.text, "rclone does not say that the store has c", "... and the other is told");
	fake.check = NULL;
	ok(!ship() && proven(STORE_UNPROVEN, STORE_UNPROVEN, STORE_UNPROVEN),
	   "exit status 0 proves nothing");
	is_str(err.text, "rclone does not say that the store has what it was sent", "... told");
	fake.check = "cat >/dev/null; echo '= a' >&2";
	ok(!ship() && proven(STORE_UNPROVEN, STORE_UNPROVEN, STORE_UNPROVEN),
	   "a log proves nothing");
	fake.copy = EQUAL;
	fake.check = NULL;
	ok(!ship() && proven(STORE_UNPROVEN, STORE_UNPROVEN, STORE_UNPROVEN),
	   "what copy writes proves nothing");
	fake.copy = NULL;
	fake.check = EQUAL "; exit 1";
	ok(ship(), "exit status 1 takes no proof away");
}

/* Which objects are read back. */
static void read_back(void)
{
	fake.check = fake.download = EQUAL;
	object[1].bytes = 201 * MIB;
	ok(ship() && proven(STORE_HASH, STORE_READ, STORE_HASH), "201 MiB are read back");
	is_str(text, "copy a b/b c\ncheck a c\ndownload b/b\n", "... by a check of their own");
	object[1].bytes = 200 * MIB - 1;
	ok(ship() && proven(STORE_HASH, STORE_HASH, STORE_HASH), "less than 200 MiB are not");
	fake.check = "sed 's/^/= /; s/b.b/x/'; echo '= b/b'";
	object[1].bytes = 201 * MIB;
	fake.download = NULL;
	ok(!ship() && proven(STORE_HASH, STORE_UNPROVEN, STORE_HASH),
	   "a check of hashes says nothing of them");
	object[1].bytes = 0;
	fake.check = EQUAL "; echo '{\"level\":\"warning\",\"msg\":\"1 hashes could not be "
			   "checked\"}' >&2";
	fake.download = EQUAL;
	ok(ship() && proven(STORE_READ, STORE_READ, STORE_READ), "no hash: all are read back");
	is_str(text, "copy a b/b c\ncheck a b/b c\ndownload a b/b c\n", "... after the check");
	fake.download = NULL;
	ok(!ship() && proven(STORE_UNPROVEN, STORE_UNPROVEN, STORE_UNPROVEN),
	   "... and not proven before");
	fake.check = fake.download = EQUAL;
	ok(ship() && proven(STORE_HASH, STORE_HASH, STORE_HASH), "... in that batch alone");
	store.close(store.self);
}

/* Opens a store of a kind, and returns true if a batch is read back there. */
static bool is_read_back(const char *archive, const char *type)
{
	bool is;

	open_store(archive);
	fake.type = type;
	is = ship() && proven(STORE_READ, STORE_READ, STORE_READ) &&
	     strcmp(text, "copy a b/b c\ndownload a b/b c\n") == 0;
	store.close(store.self);
	return is;
}

static void kinds(void)
{
	ok(is_read_back("oci:b/p", "crypt"), "crypt is read back");
	ok(is_read_back("oci:b/p", "s3x"), "... what begins as s3");
	ok(is_read_back("oci,no_check_bucket:b/p", "s3"), "... a connection string");
	ok(is_read_back(":s3:b/p", "s3"), "... a backend");
	ok(!is_read_back("oci:b/p", "swift"), "... swift is not");
	environment[1] = (char[]){ "RCLONE_CONFIG_OCI_TYPE=hasher" };
	ok(is_read_back("oci:b/p", "s3"), "... a variable with another type is seen");
	environment[1] = (char[]){ "RCLONE_CONFIG_OCI_TYPE=s3" };
	ok(!is_read_back("oci:b/p", "s3"), "... with that type, too");
	environment[1] = (char[]){ "RCLONE_CONFIG_OCI_SERVER_SIDE_ENCRYPTION=aws:kms" };
	ok(is_read_back("oci:b/p", "s3"), "... what has hashes of rclone's own");
	environment[1] = NULL;
	open_store("oci:b/p");
	config.download = true;
	store.close(store.self);
	ok(store_rclone_open(&store, &config, &err), "open to read back");
	ok(ship() && proven(STORE_READ, STORE_READ, STORE_READ), "--proof-download is");
	store.close(store.self);
	fake.type = "s3";
}

static void damaged(void)
{
	open_store("oci:b/p");
	fake.check = "sed 's/^/= /; s/^= a/* a/'";
	ok(!ship() && proven(STORE_UNPROVEN, STORE_HASH, STORE_HASH), "an object differs");
	is_str(err.text,
	       "the store has other bytes than it was sent (1 objects, such as a): they are sent "
	       "anew",
	       "... it is told");
	ok(!ship(), "... still");
	is_str(text, "copy b/b c\nanew a\ncheck a b/b c\n", "... and copied anew");
	fake.check = EQUAL;
	ok(ship(), "... until it is equal");
	ok(ship(), "... and then no more");
	is_str(text, "copy a b/b c\ncheck a b/b c\n", "... but as the others");
	fake.check = "sed 's/^/! /'; echo '{\"level\":\"error\",\"object\":\"a\",\"msg\":"
		     "\"status code: 503, x\"}' >&2";
	ok(!ship() && !strcmp(err.text, "the store is out of order (503)"),
	   "an object is not read: %s", err.text);
	ok(!ship(), "... if the store does not give it");
	is_str(text, "copy a\nanew b/b c\ncheck a b/b c\n", "... it is not copied anew");
	fake.check = EQUAL;
	ok(ship(), "... all is well");
	store.close(store.self);
}

static void no_rclone(void)
{
	open_store("oci:b/p");
	fake.version = "echo 'rclone v1.52.3'";
	ok(!ship() && strstr(err.text, "too old"), "old: %s", err.text);
	fake.version = NULL;
	fake.type = "s3' | sed s/oci/oc/; : '";
	ok(!ship() && !strcmp(err.text, "rclone has no remote 'oci': there is other, oc"),
	   "no remote: %s", err.text);
	fake.type = "s3";
	ok(ship(), "... and then there is");
	store.close(store.self);
	snprintf(path, sizeof(path), "PATH=/nowhere");
	open_store("oci:b/p");
	ok(!ship() && strstr(err.text, "there is no rclone"), "none: %s", err.text);
	snprintf(path, sizeof(path), "PATH=%s:/usr/bin:/bin", folder);
	store.close(store.self);
}

/* What rclone says is put into words; with -v the line is told as it was. */
static void failures(void)
{
	open_store("oci:b/p");
	fake.copy = "cat >/dev/null; echo '{\"level\":\"error\",\"object\":\"a\",\"msg\":\"x "
		    "SignatureDoesNotMatch\"}' >&2; echo 'Failed to copy: y' >&2; exit 1";
	fake.check = NULL;
	ok(!ship() && strstr(err.text, "(SignatureDoesNotMatch)"), "a failure: %s", err.text);
	is_str(said, "rclone: a: x SignatureDoesNotMatch", "... and what rclone wrote");
	fake.copy = "cat >/dev/null; echo 'Failed to copy: AccessDenied' >&2";
	ok(!ship() && strstr(err.text, "refuses to write"), "a right: %s", err.text);
	fake.copy = NULL;
	fake.check = "cat >/dev/null; echo 'Failed to check: AccessDenied' >&2";
	ok(!ship() && strstr(err.text, "refuses to read"), "another one: %s", err.text);
	fake.check = "cat >/dev/null; echo 'Failed to check: quite new' >&2";
	ok(!ship() && !strcmp(err.text, "rclone: Failed to check: quite new"), "new: %s", err.text);
	store.close(store.self);
}

static void endings(void)
{
	open_store("oci:b/p");
	fake.check = EQUAL;
	fake.copy = "echo '{\"level\":\"error\",\"msg\":\"i/o timeout\"}' >&2; exec sleep 1000";
	ok(!ship() && !strcmp(err.text, "the store does not answer"), "no progress: %s", err.text);
	ok(proven(STORE_UNPROVEN, STORE_UNPROVEN, STORE_UNPROVEN), "... proves nothing");
	ok(breaths >= 10, "... and breathes");
	fake.copy = "for i in $(seq 24); do echo \"{\\\"stats\\\":{\\\"bytes\\\":$i}}\" >&2; sleep "
		    "0.5; done";
	ok(ship(), "progress: %s", err.text);
	fake.copy = "kill -9 $PPID; exec sleep 1000";
	breaths_allowed = 1000;
	ok(!ship() && !strcmp(err.text, "the process that runs rclone has ended") &&
		   err.number == ECHILD,
	   "the helper is killed: %s", err.text);
	ok(!ship() && err.number == ECHILD, "... for good: %s", err.text);
	store.close(store.self);
}

static bool breathe_thrice(void *arg)
{
	(void)arg;
	return ++breaths < 6;
}

static void cancelled(void)
{
	open_store("oci:b/p");
	store.close(store.self);
	config.breathe = breathe_thrice;
	fake.copy = "exec sleep 1000";
	ok(store_rclone_open(&store, &config, &err) && !ship() && err.number == ECANCELED,
	   "the run ends");
	store.close(store.self);
	fake.copy = NULL;
}

/* A script that writes is refused, if the kernel has Landlock; one that reads the stage is not. */
static void confined(void)
{
	char commands[256];

	open_store("oci:b/p");
	store.close(store.self);
	config.no_sandbox = false;
	snprintf(commands, sizeof(commands),
		 "cat >/dev/null; cat %s/rclone >/dev/null && echo '= a'; echo x >%s/written || "
		 "echo '= c'",
		 folder, folder);
	fake.check = commands;
	ok(store_rclone_open(&store, &config, &err), "open with a sandbox");
	ship();
	ok(object[0].proof == STORE_HASH, "the stage is read");
	snprintf(commands, sizeof(commands), "%s/written", folder);
	if (unlink(commands) == 0)
		ok(true, "... # SKIP the kernel has no Landlock");
	else
		ok(object[2].proof == STORE_HASH, "... and not written");
	store.close(store.self);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (!mkdtemp(folder))
		return 1;
	snprintf(script, sizeof(script), "%s/rclone", folder);
	snprintf(ran, sizeof(ran), "%s/ran", folder);
	snprintf(path, sizeof(path), "PATH=%s:/usr/bin:/bin", folder);
	open_store("oci:b/p");
	usual();
	read_back();
	kinds();
	damaged();
	no_rclone();
	failures();
	endings();
	cancelled();
	confined();
	unlink(ran);
	unlink(script);
	rmdir(folder);
	return tap_done();
}
