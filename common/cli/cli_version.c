/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "capture/compression.h"
#include "capture/wiretap_reader.h"
#include "cli/cli_internal.h"
#include "host/libpcap.h"

/* libpcap says its name itself. */
static const char *cli_version_only(const char *text)
{
	static const char name[] = "libpcap version ";

	return strncmp(text, name, strlen(name)) == 0 ? text + strlen(name) : text;
}

void cli_version_print(FILE *to, const char *tool)
{
	static const struct dynload_library *const libraries[] = {
		&libpcap_library, &wiretap_library, &compression_gzip_library,
		&compression_zstd_library, &compression_lz4_library
	};

	fprintf(to, "%s %s\n\nLibraries that are loaded when they are needed:\n", tool,
		VTAP_VERSION);
	for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++) {
		const struct dynload_library *library = libraries[i];
		struct error err = { 0 };
		char text[128];

		if (dynload_version(library, text, sizeof(text), &err))
			fprintf(to, "  %-8s %s\n", library->name, cli_version_only(text));
		else
			fprintf(to, "  %-8s missing: %s\n", library->name, err.text);
	}
}
