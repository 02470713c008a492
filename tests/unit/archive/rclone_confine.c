/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files rclone is said to need. tests/unit/archive/rclone.c tries that it gets no others. */
#include "archive/rclone_confine.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/landlock.h"
#include "lib/tap.h"

static char config[] = "/tmp/vtap-confine-XXXXXX", variable[64];
static struct rclone_confine confine;

static const char config_text[] =
	"# comment = /no/comment\n"
	"[oci]\n"
	"type = s3\n"
	"shared_credentials_file = /k/credentials  \n"
	"[box]\n"
	"key_file=/k/a b\r\n"
	"pass = x/y\n"
	"known_hosts_file = ~/.ssh/x\n"
	"[cr]\n"
	"remote = /srv/crypt\n"
	"[cr2]\n"
	"remote = oci:/bucket\n"
	"[un]\n"
	"upstreams = /srv/one:ro \"two=/srv/two\" oci:/three x=oci:/four\n"
	"odd = /\n"
	"no value\n"
	"last = /k/last";

/* Returns the rights of a path, or 0 if it is not there. */
static uint64_t rights(const char *path)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < confine.count; i++)
		if (strcmp(confine.path[i].path, path) == 0)
			all |= confine.path[i].rights;
	return all;
}

static void collect(const char *archive, const char *stage, bool fetches, char **environment)
{
	struct archive_place place;
	struct error err = { 0 };

	rclone_confine_free(&confine);
	ok(archive_place_parse(archive, &place, &err) &&
		   rclone_confine_init(&confine, &place, stage, fetches, environment, &err),
	   "paths of %s", archive);
}

static void reads(const char *path)
{
	ok(rights(path) & LANDLOCK_READ_FILE && !(rights(path) & LANDLOCK_WRITE_FILE), "reads %s",
	   path);
}

static void writes(const char *path)
{
	ok(rights(path) & LANDLOCK_WRITE_FILE && rights(path) & LANDLOCK_MAKE_REG, "writes %s",
	   path);
}

static void lacks(const char *path)
{
	ok(!rights(path), "does without %s", path);
}

static void from_config(void)
{
	char *environment[] = { variable,
				(char[]){ "HOME=/h" },
				(char[]){ "PATH=/opt/bin:relative:/usr/bin" },
				(char[]){ "RCLONE_CA_CERT=/k/ca.pem" },
				(char[]){ "RCLONE_CONFIG_MY_BOX_KEY_FILE=/k/key" },
				(char[]){ "RCLONE_CONFIG_MY_BOX_REMOTE=/srv/env" },
				(char[]){ "RCLONE_S3_REGION=x" },
				NULL };

	collect("oci:b/p", "/spool/stage", false, environment);
	reads("/spool/stage");
	reads("/etc");
	reads("/h/.aws");
	reads("/h/.oci");
	reads("/h/.ssh");
	reads("/k/credentials");
	reads("/k/a b");
	reads("/k/last");
	reads("/k/ca.pem");
	reads("/k/key");
	reads("/tmp");
	ok(rights("/opt/bin") & LANDLOCK_EXECUTE, "runs what is in PATH");
	writes("/srv/crypt");
	writes("/srv/env");
	writes("/srv/one");
	writes("/srv/two");
	lacks("/three");
	lacks("/four");
	lacks("/bucket");
	lacks("/no/comment");
	lacks("/");
	lacks("/h");
	lacks("relative");
	lacks("");
}

static bool notes(const char *archive, const char *setting)
{
	char copy[128];
	char *environment[] = { (char[]){ "RCLONE_CONFIG=/dev/null" }, copy, NULL };

	snprintf(copy, sizeof(copy), "%s", setting);
	collect(archive, "/s", false, environment);
	return confine.notes_hashes;
}

static void own_hashes(void)
{
	ok(!notes("oci:b", "RCLONE_CONFIG_OCI_TYPE=s3"), "a store's hashes are its own");
	ok(!notes("oci:b", "RCLONE_CONFIG_OCI_SERVER_SIDE_ENCRYPTION=AES256"), "... with its key");
	ok(!notes("oci:b", "RCLONE_CONFIG_OCI_SERVER_SIDE_ENCRYPTION="), "... with none");
	ok(notes("oci:b", "RCLONE_CONFIG_OCI_SERVER_SIDE_ENCRYPTION=aws:kms"), "not with KMS");
	ok(notes("oci:b", "RCLONE_S3_SSE_CUSTOMER_KEY=x"), "... and a key of the user's");
	ok(notes(":s3,sse_customer_algorithm=AES-256:b", "A=b"), "... in a connection string");
}

static void from_elsewhere(void)
{
	char *environment[] = { (char[]){ "RCLONE_CONFIG=/dev/null" }, NULL };
	char *nothing[] = { NULL };

	collect(":sftp,key_file=/k/key,host=x:/srv/far", "/back", true, environment);
	reads("/k/key");
	writes("/back");
	lacks("/srv/far");
	lacks("/dev");
	collect(":crypt,remote='/srv/crypt':x", NULL, false, environment);
	writes("/srv/crypt");
	collect(":local:/srv/near", NULL, false, environment);
	writes("/srv/near");
	collect("oci:/b", NULL, false, nothing);
	lacks("/b");
}

int main(void)
{
	int fd = mkstemp(config);

	if (fd < 0 || write(fd, config_text, strlen(config_text)) < 0)
		return 1;
	close(fd);
	snprintf(variable, sizeof(variable), "RCLONE_CONFIG=%s", config);
	from_config();
	own_hashes();
	from_elsewhere();
	rclone_confine_free(&confine);
	unlink(config);
	return tap_done();
}
