/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/rclone_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RCLONE "RCLONE_"

/* How options of backends begin, in rclone 1.53 to 1.75; `local` is missing, as its options change
 * what is read from the spool. */
static const char *const backends[] = {
	"ACD_",	       "ALIAS_",      "ARCHIVE_",      "AZUREBLOB_",   "AZUREFILES_",
	"B2_",	       "BOX_",	      "CHUNKER_",      "CLOUDINARY_",  "COMBINE_",
	"COMPRESS_",   "CRYPT_",      "DOI_",	       "DRIVE_",       "DROPBOX_",
	"FICHIER_",    "FILEFABRIC_", "FILELU_",       "FILESCOM_",    "FTP_",
	"GCS_",	       "GOFILE_",     "GPHOTOS_",      "HASHER_",      "HDFS_",
	"HIDRIVE_",    "HTTP_",	      "ICLOUDDRIVE_",  "IMAGEKIT_",    "INTERNETARCHIVE_",
	"JOTTACLOUD_", "KOOFR_",      "LINKBOX_",      "MAILRU_",      "MEGA_",
	"NETSTORAGE_", "ONEDRIVE_",   "OOS_",	       "OPENDRIVE_",   "PCLOUD_",
	"PIKPAK_",     "PIXELDRAIN_", "PREMIUMIZEME_", "PROTONDRIVE_", "PUTIO_",
	"QINGSTOR_",   "QUATRIX_",    "S3_",	       "SEAFILE_",     "SFTP_",
	"SHAREFILE_",  "SIA_",	      "SMB_",	       "STORJ_",       "SUGARSYNC_",
	"SWIFT_",      "TARDIGRADE_", "ULOZTO_",       "UNION_",       "UPTOBOX_",
	"WEBDAV_",     "YANDEX_",     "ZOHO_",
};

/* Options of backends that show something else than what the store holds now, or leave out what a
 * comparison needs. */
static const char *const weakening[] = {
	"_DISABLE_CHECKSUM", "_DISABLE_HASHCHECK", "_NO_HEAD",	"_NO_HEAD_OBJECT",
	"_UPLOAD_CUTOFF",    "_VERSION_AT",	   "_VERSIONS",
};

/* How bytes reach the store: rate, patience, addresses, certificates. */
static const char *const transport[] = {
	"BIND",
	"BWLIMIT",
	"BWLIMIT_FILE",
	"CA_CERT",
	"CLIENT_CERT",
	"CLIENT_KEY",
	"CLIENT_PASS",
	"CONTIMEOUT",
	"DISABLE_HTTP2",
	"DISABLE_HTTP_KEEP_ALIVES",
	"DSCP",
	"EXPECT_CONTINUE_TIMEOUT",
	"HTTP_PROXY",
	"LOW_LEVEL_RETRIES",
	"NO_CHECK_CERTIFICATE",
	"TIMEOUT",
	"TPSLIMIT",
	"TPSLIMIT_BURST",
	"USER_AGENT",
	"USE_COOKIES",
};

/* What other programs read, too. */
static const char *const others[] = {
	"ALL_PROXY", "HOME",	  "HTTPS_PROXY", "HTTP_PROXY",	"NO_PROXY",
	"PATH",	     "all_proxy", "http_proxy",	 "https_proxy", "no_proxy",
};

static bool rclone_environment_is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(name, word, len) == 0;
}

static bool rclone_environment_begins(const char *name, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(name, word, strlen(word)) == 0;
}

static bool rclone_environment_ends(const char *name, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(name + len - strlen(word), word, strlen(word)) == 0;
}

static bool rclone_environment_is_any(const char *name, size_t len, const char *const *words,
				      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rclone_environment_is(name, len, words[i]))
			return true;
	return false;
}

static bool rclone_environment_is_backend(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(weakening) / sizeof(*weakening); i++)
		if (rclone_environment_ends(name, len, weakening[i]))
			return false;
	for (size_t i = 0; i < sizeof(backends) / sizeof(*backends); i++)
		if (rclone_environment_begins(name, len, backends[i]))
			return true;
	return false;
}

bool rclone_environment_passes(const char *name, size_t name_len)
{
	const size_t prefix = strlen(RCLONE);

	if (!rclone_environment_begins(name, name_len, RCLONE))
		return rclone_environment_begins(name, name_len, "AWS_") ||
		       rclone_environment_is_any(name, name_len, others,
						 sizeof(others) / sizeof(*others));
	name += prefix;
	name_len -= prefix;
	return rclone_environment_is(name, name_len, "CONFIG") ||
	       rclone_environment_begins(name, name_len, "CONFIG_") ||
	       rclone_environment_is_any(name, name_len, transport,
					 sizeof(transport) / sizeof(*transport)) ||
	       rclone_environment_is_backend(name, name_len);
}

const char *rclone_environment_get(char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

/* Returns `NAME=VALUE`, allocated, with the value as an absolute path; NULL and sets err if there
 * is no memory. An empty value stays: for RCLONE_CONFIG it means that there is no file. */
static char *rclone_environment_absolute(const char *name, const char *value, struct error *err)
{
	char *folder = NULL, *text;
	int len;

	if (*value && *value != '/' && !(folder = getcwd(NULL, 0))) {
		error_errno(err, "%s", name);
		return NULL;
	}
	len = asprintf(&text, "%s=%s%s%s", name, folder ? folder : "", folder ? "/" : "", value);
	if (len < 0)
		error_errno(err, "%s", name);
	free(folder);
	return len < 0 ? NULL : text;
}

/* Returns NULL and sets err->text if there is no memory, and NULL alone if the variable is left
 * out. */
static char *rclone_environment_copy(char *const *tool, const char *variable, struct error *err)
{
	static const char *const paths[] = { "RCLONE_CONFIG", "RCLONE_CA_CERT" };
	size_t len = strcspn(variable, "=");
	const char *value = variable + len + (variable[len] == '=');
	char *copy;

	if (!variable[len] || !rclone_environment_passes(variable, len))
		return NULL;
	if (rclone_environment_is(variable, len, "AWS_CA_BUNDLE"))
		return rclone_environment_get(tool, "RCLONE_CA_CERT") || !*value
			       ? NULL
			       : rclone_environment_absolute("RCLONE_CA_CERT", value, err);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (rclone_environment_is(variable, len, paths[i]))
			return rclone_environment_absolute(paths[i], value, err);
	copy = strdup(variable);
	if (!copy)
		error_errno(err, "environment of rclone");
	return copy;
}

char **rclone_environment_make(char *const *tool, struct error *err)
{
	struct error none = { 0 };
	size_t count = 0, kept = 0;
	char **environment;

	while (tool[count])
		count++;
	environment = calloc(count + 1, sizeof(*environment));
	if (!environment) {
		error_errno(err, "environment of rclone");
		return NULL;
	}
	for (size_t i = 0; i < count && !none.text[0]; i++) {
		environment[kept] = rclone_environment_copy(tool, tool[i], &none);
		kept += environment[kept] != NULL;
	}
	if (!none.text[0])
		return environment;
	*err = none;
	rclone_environment_free(environment);
	return NULL;
}

void rclone_environment_free(char **environment)
{
	for (char **variable = environment; environment && *variable; variable++)
		free(*variable);
	free(environment);
}
