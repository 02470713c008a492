/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/dynload.h"

#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Debian's name for the package of a library, by which apt finds it: Debian Policy 8.1 joins the
 * name and the version of the soname, by a hyphen if the name ends in a digit. zlib is older, and
 * libcrypto comes with libssl.
 */
static void dynload_package(const char *soname, char *package, size_t size)
{
	const char *so = strstr(soname, ".so.");
	int len = so ? (int)(so - soname) : (int)strlen(soname);
	const char *version = so ? so + strlen(".so.") : "";
	bool hyphen = len > 0 && isdigit((unsigned char)soname[len - 1]);

	if (strcmp(soname, "libz.so.1") == 0)
		snprintf(package, size, "zlib1g");
	else if (strncmp(soname, "libcrypto.", strlen("libcrypto.")) == 0)
		snprintf(package, size, "libssl%s", version);
	else
		snprintf(package, size, "%.*s%s%s", len, soname, hyphen ? "-" : "", version);
}

/* Messages of dlerror(3) begin with the soname already. Returns NULL if err is set. */
static void *dynload_open(const char *soname, struct error *err)
{
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	char package[64];

	if (handle)
		return handle;
	dynload_package(soname, package, sizeof(package));
	error_set(err, "%s (Debian and Ubuntu: apt install %s)", dlerror(), package);
	return NULL;
}

bool dynload_load(const char *soname, const char *const names[], size_t count, void *functions,
		  struct error *err)
{
	void *handle = dynload_open(soname, err), **pointers = functions;

	if (!handle)
		return false;
	for (size_t i = 0; i < count; i++) {
		pointers[i] = dlsym(handle, names[i]);
		if (pointers[i])
			continue;
		error_set(err, "%s: there is no %s in it", soname, names[i]);
		return false;
	}
	return true;
}

/* libfoo.so.1 is a link to libfoo.so.1.2.3, as ldconfig(8) makes them. */
static bool dynload_file_version(const char *soname, char *text, size_t size, struct error *err)
{
	void *handle = dynload_open(soname, err);
	char folder[PATH_MAX], name[2 * PATH_MAX], *path = NULL;
	const char *version;

	if (!handle)
		return false;
	if (dlinfo(handle, RTLD_DI_ORIGIN, folder) == 0) {
		snprintf(name, sizeof(name), "%s/%s", folder, soname);
		path = realpath(name, NULL);
	}
	version = path ? strstr(path, ".so.") : NULL;
	snprintf(text, size, "%s", version ? version + strlen(".so.") : "of unknown version");
	free(path);
	return true;
}

bool dynload_version(const struct dynload_library *library, char *text, size_t size,
		     struct error *err)
{
	const char *(*version)(void);

	if (!library->version)
		return dynload_file_version(library->soname, text, size, err);
	if (!dynload_load(library->soname, &library->version, 1, &version, err))
		return false;
	snprintf(text, size, "%s", version());
	return true;
}
