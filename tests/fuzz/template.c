/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of vtap-split. A template that a person wrote is read; one that is known gets keys of any
 * bytes, and the names stay in their directory. Input: text, of the template and behind the first
 * newline of the parts of a key, each ended by a newline.
 */
#include "tools/vtap-split/template.h"

#include "names.h"

static struct key_text text;
static struct name_template tmpl;

/* Parts have no NUL: they are strings. */
static void take_parts(const char *from)
{
	for (unsigned i = 0; i < text.count; i++) {
		size_t len = strcspn(from, "\n");
		size_t most = len < KEY_PART_SIZE ? len : KEY_PART_SIZE - 1;

		memcpy(text.part[i], from, most);
		text.part[i][most] = '\0';
		from += len + (from[len] != '\0');
	}
}

static void expand(bool hostile)
{
	struct template_values values = { .key = &text,
					  .n = 7,
					  .start_ns = -1,
					  .end_ns = INT64_MAX,
					  .ended = true,
					  .serial = 9 };
	char name[TEMPLATE_NAME_SIZE], *start = name;

	template_expand(&tmpl, &values, name);
	FUZZ_CHECK(strlen(name) + sizeof(".pcapng.tmp") <= sizeof(name));
	if (!hostile)
		return;
	FUZZ_CHECK(strncmp(name, "out/", 4) == 0);
	FUZZ_CHECK(strcmp(name + strlen(name) - 4, ".tmp") != 0);
	for (start += 4; strchr(start, '/'); start = strchr(start, '/') + 1)
		names_check(start, (size_t)(strchr(start, '/') - start));
	names_check(start, strlen(start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const known[] = { "out/{key}.pcap", "out/{source}/{flow}",
					     "out/{flow}_{source}",
					     "out/{source}-{n}-{flow}{end}" };
	static char label[KEY_PARTS * KEY_PART_SIZE];
	char *input = (char *)fuzz_copy(span_of(data, size), true);
	size_t len = strcspn(input, "\n");
	struct key_spec spec;
	struct error err = { 0 };

	FUZZ_CHECK(key_parse(&spec, "source,flow", &err));
	text.count = spec.count;
	take_parts(input + len + (input[len] != '\0'));
	FUZZ_CHECK(key_text_label(&text, label) < sizeof(label));
	input[len] = '\0';
	if (template_parse(&tmpl, input, &spec, size & 1, &err))
		expand(false);
	else
		FUZZ_CHECK(err.usage);
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		FUZZ_CHECK(template_parse(&tmpl, known[i], &spec, size & 1, &err));
		expand(true);
	}
	free(input);
	return 0;
}
