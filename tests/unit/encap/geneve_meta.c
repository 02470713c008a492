/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The meta option: written, found among GENEVE's options, read, damaged. */
#include "encap/geneve_meta.h"

#include "encap/encap.h"
#include "lib/build.h"
#include "lib/tap.h"

static struct meta sample(const char *name)
{
	struct meta meta = { .len = 1514,
			     .has_time = true,
			     .time_ns = INT64_C(0x1122334455667788),
			     .instance = 0xdeadbeef,
			     .sequence = 0x01020304,
			     .direction = 2 };

	meta_set_name(&meta, span_of(name, strlen(name)));
	return meta;
}

static bool same(const struct meta *a, const struct meta *b)
{
	return a->len == b->len && a->has_time == b->has_time && a->time_ns == b->time_ns &&
	       a->instance == b->instance && a->sequence == b->sequence &&
	       a->direction == b->direction && strcmp(a->name, b->name) == 0;
}

static enum meta_verdict parse_exact(const uint8_t *bytes, size_t len, struct meta *meta)
{
	uint8_t *exact = build_exact(bytes, len);
	enum meta_verdict verdict = meta_parse(span_of(exact, len), meta);

	free(exact);
	return verdict;
}

static void test_bytes(void)
{
	struct meta meta = sample("web-1");
	uint8_t room[META_LEN_MAX], want[META_LEN_MAX];
	size_t want_len = build_hex_at(want, sizeof want,
				       "ff560108 01060000 000005ea 1122334455667788"
				       "deadbeef 01020304 7765622d 31000000");

	ok(meta_build(&meta, (struct patch){ room, sizeof room }) == want_len &&
		   memcmp(room, want, want_len) == 0,
	   "the bytes");
	meta = (struct meta){ .len = 60, .direction = 1, .time_ns = 5 };
	want_len = build_hex_at(want, sizeof want,
				"ff560106 01010000 0000003c 0000000000000000 00000000 00000000");
	ok(meta_build(&meta, (struct patch){ room, sizeof room }) == want_len &&
		   memcmp(room, want, want_len) == 0,
	   "without time and name");
}

static void test_round_trips(void)
{
	static const int64_t times[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
	struct meta meta, got;
	uint8_t room[META_LEN_MAX];
	char name[META_NAME_MAX + 1] = "";
	bool good = true;
	size_t len;

	for (unsigned i = 0; i <= META_NAME_MAX; i++) {
		meta = sample(name);
		meta.time_ns = times[i % 5];
		meta.direction = i % 3;
		len = meta_build(&meta, (struct patch){ room, sizeof room });
		good = good && len % 4 == 0 && len <= META_LEN_MAX && strlen(meta.name) == i &&
		       parse_exact(room, len, &got) == META_OK && same(&meta, &got);
		if (i < META_NAME_MAX)
			name[i] = (char)('a' + i % 26);
	}
	ok(good, "names of every length");
	is_u64(len, META_LEN_MAX, "the longest option");
}

static void test_prefixes(void)
{
	struct meta meta = sample("a tap with a name"), got;
	uint8_t room[META_LEN_MAX];
	size_t len = meta_build(&meta, (struct patch){ room, sizeof room });
	bool good = true;

	for (size_t cut = 0; cut < len; cut++)
		good = good && parse_exact(room, cut, &got) == META_MALFORMED;
	ok(good, "every prefix is malformed");
	/* The option's own length, instead. */
	for (unsigned words = 0; words < 32; words++) {
		uint8_t longer[4 + 31 * 4] = { 0 };

		memcpy(longer, room, len);
		longer[3] = (uint8_t)words;
		good = good && (parse_exact(longer, sizeof longer, &got) == META_OK) ==
				       (words >= 6 && words <= 6 + META_NAME_MAX / 4);
	}
	ok(good, "every length");
}

static void test_odd(void)
{
	struct meta meta = sample("x"), got;
	uint8_t room[META_LEN_MAX];
	size_t len = meta_build(&meta, (struct patch){ room, sizeof room });

	room[5] = 0xfb;
	room[6] = room[7] = 0xff;
	ok(parse_exact(room, len, &got) == META_OK && got.direction == 0 && !got.has_time &&
		   got.time_ns == 0,
	   "unknown flags are ignored, direction 3 is none, no time without its flag");
	room[4] = 2;
	ok(parse_exact(room, len, &got) == META_UNKNOWN_VERSION, "another version");
	ok(parse_exact(room, 5, &got) == META_MALFORMED, "another version, cut");
	room[3] = 1;
	ok(parse_exact(room, 8, &got) == META_UNKNOWN_VERSION, "another version, shorter");
	room[4] = 1;
	room[2] = 0x81;
	room[3] = (uint8_t)(len / 4 - 1);
	ok(parse_exact(room, len, &got) == META_MALFORMED, "another type");
}

static const struct {
	const char *what, *sent, *want;
} names[] = {
	{ "ASCII", "tap-7.example", "tap-7.example" },
	{ "two, three and four bytes", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
	  "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80" },
	{ "control characters", "a\x1b[31m\x7f\n", "a?[31m??" },
	{ "control characters above 0x80",
	  "\xC2\x9B"
	  "a",
	  "??a" },
	{ "a trail alone", "\x80z", "?z" },
	{ "a trail missing", "\xE2\x82z", "??z" },
	{ "overlong forms", "\xC0\x80\xE0\x9F\xBF\xF0\x8F\xBF\xBF", "?????????" },
	{ "a surrogate", "\xED\xA0\x80", "???" },
	{ "past U+10FFFF", "\xF4\x90\x80\x80\xF5\x80\x80\x80", "????????" },
	{ "the ends of the ranges",
	  "\xC2\xA0\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
	  "\xC2\xA0\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF" },
};

static void test_names(void)
{
	struct meta meta;
	char text[META_NAME_MAX + 8];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i].sent);
		uint8_t *exact = build_exact((const uint8_t *)names[i].sent, len);

		meta_set_name(&meta, span_of(exact, len));
		is_str(meta.name, names[i].want, names[i].what);
		free(exact);
	}
	memset(text, 'a', sizeof text);
	meta_set_name(&meta, span_of(text, sizeof text));
	is_u64(strlen(meta.name), META_NAME_MAX, "cut to the most");
	memcpy(text + META_NAME_MAX - 1, "\xC3\xA9", 2);
	meta_set_name(&meta, span_of(text, sizeof text));
	is_u64(strlen(meta.name), META_NAME_MAX - 1, "between characters");
}

