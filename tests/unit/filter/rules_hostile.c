/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule files that nobody would write, packets cut at every byte, and the rule files of tests/data.
 */
#include "filter/rules.h"

#include <time.h>
#include <unistd.h>

#include "lib/build.h"
#include "lib/tap.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86DD, TCP = 6, UDP = 17 };

/* In memory of just that size, so that ASan sees a byte too many. */
static struct rules *parse_exact(const char *text, size_t len, struct error *err)
{
	uint8_t *exact = build_exact((const uint8_t *)text, len);
	struct rules *rules;

	memset(err, 0, sizeof(*err));
	rules = rules_parse("f", span_of(exact, len), NULL, err);
	free(exact);
	return rules;
}

static enum rules_verdict verdict(const struct rules *rules, struct span packet,
				  enum direction direction)
{
	struct headers headers;

	headers_parse(&headers, LINK_ETHERNET, packet, 0);
	return rules_match(rules, &headers, packet, direction);
}

static void zero_bytes(void)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} rows[] = {
		{ "\0", 1, "f:1:1: expected include or exclude, not '?'" },
		{ "include\0", 8, "f:1:1: expected include or exclude, not 'include?'" },
		{ "include tcp\0", 12, "f:1:9: expected a clause or a protocol, not 'tcp?'" },
		{ "include to 10.0.0.1\0001", 21,
		  "f:1:12: expected a network, an address or any, not '10.0.0.1?1'" },
		{ "include dport 5\0003", 17,
		  "f:1:15: expected a port or A-B up to 65535 (names need /etc/services), not "
		  "'5?3'" },
		{ "\xff\xfei\0n\0", 6, "f:1:1: expected include or exclude, not '??i?n?'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error err;

		rules_free(parse_exact(rows[i].text, rows[i].len, &err));
		is_str(err.text, rows[i].says, "a NUL byte");
	}
}

/* Every prefix of a file is rules or an error with a place, and no byte behind it is read. */
static void file_prefixes(void)
{
	static const char text[] = "include in tcp from 10.0.0.0/8 to 2001:db8::/32 # c\r\n"
				   "exclude icmp6 type 128 code 0 vlan 5-6 out to ::1\r\n"
				   "include sport 1-2 dport 3 from any";
	unsigned wrong = 0;

	for (size_t at = 0; at <= strlen(text); at++) {
		for (size_t len = 0; len <= strlen(text) - at; len++) {
			struct error err;
			struct rules *rules = parse_exact(text + at, len, &err);

			wrong += !rules && (!err.usage || strncmp(err.text, "f:", 2) != 0);
			rules_free(rules);
		}
	}
	is_u64(wrong, 0, "every part of a rule file");
}

static void random_files(void)
{
	static const char letters[] =
		"include exclude from to 10.0.0.0/8 dport 1-2 # \r\n\n\0\xff:";
	uint64_t seed = 7;
	unsigned parsed = 0;

	for (unsigned i = 0; i < 20000; i++) {
		char text[64];
		struct error err;
		struct rules *rules;

		for (size_t k = 0; k < sizeof(text); k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
			text[k] = letters[(seed >> 33) % sizeof(letters)];
		}
		rules = parse_exact(text, (seed >> 40) % sizeof(text), &err);
		parsed += rules != NULL;
		rules_free(rules);
	}
	ok(parsed > 0, "random files: %u of 20000 are rules", parsed);
}

/* Around the longest address that inet_pton() may see. */
static void address_lengths(void)
{
	char text[128] = "include to ";
	size_t start = strlen(text);
	unsigned wrong = 0;

	for (size_t len = 1; len < 100; len++) {
		struct error err;
		struct rules *rules;

		text[start + len - 1] = '1';
		rules = parse_exact(text, start + len, &err);
		wrong += rules || !strstr(err.text, "f:1:12: expected a network");
		rules_free(rules);
	}
	is_u64(wrong, 0, "addresses of all lengths");
}

static void long_lines(void)
{
	static const char *const starts[] = { "", "include ", "include to ", "include dport ",
					      "include # " };
	enum { LEN = 8 << 20 };
	char *text = malloc(LEN);
	unsigned wrong = 0;
	struct error err;
	struct rules *rules;

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		memset(text, i % 2 ? '9' : 'x', LEN);
		memcpy(text, starts[i], strlen(starts[i]));
		rules = parse_exact(text, LEN, &err);
		wrong += (rules != NULL) != (i == 4);
		wrong += !rules && (!err.usage || strlen(err.text) > 120);
		rules_free(rules);
	}
	is_u64(wrong, 0, "words of 8 MiB: short errors; a comment of 8 MiB is fine");
	memset(text, ' ', LEN);
	memcpy(text, "include", 7);
	memcpy(text + LEN - 3, "tpc", 3);
	parse_exact(text, LEN, &err);
	is_str(err.text, "f:1:8388606: expected a clause or a protocol, not 'tpc'",
	       "the place behind 8 MiB of blanks");
	free(text);
}

