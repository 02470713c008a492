/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operand ARCHIVE is taken for. */
#include "archive/archive_place.h"

#include <stdlib.h>

#include "lib/tap.h"

static const char *const folders[] = {
	"/srv/archive", "archive", "./a:b",   "a/b:c", "/a:b", "../:s3:",
	"a,b",		"a,b/c",   "a,b/c:d", ".",     "-",
};

static const struct {
	const char *text, *name, *path;
	bool connection, backend;
} remotes[] = {
	{ "oci:captures/site1", "oci", "captures/site1", false, false },
	{ "oci:", "oci", "", false, false },
	{ "oci:/srv/x", "oci", "/srv/x", false, false },
	{ "my box:a:b", "my box", "a:b", false, false },
	{ ":s3:bucket", "s3", "bucket", true, true },
	{ ":s3,env_auth:bucket/prefix", "s3", "bucket/prefix", true, true },
	{ "oci,provider=x:b/p", "oci", "b/p", true, false },
	{ "oci,endpoint=\"http://h:1/\":b", "oci", "b", true, false },
	{ "oci,a='x,y:\"/',b:p", "oci", "p", true, false },
	{ "oci,a=\"say \"\"x:\"\"\",b=c:p", "oci", "p", true, false },
	{ "oci,a=:p", "oci", "p", true, false },
	{ "oci,a=http://h:p", "oci", "//h:p", true, false },
	{ ":sftp,key_file=/k/f:x", "sftp", "x", true, true },
};

static const char *const wrong[] = {
	"",	":",	  "::b",	 ":/x",		 ":a/b:c",	 "-x:b", ":-x:b",
	",a:b", "oci,:b", "oci,a=\"x:b", "oci,a='x'y:b", ":s3,env_auth", ":s3",	 "oci,a b:c",
};

static void kinds(void)
{
	struct archive_place place;
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		ok(archive_place_parse(folders[i], &place, &err) && !place.remote, "a folder: %s",
		   folders[i]);
	for (size_t i = 0; i < sizeof(remotes) / sizeof(*remotes); i++) {
		ok(archive_place_parse(remotes[i].text, &place, &err) && place.remote,
		   "a remote: %s", remotes[i].text);
		is_str(place.name, remotes[i].name, "... its name");
		is_str(place.path, remotes[i].path, "... its path");
		ok(place.connection == remotes[i].connection && place.backend == remotes[i].backend,
		   "... its kind");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		err = (struct error){ 0 };
		ok(!archive_place_parse(wrong[i], &place, &err) && err.usage && err.text[0],
		   "refused: '%s'", wrong[i]);
	}
}

static void settings(void)
{
	static const struct {
		const char *name, *value;
	} want[] = { { "env_auth", "true" },
		     { "a", "x,y:" },
		     { "b", "it's" },
		     { "c", "" },
		     { "d", "12345" } };
	struct archive_place place;
	struct error err = { 0 };
	const char *at = NULL, *name;
	char value[6];
	size_t len;

	ok(archive_place_parse(":s3,env_auth,a=\"x,y:\",b='it''s',c=,d=1234567:b", &place, &err),
	   "a connection string");
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		name = archive_place_setting(&place, &at, &len, value, sizeof(value));
		ok(name && len == strlen(want[i].name) && !strncmp(name, want[i].name, len),
		   "setting %s", want[i].name);
		is_str(value, want[i].value, "... its value");
	}
	ok(!archive_place_setting(&place, &at, &len, value, sizeof(value)), "no more settings");
	archive_place_parse("oci:b", &place, &err);
	at = NULL;
	ok(!archive_place_setting(&place, &at, &len, value, sizeof(value)), "a remote has none");
}

static void long_names(void)
{
	char text[ARCHIVE_PLACE_REMOTE_SIZE + 2];
	struct archive_place place;
	struct error err = { 0 };

	memset(text, 'a', sizeof(text));
	strcpy(text + ARCHIVE_PLACE_REMOTE_SIZE - 1, ":");
	ok(archive_place_parse(text, &place, &err), "the longest name");
	strcpy(text + ARCHIVE_PLACE_REMOTE_SIZE - 1, "a:");
	ok(!archive_place_parse(text, &place, &err), "a longer one");
}

/* Texts of these bytes in any order: none is read beyond its end, which AddressSanitizer tells. */
static void any(void)
{
	static const char bytes[] = ":,='\"/a-";
	unsigned parsed = 0;

	for (unsigned seed = 0; seed < 8 * 8 * 8 * 8 * 8 * 8; seed++) {
		char text[7] = "", value[4], *copy;
		struct archive_place place;
		struct error err;
		const char *at = NULL;
		size_t len;

		for (unsigned i = 0, left = seed; i < 6; i++, left /= 8)
			text[i] = bytes[left % 8];
		copy = strdup(text);
		if (archive_place_parse(copy, &place, &err))
			while (archive_place_setting(&place, &at, &len, value, sizeof(value)))
				parsed++;
		free(copy);
	}
	ok(parsed > 0, "any text is parsed within its bounds");
}

int main(void)
{
	kinds();
	settings();
	long_names();
	any();
	return tap_done();
}
