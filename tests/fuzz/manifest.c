/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest is lines of JSON in UTF-8, whatever the keys and names are. Input: bytes: times and
 * counts (8), a name up to a NUL, a key. */
#include "tools/vtap-split/manifest.h"

#include "base/utf8.h"
#include "memory.h"

/* A string from its opening quotation mark on; returns what stands behind the closing one. */
static const char *skip_string(const char *at)
{
	FUZZ_CHECK(*at++ == '"');
	while (*at != '"') {
		size_t len = utf8_len((const uint8_t *)at, strlen(at) + 1);

		FUZZ_CHECK(len > 0 && (uint8_t)*at >= ' ');
		if (*at == '\\') {
			FUZZ_CHECK(strchr("\"\\/bfnrtu", at[1]) && at[1] != '\0');
			at++;
		}
		at += len;
	}
	return at + 1;
}

static void check_line(const char *line)
{
	static const char *const names[] = { "\"name\": ",    "\"key\": ",   "\"label\": ",
					     "\"packets\": ", "\"bytes\": ", "\"first\": ",
					     "\"last\": " };

	FUZZ_CHECK(*line == '{');
	for (unsigned i = 0; i < 7; i++) {
		FUZZ_CHECK(strncmp(line, i == 0 ? "{" : ", ", 1 + (i > 0)) == 0);
		line += 1 + (i > 0);
		FUZZ_CHECK(strncmp(line, names[i], strlen(names[i])) == 0);
		line += strlen(names[i]);
		if (i == 3 || i == 4)
			line += strspn(line, "0123456789");
		else
			line = skip_string(line);
	}
	FUZZ_CHECK(strcmp(line, "}\n") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct manifest_entry entry = { .packets = fuzz_number(&input, 4) };
	static struct memory_pipe memory = { .end = { -1, -1 } };
	struct manifest manifest;
	struct error err = { 0 };
	const uint8_t *line;
	size_t len;
	char *name;

	entry.first_ns = (int64_t)((uint64_t)fuzz_number(&input, 4) << 32);
	entry.last_ns = entry.first_ns == 0 ? INT64_MIN : INT64_MAX;
	entry.bytes = entry.packets * UINT64_C(0x100000001);
	name = (char *)fuzz_copy(input, true);
	entry.name = name;
	input = span_from(input, strlen(name) + 1);
	entry.key = (const char *)input.data;
	entry.key_len = input.len;
	entry.label = entry.key;
	entry.label_len = entry.key_len;
	if (memory.end[0] < 0)
		memory_pipe_open(&memory);
	FUZZ_CHECK(manifest_open(&manifest, memory.name, &err));
	FUZZ_CHECK(manifest_add(&manifest, &entry, &err) && manifest_close(&manifest, &err));
	line = memory_pipe_take(&memory, &len);
	FUZZ_CHECK(strlen((const char *)line) == len);
	check_line((const char *)line);
	free(name);
	return 0;
}