/* A text of count lines; the last one is another. */
static char *lines(const char *line, size_t count, const char *last, size_t *len)
{
	size_t each = strlen(line);
	char *text = malloc(each * count + strlen(last) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * each, line, each);
	memcpy(text + each * count, last, strlen(last) + 1);
	*len = each * count + strlen(last);
	return text;
}

static void many_rules(void)
{
	size_t len;
	char *text = lines("exclude tcp from 10.9.9.0/24 dport 80-90\n", 99999, "include dport 53",
			   &len);
	clock_t start = clock();
	struct error err;
	struct rules *rules = parse_exact(text, len, &err);
	struct build b;

	build_clear(&b);
	build_udp(&b, 53);
	build_ipv4(&b, 1, 2, UDP);
	build_ethernet(&b, ETHERTYPE_IPV4);
	ok(rules && rules_count(rules) == 100000, "100,000 rules");
	ok(rules && verdict(rules, span_of(build_data(&b), build_len(&b)), DIRECTION_IN) ==
			    RULES_INCLUDE,
	   "the last one decides");
	ok((clock() - start) / CLOCKS_PER_SEC < 5, "in less than 5 seconds");
	rules_free(rules);
	free(text);
	text = lines("include\n", 1000001, "", &len);
	rules = parse_exact(text, len, &err);
	is_str(err.text, "f:1000001:1: more than 1000000 rules", "a limit");
	rules_free(rules);
	free(text);
}

