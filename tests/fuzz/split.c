/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of vtap-split and the names made of them. Input: sequence, the first record an interface's
 * name. */
#include "names.h"
#include "stage.h"
#include "tools/vtap-split/template.h"

static struct fuzz_stage fuzz;
static struct peel peel;
static struct key keys[KEY_CHOICES];
static struct glance_table table;

/* Of packets that a glance was enough for. */
enum { GLANCES = 16 };
static struct {
	struct key_id id;
	size_t len;
	uint8_t bytes[KEY_SIZE];
} glances[GLANCES];
static unsigned glance_count;
static struct key_text text;

/* --by, of all kinds whose bit is set. */
static void choose(struct key_spec *spec, uint32_t bits)
{
	static const char *const kinds[KEY_KINDS] = { "source",	 "outer-src", "id",	"interface",
						      "mac-src", "mac",	      "ip-src", "ip-dst",
						      "host",	 "pair",      "flow",	"vlan",
						      "linktype" };
	char list[256] = "";
	struct error err = { 0 };

	for (unsigned i = 0; i < KEY_KINDS; i++)
		if (bits >> i & 1) {
			strcat(list, *list ? "," : "");
			strcat(list, kinds[i]);
		}
	FUZZ_CHECK(key_parse(spec, *list ? list : "source", &err));
}

static void check_name(const struct name_template *tmpl)
{
	static char label[KEY_PARTS * KEY_PART_SIZE];
	struct template_values values = { .key = &text, .n = 1 };
	char name[TEMPLATE_NAME_SIZE];

	template_expand(tmpl, &values, name);
	names_check(name, strlen(name));
	FUZZ_CHECK(template_label(&text, label) < sizeof(label));
}

/* Packets of one id have one key, and it is the same. */
static void check_glance(const struct key_spec *spec, const struct packet *packet, unsigned count)
{
	struct key_id id;

	if (!key_glance(spec, &table, packet, &id))
		return;
	FUZZ_CHECK(count == 1);
	for (unsigned i = 0; i < glance_count; i++)
		FUZZ_CHECK(!key_id_equal(&glances[i].id, &id) ||
			   (glances[i].len == keys[0].len &&
			    memcmp(glances[i].bytes, keys[0].bytes, keys[0].len) == 0));
	if (glance_count == GLANCES)
		return;
	glances[glance_count].id = id;
	glances[glance_count].len = keys[0].len;
	memcpy(glances[glance_count++].bytes, keys[0].bytes, keys[0].len);
}

static void put(const struct key_spec *spec, const struct name_template *tmpl,
		const struct encap_select *select, const struct fuzz_packet *record)
{
	struct packet packet = fuzz_stage_packet(&fuzz, record);
	unsigned count;

	peel_walk(&peel, select, packet.linktype, packet.data, packet.caplen, packet.len);
	count = key_make(spec, &packet, &peel, keys);
	FUZZ_CHECK(count >= 1 && count <= KEY_CHOICES);
	check_glance(spec, &packet, count);
	for (unsigned i = 0; i < count; i++) {
		FUZZ_CHECK(keys[i].len <= KEY_SIZE);
		key_write(spec, &keys[i], &text);
		FUZZ_CHECK(text.count == spec->count);
		check_name(tmpl);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	uint32_t bits = fuzz_number(&input, 4);
	struct encap_select select;
	struct name_template tmpl;
	struct fuzz_packet record;
	struct key_spec spec;
	struct error err = { 0 };

	choose(&spec, bits);
	encap_select_all(&select);
	glance_prepare(&table, &select);
	glance_count = 0;
	FUZZ_CHECK(template_parse(&tmpl, "{key}.pcap", &spec, bits >> 31, &err));
	fuzz_stage_begin(&fuzz);
	if (bits & 0x40000000 && fuzz_record(&input, &record)) {
		span_copy(span_of(record.data, record.caplen), 0, fuzz.name,
			  record.caplen < sizeof(fuzz.name) ? record.caplen
							    : sizeof(fuzz.name) - 1);
		free(record.copy);
	}
	while (fuzz_record(&input, &record)) {
		put(&spec, &tmpl, &select, &record);
		free(record.copy);
	}
	return 0;
}
