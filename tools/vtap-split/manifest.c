/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest.h"

#include <string.h>

#include "json.h"

bool manifest_open(struct manifest *manifest, const char *name, struct error *err)
{
	*manifest = (struct manifest){ .name = name };
	if (!name)
		return true;
	manifest->to = strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
	return manifest->to || error_errno(err, "--manifest: %s", name);
}

bool manifest_add(struct manifest *manifest, const struct manifest_entry *entry, struct error *err)
{
	struct json json;

	if (!manifest->to)
		return true;
	json_init(&json, manifest->to);
	json_object(&json, NULL);
	json_string(&json, "name", entry->name, strlen(entry->name));
	json_string(&json, "key", entry->key, entry->key_len);
	json_number(&json, "packets", entry->packets);
	json_number(&json, "bytes", entry->bytes);
	json_time(&json, "first", entry->first_ns);
	json_time(&json, "last", entry->last_ns);
	json_object_end(&json);
	putc('\n', manifest->to);
	/* Whoever follows the manifest sees whole lines, at once. */
	return fflush(manifest->to) == 0 || error_errno(err, "--manifest: %s", manifest->name);
}

bool manifest_close(struct manifest *manifest, struct error *err)
{
	FILE *to = manifest->to;

	manifest->to = NULL;
	if (!to || to == stdout || fclose(to) == 0)
		return true;
	return error_errno(err, "--manifest: %s", manifest->name);
}
