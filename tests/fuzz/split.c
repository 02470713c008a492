/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of vtap-split, the names made of them, and the cache's keys against those made anew. Input:
 * sequence, as fuzz_next() has it, the first record an interface's name.
 */
#include "names.h"
#include "stage.h"
#include "key/key_cache.h"
#include "tools/vtap-split/template.h"

static struct fuzz_stage fuzz;
static struct peel peel, cached_peel;
static struct key keys[KEY_CHOICES], cached_keys[KEY_CHOICES];
static struct encap_table table;
static struct key_cache cache;
static struct key_text text;

/* What the cache learned: its values stand for keys of the stage. */
enum { LEARNED = 64 };
static struct learned {
	size_t len;
	uint8_t bytes[KEY_SIZE];
} learned[LEARNED];
static unsigned learned_count;

/* --by, of all kinds whose bit is set. */
static void choose(struct key_spec *spec, uint32_t bits)
{
	static const char *const kinds[KEY_KINDS] = {
		"source", "outer-src", "id",   "interface", "mac-src", "mac",	   "ip-src",
		"ip-dst", "host",      "pair", "flow",	    "vlan",    "linktype", "encap"
	};
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
	FUZZ_CHECK(key_text_label(&text, label) < sizeof(label));
}

static bool is_key(const struct learned *known, const struct key *key)
{
	FUZZ_CHECK(known >= learned && known < learned + learned_count);
	return known->len == key->len && memcmp(known->bytes, key->bytes, key->len) == 0;
}

/* The key that the cache has for the packet is the only one that it has. */
static void check_cache(const struct packet *packet, unsigned count)
{
	const struct learned *known = (const void *)key_cache_get(&cache, packet);

	FUZZ_CHECK(!known || (count == 1 && is_key(known, &keys[0])));
}

/* The keys are the same where the cache took the tunnels off; it learns from each packet. */
static void check_peel(const struct key_spec *spec, const struct packet *packet, unsigned count)
{
	if (!spec->deep)
		return;
	key_cache_peel(&cache, packet, &cached_peel);
	FUZZ_CHECK(key_make(spec, packet, &cached_peel, key_cache_taken(&cache, packet),
			    cached_keys) == count);
	for (unsigned i = 0; i < count; i++)
		FUZZ_CHECK(keys[i].len == cached_keys[i].len &&
			   keys[i].none == cached_keys[i].none &&
			   memcmp(keys[i].bytes, cached_keys[i].bytes, keys[i].len) == 0);
}

/* What the cache finds by the bytes of a key has these bytes. */
static void check_find(const struct key *key)
{
	const struct learned *known = (const void *)key_cache_find(&cache, key);

	FUZZ_CHECK(!known || is_key(known, key));
}

static struct learned *new_learned(const struct key *key)
{
	struct learned *new = &learned[learned_count];

	if (learned_count == LEARNED)
		return NULL;
	learned_count++;
	new->len = key->len;
	memcpy(new->bytes, key->bytes, key->len);
	return new;
}

/* As split_put() does, but twice: a tunnel that is seen once only is not kept. */
static void learn(const struct packet *packet)
{
	struct learned *new = new_learned(&keys[0]);

	if (!new)
		return;
	key_cache_put(&cache, packet, &peel, (void *)new);
	key_cache_put(&cache, packet, &peel, (void *)new);
	key_cache_remember(&cache, &keys[0], (void *)new);
	check_find(&keys[0]);
}

static void put(const struct key_spec *spec, const struct name_template *tmpl,
		const struct fuzz_packet *record)
{
	struct packet packet = fuzz_stage_packet(&fuzz, record);
	unsigned count;

	peel_packet(&peel, &table, packet.linktype, packet.data, packet.caplen, packet.len);
	count = key_make(spec, &packet, &peel, key_cache_taken(&cache, &packet), keys);
	FUZZ_CHECK(count >= 1 && count <= KEY_CHOICES);
	check_cache(&packet, count);
	check_peel(spec, &packet, count);
	check_peel(spec, &packet, count);
	for (unsigned i = 0; i < count; i++)
		check_find(&keys[i]);
	if (count == 1) {
		learn(&packet);
		check_cache(&packet, count);
	}
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
	struct fuzz_packet record = { 0 };
	struct key_spec spec;
	struct error err = { 0 };

	choose(&spec, bits);
	encap_select_all(&select);
	encap_table_init(&table, &select);
	key_cache_init(&cache, &spec, &table);
	learned_count = 0;
	FUZZ_CHECK(template_parse(&tmpl, "{key}.pcap", &spec, bits >> 31, &err));
	fuzz_stage_begin(&fuzz);
	if (bits & 0x40000000 && fuzz_record(&input, &record)) {
		span_copy(span_of(record.data, record.caplen), 0, fuzz.name,
			  record.caplen < sizeof(fuzz.name) ? record.caplen
							    : sizeof(fuzz.name) - 1);
	}
	while (fuzz_next(&input, &record))
		put(&spec, &tmpl, &record);
	key_cache_free(&cache);
	return 0;
}