/* A cut packet answers what is there, and nothing behind it: a port from byte 38 (IPv4) on. */
static void packet_prefixes(void)
{
	static const struct {
		const char *rule;
		size_t four, six; /* the shortest prefix that matches; 0: none does */
	} rows[] = {
		{ "include vlan 5", 18, 18 },
		{ "include from 10.0.0.1", 38, 0 },
		{ "include to 2001:db8::2", 0, 58 },
		{ "include udp", 38, 66 },
		{ "include dport 53", 42, 70 },
		{ "include from any udp vlan 5 sport 50000", 42, 70 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error err;
		struct rules *rules = parse_exact(rows[i].rule, strlen(rows[i].rule), &err);
		unsigned wrong = 0;

		for (unsigned six = 0; six < 2; six++) {
			size_t least = six ? rows[i].six : rows[i].four;
			struct build b;

			build_clear(&b);
			build_udp(&b, 53);
			if (six)
				build_hex(&b, "1100 0104 00000000");
			if (six)
				build_ipv6(&b, 1, 2, 60);
			else
				build_ipv4(&b, 1, 2, UDP);
			build_vlan(&b, 5, six ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
			build_ethernet(&b, 0x8100);
			for (size_t len = 0; len <= build_len(&b); len++) {
				uint8_t *exact = build_exact(build_data(&b), len);
				bool want = least && len >= least;

				wrong += (verdict(rules, span_of(exact, len), DIRECTION_IN) ==
					  RULES_INCLUDE) != want;
				free(exact);
			}
		}
		is_u64(wrong, 0, rows[i].rule);
		rules_free(rules);
	}
}

static void reading(void)
{
	struct error err = { 0 };
	struct rules *rules = rules_read("tests/data/rules/none.rules", NULL, &err);
	int fds[2];
	char path[64];

	is_str(err.text, "tests/data/rules/none.rules: No such file or directory", "no such file");
	ok(!rules && !err.usage, "... is no error of usage");
	rules = rules_read("tests/data/rules", NULL, &err);
	is_str(err.text, "tests/data/rules: read: Is a directory", "a directory");
	rules = rules_read("/dev/zero", NULL, &err);
	is_str(err.text, "/dev/zero: more than 67108864 bytes of rules", "a file without end");
	rules = rules_read("/dev/null", NULL, &err);
	ok(rules && rules_count(rules) == 0, "an empty file has no rules");
	rules_free(rules);
	if (pipe(fds) != 0 || write(fds[1], "include tcp\ninclude up", 22) != 22)
		printf("# no pipe\n");
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	rules = rules_read(path, NULL, &err);
	ok(!rules && err.usage && strstr(err.text, ":2:9: expected a clause"), "a pipe: %s",
	   err.text);
	close(fds[0]);
	rules_free(NULL);
}

struct end {
	uint8_t version; /* 4: a.b.c.d; 6: 2001:db8::d */
	uint8_t a, b, c, d;
};

static enum rules_verdict of_tcp(const struct rules *rules, struct end from, struct end to,
				 uint16_t port, enum direction direction)
{
	struct build b;
	uint8_t *header;

	build_clear(&b);
	build_hex(&b, "c350 0000 00000000 00000000 5002 0000 00000000");
	build_be16(b.room + b.start + 2, port);
	if (from.version == 6)
		build_ipv6(&b, from.d, to.d, TCP);
	else
		build_ipv4(&b, from.d, to.d, TCP);
	header = b.room + b.start;
	if (from.version == 4) {
		memcpy(header + 12, (uint8_t[]){ from.a, from.b, from.c }, 3);
		memcpy(header + 16, (uint8_t[]){ to.a, to.b, to.c }, 3);
	}
	build_ethernet(&b, from.version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	return verdict(rules, span_of(build_data(&b), build_len(&b)), direction);
}

static const struct {
	const char *file, *name;
	struct end from, to;
	uint16_t port;
	enum direction direction;
	enum rules_verdict want;
} cloud[] = {
	{ "oci",
	  "the exception",
	  { 4, 10, 1, 1, 1 },
	  { 4, 8, 8, 8, 8 },
	  80,
	  DIRECTION_UNKNOWN,
	  RULES_EXCLUDE },
	{ "oci",
	  "its neighbour",
	  { 4, 10, 1, 1, 2 },
	  { 4, 8, 8, 8, 8 },
	  80,
	  DIRECTION_UNKNOWN,
	  RULES_INCLUDE },
	{ "oci",
	  "a stranger",
	  { 4, 10, 2, 1, 1 },
	  { 4, 10, 1, 1, 1 },
	  80,
	  DIRECTION_UNKNOWN,
	  RULES_UNMATCHED },
	{ "aws", "SSH", { 4, 192, 0, 2, 9 }, { 4, 10, 0, 0, 1 }, 22, DIRECTION_IN, RULES_EXCLUDE },
	{ "aws",
	  "foreign SSH",
	  { 4, 192, 0, 3, 9 },
	  { 4, 10, 0, 0, 1 },
	  22,
	  DIRECTION_IN,
	  RULES_INCLUDE },
	{ "aws",
	  "HTTP out",
	  { 4, 10, 0, 0, 1 },
	  { 4, 8, 8, 8, 8 },
	  80,
	  DIRECTION_OUT,
	  RULES_UNMATCHED },
	{ "aws",
	  "HTTP in",
	  { 4, 8, 8, 8, 8 },
	  { 4, 10, 0, 0, 1 },
	  80,
	  DIRECTION_IN,
	  RULES_INCLUDE },
	{ "aws",
	  "HTTPS, IPv6",
	  { 6, 0, 0, 0, 1 },
	  { 6, 0, 0, 0, 2 },
	  443,
	  DIRECTION_IN,
	  RULES_INCLUDE },
	{ "aws",
	  "HTTP, IPv6",
	  { 6, 0, 0, 0, 1 },
	  { 6, 0, 0, 0, 2 },
	  80,
	  DIRECTION_IN,
	  RULES_UNMATCHED },
	{ "aws-non-local",
	  "inside, out",
	  { 4, 10, 0, 0, 1 },
	  { 4, 10, 0, 9, 2 },
	  80,
	  DIRECTION_OUT,
	  RULES_EXCLUDE },
	{ "aws-non-local",
	  "inside, in",
	  { 4, 10, 0, 0, 1 },
	  { 4, 10, 0, 9, 2 },
	  80,
	  DIRECTION_IN,
	  RULES_EXCLUDE },
	{ "aws-non-local",
	  "leaving",
	  { 4, 10, 0, 0, 1 },
	  { 4, 10, 1, 0, 8 },
	  80,
	  DIRECTION_OUT,
	  RULES_INCLUDE },
	{ "aws-non-local",
	  "coming",
	  { 4, 10, 1, 0, 8 },
	  { 4, 10, 0, 0, 1 },
	  80,
	  DIRECTION_IN,
	  RULES_INCLUDE },
	{ "aws-non-local",
	  "unknown",
	  { 4, 8, 8, 8, 8 },
	  { 4, 10, 0, 0, 1 },
	  80,
	  DIRECTION_UNKNOWN,
	  RULES_UNMATCHED },
};

static void clouds(void)
{
	for (size_t i = 0; i < sizeof(cloud) / sizeof(*cloud); i++) {
		struct error err = { 0 };
		char path[64];
		struct rules *rules;

		snprintf(path, sizeof(path), "tests/data/rules/%s.rules", cloud[i].file);
		rules = rules_read(path, NULL, &err);
		ok(rules && of_tcp(rules, cloud[i].from, cloud[i].to, cloud[i].port,
				   cloud[i].direction) == cloud[i].want,
		   "%s: %s %s", path, cloud[i].name, err.text);
		rules_free(rules);
	}
}

int main(void)
{
	zero_bytes();
	file_prefixes();
	random_files();
	address_lengths();
	long_lines();
	many_rules();
	packet_prefixes();
	reading();
	clouds();
	return tap_done();
}
