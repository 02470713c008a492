/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which variables reach rclone. */
#include "archive/rclone_environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/tap.h"

static const char *const passed[] = {
	"RCLONE_CONFIG",
	"RCLONE_CONFIG_PASS",
	"RCLONE_CONFIG_DIR",
	"RCLONE_CONFIG_OCI_TYPE",
	"RCLONE_CONFIG_OCI_SECRET_ACCESS_KEY",
	"RCLONE_S3_REGION",
	"RCLONE_S3_CHUNK_SIZE",
	"RCLONE_SWIFT_AUTH",
	"RCLONE_AZUREBLOB_ACCOUNT",
	"RCLONE_GCS_SERVICE_ACCOUNT_FILE",
	"RCLONE_SFTP_KEY_FILE",
	"RCLONE_WEBDAV_URL",
	"RCLONE_CRYPT_PASSWORD",
	"RCLONE_BWLIMIT",
	"RCLONE_TPSLIMIT",
	"RCLONE_TIMEOUT",
	"RCLONE_CONTIMEOUT",
	"RCLONE_CA_CERT",
	"RCLONE_USER_AGENT",
	"RCLONE_LOW_LEVEL_RETRIES",
	"RCLONE_BIND",
	"PATH",
	"HOME",
	"AWS_ACCESS_KEY_ID",
	"AWS_PROFILE",
	"AWS_CA_BUNDLE",
	"https_proxy",
	"HTTPS_PROXY",
	"no_proxy",
};

static const char *const held_back[] = {
	"RCLONE",
	"RCLONE_",
	"RCLONE_CONFIGURE",
	"RCLONE_SIZE_ONLY",
	"RCLONE_IGNORE_SIZE",
	"RCLONE_IGNORE_CHECKSUM",
	"RCLONE_IGNORE_EXISTING",
	"RCLONE_IGNORE_TIMES",
	"RCLONE_IGNORE_CASE",
	"RCLONE_IGNORE_ERRORS",
	"RCLONE_CHECKSUM",
	"RCLONE_EXCLUDE",
	"RCLONE_EXCLUDE_FROM",
	"RCLONE_EXCLUDE_IF_PRESENT",
	"RCLONE_INCLUDE",
	"RCLONE_FILTER",
	"RCLONE_FILTER_FROM",
	"RCLONE_FILES_FROM",
	"RCLONE_FILES_FROM_RAW",
	"RCLONE_MAX_AGE",
	"RCLONE_MIN_AGE",
	"RCLONE_MAX_SIZE",
	"RCLONE_MIN_SIZE",
	"RCLONE_MAX_DEPTH",
	"RCLONE_MAX_TRANSFER",
	"RCLONE_MAX_DURATION",
	"RCLONE_DRY_RUN",
	"RCLONE_INTERACTIVE",
	"RCLONE_LOG_FILE",
	"RCLONE_LOG_LEVEL",
	"RCLONE_LOG_FORMAT",
	"RCLONE_SYSLOG",
	"RCLONE_QUIET",
	"RCLONE_VERBOSE",
	"RCLONE_PROGRESS",
	"RCLONE_STATS",
	"RCLONE_TRANSFERS",
	"RCLONE_CHECKERS",
	"RCLONE_RETRIES",
	"RCLONE_ONE_WAY",
	"RCLONE_COMBINED",
	"RCLONE_MATCH",
	"RCLONE_DIFFER",
	"RCLONE_MISSING_ON_DST",
	"RCLONE_DOWNLOAD",
	"RCLONE_CHECKFILE",
	"RCLONE_NO_TRAVERSE",
	"RCLONE_NO_CHECK_DEST",
	"RCLONE_UPDATE",
	"RCLONE_IMMUTABLE",
	"RCLONE_BACKUP_DIR",
	"RCLONE_SUFFIX",
	"RCLONE_COMPARE_DEST",
	"RCLONE_COPY_DEST",
	"RCLONE_DELETE_EXCLUDED",
	"RCLONE_MODIFY_WINDOW",
	"RCLONE_METADATA",
	"RCLONE_METADATA_SET",
	"RCLONE_PASSWORD_COMMAND",
	"RCLONE_RC",
	"RCLONE_RC_ADDR",
	"RCLONE_CACHE_DIR",
	"RCLONE_TEMP_DIR",
	"RCLONE_DUMP",
	"RCLONE_CPUPROFILE",
	"RCLONE_MEMPROFILE",
	"RCLONE_LOCAL_ENCODING",
	"RCLONE_LOCAL_NO_CHECK_UPDATED",
	"RCLONE_SKIP_LINKS",
	"RCLONE_COPY_LINKS",
	"RCLONE_ONE_FILE_SYSTEM",
	"RCLONE_S3_VERSIONS",
	"RCLONE_S3_VERSION_AT",
	"RCLONE_B2_VERSION_AT",
	"RCLONE_S3_NO_HEAD",
	"RCLONE_S3_NO_HEAD_OBJECT",
	"RCLONE_S3_DISABLE_CHECKSUM",
	"RCLONE_S3_UPLOAD_CUTOFF",
	"PATHS",
	"LD_PRELOAD",
	"RCLONE_BUFFER_SIZE",
	"TZ",
	"GODEBUG",
	"AWS",
	"HOMES",
	"path",
	"SSH_AUTH_SOCK",
	"",
};

