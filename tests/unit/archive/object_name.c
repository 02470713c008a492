/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archive/object_name.h"

#include <string.h>

#include "lib/tap.h"

#define S   INT64_C(1000000000)
#define SHA "9f86d081884c7d65"

/* `date -u -d @SECONDS` says the days and hours. */
static const struct {
	int64_t first_ns, last_ns;
	uint64_t packets;
	const char *source, *type, *text;
} names[] = {
	{ 1794931500 * S + 123456789, 1794931559 * S + 998877665, 48211, "vxlan-3000@10.0.1.5",
	  "pcapng.zst",
	  "2026-11-17/16/vxlan-3000@10.0.1.5/20261117T160500.123456789Z--20261117T160559."
	  "998877665Z--48211--" SHA ".pcapng.zst" },
	{ 0, 0, 0, "none", "pcap",
	  "1970-01-01/00/none/19700101T000000.000000000Z--19700101T000000.000000000Z--0--" SHA
	  ".pcap" },
	{ 0, 3600 * S, 2, "none", "pcap.gz",
	  "1970-01-01/00/none/19700101T000000.000000000Z--19700101T010000.000000000Z--2--" SHA
	  ".pcap.gz" },
	{ 0, 3600 * S + 1, 2, "none", "pcap",
	  "1970-01-01/day/none/19700101T000000.000000000Z--19700101T010000.000000001Z--2--" SHA
	  ".pcap" },
	{ 82800 * S, 169200 * S, 2, "none", "pcap",
	  "1970-01-01/day/none/19700101T230000.000000000Z--19700102T230000.000000000Z--2--" SHA
	  ".pcap" },
	{ 82800 * S, 169200 * S + 1, 2, "none", "pcap",
	  "long/none/19700101T230000.000000000Z--19700102T230000.000000001Z--2--" SHA ".pcap" },
	{ -S / 4, 0, 1, "a", "pcap",
	  "1969-12-31/23/a/19691231T235959.750000000Z--19700101T000000.000000000Z--1--" SHA
	  ".pcap" },
	{ INT64_MIN, INT64_MAX, UINT64_MAX, "a", "pcap",
	  "long/a/"
	  "16770921T001243.145224192Z--22620411T234716.854775807Z--18446744073709551615--" SHA
	  ".pcap" },
};

static void written_and_read(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct object_name name = { .first_ns = names[i].first_ns,
					    .last_ns = names[i].last_ns,
					    .packets = names[i].packets,
					    .sha256 = SHA },
				   again;
		struct error err = { 0 };
		char text[OBJECT_NAME_SIZE];

		strcpy(name.source, names[i].source);
		strcpy(name.type, names[i].type);
		object_name_write(&name, text);
		is_str(text, names[i].text, "written");
		ok(object_name_parse(text, &again, &err), "read: %s", err.text);
		ok(again.first_ns == name.first_ns && again.last_ns == name.last_ns &&
			   again.packets == name.packets,
		   "its times and packets");
		is_str(again.source, name.source, "its source");
		is_str(again.sha256, name.sha256, "its hash");
		is_str(again.type, name.type, "its type");
	}
}

