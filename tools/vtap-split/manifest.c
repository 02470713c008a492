/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "capture/sink.h"

bool manifest_open(struct manifest *manifest, const char *name, struct error *err)
{
	*manifest = (struct manifest){ .output = { .fd = -1 } };
	if (!name || output_text(&manifest->output, name, err))
		return true;
	return error_wrap(err, "--manifest");
}

bool manifest_begin(struct manifest *manifest, struct error *err)
{
	return manifest->output.fd < 0 || output_empty(&manifest->output, err) ||
	       error_wrap(err, "--manifest");
}

static void write_content(struct json *json, const struct manifest_entry *entry)
{
	json_number(json, "packets", entry->packets);
	json_number(json, "bytes", entry->bytes);
	json_time(json, "first", entry->first_ns);
	json_time(json, "last", entry->last_ns);
}

static void write_line(FILE *to, const struct manifest_entry *entry)
{
	struct json json;

	json_init(&json, to);
	json_object(&json, NULL);
	json_string(&json, "name", entry->name, strlen(entry->name));
	json_string(&json, "key", entry->key, entry->key_len);
	json_string(&json, "label", entry->label, entry->label_len);
	if (entry->removed)
		json_string(&json, "removed", entry->removed, strlen(entry->removed));
	else
		write_content(&json, entry);
	json_object_end(&json);
	putc('\n', to);
}

/* Each line is written at once and as a whole, for programs that follow the manifest. */
bool manifest_add(struct manifest *manifest, const struct manifest_entry *entry, struct error *err)
{
	struct output *output = &manifest->output;
	char *text = NULL;
	size_t len;
	FILE *line;
	bool done;

	if (output->fd < 0)
		return true;
	line = open_memstream(&text, &len);
	if (line)
		write_line(line, entry);
	if (!line || fclose(line) != 0)
		done = error_errno(err, "a line");
	else
		done = output_write(output, text, len, err) && output_flush(output, err);
	free(text);
	if (done || !sink_gone(err))
		return done || error_wrap(err, "--manifest");
	output_close(output, false, &(struct error){ 0 });
	return true;
}

bool manifest_close(struct manifest *manifest, struct error *err)
{
	if (manifest->output.fd < 0 || output_close(&manifest->output, true, err))
		return true;
	return error_wrap(err, "--manifest");
}