static void names(void)
{
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		ok(rclone_environment_passes(passed[i], strlen(passed[i])), "passes: %s",
		   passed[i]);
	for (size_t i = 0; i < sizeof(held_back) / sizeof(*held_back); i++)
		ok(!rclone_environment_passes(held_back[i], strlen(held_back[i])),
		   "is held back: '%s'", held_back[i]);
}

/* Makes an environment out of one, whose words are separated by newlines, and joins it again. */
static void is_made(const char *from, const char *want, const char *name)
{
	static char text[4096], joined[4096];
	char *tool[16] = { 0 }, **made;
	struct error err = { 0 };
	size_t count = 0;

	strcpy(text, from);
	for (char *word = strtok(text, "\n"); word; word = strtok(NULL, "\n"))
		tool[count++] = word;
	made = rclone_environment_make(tool, &err);
	joined[0] = '\0';
	for (char **variable = made; made && *variable; variable++) {
		strcat(joined, *variable);
		strcat(joined, "\n");
	}
	is_str(joined, want, name);
	rclone_environment_free(made);
}

static void values(void)
{
	char folder[PATH_MAX], want[PATH_MAX + 32];

	is_made("", "", "an empty environment");
	is_made("A=b\nRCLONE_DRY_RUN=1\nPATH=/bin\nnothing\nHOME=\n", "PATH=/bin\nHOME=\n",
		"two of five pass");
	is_made("AWS_CA_BUNDLE=/ca.pem\nAWS_PROFILE=x\n", "RCLONE_CA_CERT=/ca.pem\nAWS_PROFILE=x\n",
		"AWS_CA_BUNDLE has another name");
	is_made("AWS_CA_BUNDLE=/ca.pem\nRCLONE_CA_CERT=/other\n", "RCLONE_CA_CERT=/other\n",
		"RCLONE_CA_CERT wins");
	is_made("AWS_CA_BUNDLE=\n", "", "an empty AWS_CA_BUNDLE");
	is_made("RCLONE_CONFIG=/etc/r.conf\n", "RCLONE_CONFIG=/etc/r.conf\n", "an absolute file");
	is_made("RCLONE_CONFIG=\n", "RCLONE_CONFIG=\n", "no file");
	if (!ok(chdir("/tmp") == 0 && getcwd(folder, sizeof(folder)), "a folder"))
		return;
	snprintf(want, sizeof(want), "RCLONE_CONFIG=%s/a/r.conf\n", folder);
	is_made("RCLONE_CONFIG=a/r.conf\n", want, "a relative file");
}

static void found(void)
{
	char *environment[] = { (char[]){ "AB=1" }, (char[]){ "A=2=3" }, (char[]){ "A=4" }, NULL };

	is_str(rclone_environment_get(environment, "A"), "2=3", "the first of a name");
	ok(!rclone_environment_get(environment, "B"), "none of a name");
}

int main(void)
{
	names();
	values();
	found();
	return tap_done();
}