/* What lies in an archive may have been put there by anybody. */
static void refused(void)
{
#define FILE_OF(first, last) first "--" last "--1--" SHA ".pcap"
#define T0		     "19700101T000000.000000000Z"
	static const char *const strange[] = {
		"",
		"/",
		"//",
		"1970-01-01/00/a/",
		"1970-01-01/00/a/x",
		FILE_OF(T0, T0),
		"a/" FILE_OF(T0, T0),
		"1970-01-01/00//" FILE_OF(T0, T0),
		"1970-01-01/00/../" FILE_OF(T0, T0),
		"1970-01-01/00/a/b/" FILE_OF(T0, T0),
		"/1970-01-01/00/a/" FILE_OF(T0, T0),
		"./1970-01-01/00/a/" FILE_OF(T0, T0),
		"1970-01-01/01/a/" FILE_OF(T0, T0),
		"1970-01-01/day/a/" FILE_OF(T0, T0),
		"long/a/" FILE_OF(T0, T0),
		"1970-01-01/00/-a/" FILE_OF(T0, T0),
		"1970-01-01/00/a b/" FILE_OF(T0, T0),
		"1970-01-01/00/a\t/" FILE_OF(T0, T0),
		"1970-01-01/00/a/" FILE_OF("19700101T000000.00000000Z", T0),
		"1970-01-01/00/a/" FILE_OF("19700101T000000.000000000", T0),
		"1970-01-01/00/a/" FILE_OF("19700132T000000.000000000Z", T0),
		"1970-01-01/00/a/" FILE_OF("19700101t000000.000000000Z", T0),
		"1970-01-01/00/a/" FILE_OF("1970-1-1T000000.000000000Z", T0),
		"1970-01-01/00/a/" T0 "--" T0 "--01--" SHA ".pcap",
		"1970-01-01/00/a/" T0 "--" T0 "----" SHA ".pcap",
		"1970-01-01/00/a/" T0 "--" T0 "---1--" SHA ".pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--18446744073709551616--" SHA ".pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--1--9F86d081884c7d65.pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--1--9f86d081884c7d6.pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--1--9f86d081884c7d650.pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA,
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA ".",
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA "..pcap",
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA ".pcap ",
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA ".pcap.tmp",
		"1970-01-01/00/a/" T0 "--" T0 "--1--" SHA ".tmp",
		"1970-01-01/00/a.tmp/" FILE_OF(T0, T0),
		"long/a/20000101T000000.000000000Z--" T0 "--1--" SHA ".pcap",
		"long/a/19700101T000000.000000001Z--" T0 "--1--" SHA ".pcap",
	};

	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		struct object_name name;
		struct error err = { 0 };

		ok(!object_name_parse(strange[i], &name, &err) && err.text[0], "refused: '%s'",
		   strange[i]);
	}
}

/* Each byte of a good name, changed in any way, either gives another good name or is refused. */
static void changed(void)
{
	struct error err;
	unsigned wrong = 0;

	for (size_t at = 0; at < strlen(names[0].text); at++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			char text[OBJECT_NAME_SIZE], again[OBJECT_NAME_SIZE];
			struct object_name name;

			strcpy(text, names[0].text);
			text[at] = (char)byte;
			if (!object_name_parse(text, &name, &err))
				continue;
			object_name_write(&name, again);
			wrong += strcmp(text, again) != 0;
		}
	}
	is_u64(wrong, 0, "every byte of a name changed");
}

static void sources(void)
{
	static const struct {
		const char *interface, *source;
	} known[] = {
		{ "vxlan-3000@10.0.1.5", "vxlan-3000@10.0.1.5" },
		{ "geneve@fd00::5", "geneve@fd00::5" },
		{ "", "none" },
		{ "none", "%6Eone" },
		{ "others", "%6Fthers" },
		{ "mixed", "%6Dixed" },
		{ "Mixed", "Mixed" },
		{ "mixed2", "mixed2" },
		{ "..", "%2E." },
		{ "a/b", "a%2Fb" },
		{ "50% \xc3\xa4", "50%25%20%C3%A4" },
	};
	static char text[65536]; /* longer than an option of pcapng */
	char source[KEY_TEXT_LIMIT + 1], other[KEY_TEXT_LIMIT + 1];

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		object_name_source(known[i].interface, source);
		is_str(source, known[i].source, known[i].interface);
	}
	memset(text, '/', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	object_name_source(text, source);
	text[sizeof(text) - 2] = '\0';
	object_name_source(text, other);
	ok(strlen(source) <= KEY_TEXT_LIMIT && strcmp(source, other) != 0,
	   "long names differ: %s %s", source, other);
}

int main(void)
{
	written_and_read();
	refused();
	changed();
	sources();
	return tap_done();
}