/* Options in hexadecimal: where is the meta option? */
static const struct {
	const char *what, *hex;
	unsigned meta, anomalies;
} places[] = {
	{ "none", "", 0, 0 },
	{ "another class", "ff570100", 0, 0 },
	{ "another type", "ff560200", 0, 0 },
	{ "first", "ff560101 01000000", 8, 0 },
	{ "behind another", "01020301 01000000 ff560100", 16, 0 },
	{ "the first of two", "01020300 ff560100 ff560100", 12, 0 },
	{ "inside another", "01020301 ff560100", 0, 0 },
	{ "past the options", "ff560102 01000000", 0, ENCAP_DAMAGED_OPTION },
	{ "with reserved bits", "ff5601e0", 8, ENCAP_RESERVED_BITS },
};

static void test_places(void)
{
	const struct encap *geneve = encap_find("geneve");

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct tunnel tunnel = { .encap = geneve };
		uint8_t bytes[64] = { 0, 0, 0x65, 0x58 };
		size_t len = build_hex_at(bytes + 8, sizeof bytes - 8, places[i].hex);

		bytes[0] = (uint8_t)(len / 4);
		ok(geneve->parse(span_of(bytes, sizeof bytes), 6081, &tunnel) == ENCAP_OK &&
			   tunnel.meta == places[i].meta && tunnel.header_len == 8 + len &&
			   tunnel.anomalies == places[i].anomalies,
		   "meta option: %s", places[i].what);
	}
}

static void test_geneve(void)
{
	struct meta meta = sample("node-12"), got;
	struct tunnel_build what = { .linktype = LINK_ETHERNET, .id = 77, .meta = &meta };
	const struct encap *geneve = encap_find("geneve");
	struct tunnel tunnel = { .encap = geneve };
	uint8_t room[ENCAP_HEADER_MAX];
	size_t len = geneve->build(&what, (struct patch){ room, sizeof room });
	struct span header = span_of(room, len);

	is_u64(len, 8 + 28 + 8, "geneve with the option");
	ok(geneve->parse(header, 6081, &tunnel) == ENCAP_OK && tunnel.id == 77 &&
		   tunnel.header_len == len && tunnel.anomalies == 0,
	   "is read");
	ok(tunnel.meta == 8 && meta_parse(span_from(header, tunnel.meta), &got) == META_OK &&
		   same(&meta, &got),
	   "and the option, too");
}

int main(void)
{
	test_bytes();
	test_round_trips();
	test_prefixes();
	test_odd();
	test_names();
	test_places();
	test_geneve();
	return tap_done();
}
