/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each codec's build: the bytes by the RFC's picture, and that its own parse reads them back. */
#include "encap/encap.h"
#include "encap/geneve_meta.h"
#include "lib/build.h"
#include "lib/tap.h"

#define FRAME	  "020000000002 020000000001 0800 45"
#define TAGGED	  "020000000002 020000000001 8100 e123 0800 45"
#define STACKED	  "020000000002 020000000001 88a8 4fff 8100 0001 0800 45"
#define DROPPABLE "020000000002 020000000001 8100 f001 0800 45" /* DEI set */
#define CUT_TAG	  "020000000002 020000000001 8100 e1"
#define IPV4	  "45000014"
#define IPV6	  "60000000"
#define NO_VALUE  UINT32_MAX

static const struct row {
	const char *encap, *payload;
	uint32_t linktype;
	uint32_t id, sequence; /* NO_VALUE: without */
	bool cut;
	int direction;
	int64_t time_ns;
	const char *hex; /* NULL: it cannot carry that */
} rows[] = {
	{ "vxlan", FRAME, LINK_ETHERNET, 3000, 5, true, 2, 1, "08000000 000bb800" },
	{ "vxlan", FRAME, LINK_ETHERNET, 0xffffff, NO_VALUE, false, 0, 0, "08000000 ffffff00" },
	{ "vxlan", "", LINK_ETHERNET, 0, NO_VALUE, false, 0, 0, "08000000 00000000" },
	{ "vxlan", IPV4, LINK_RAW, 1, NO_VALUE, false, 0, 0, NULL },
	{ "vxlan-gpe", FRAME, LINK_ETHERNET, 9, NO_VALUE, false, 0, 0, "0c000003 00000900" },
	{ "vxlan-gpe", IPV4, LINK_RAW, 9, NO_VALUE, false, 0, 0, "0c000001 00000900" },
	{ "vxlan-gpe", IPV6, LINK_RAW, 9, NO_VALUE, false, 0, 0, "0c000002 00000900" },
	{ "vxlan-gpe", "15", LINK_RAW, 9, NO_VALUE, false, 0, 0, NULL },
	{ "vxlan-gpe", IPV4, LINK_SLL, 9, NO_VALUE, false, 0, 0, NULL },
	{ "geneve", FRAME, LINK_ETHERNET, 10, 3, false, 0, 0, "00006558 00000a00" },
	{ "geneve", IPV4, LINK_RAW, 0xffffff, NO_VALUE, false, 0, 0, "00000800 ffffff00" },
	{ "geneve", IPV6, LINK_RAW, 0, NO_VALUE, false, 0, 0, "000086dd 00000000" },
	{ "geneve", IPV4, LINK_RAW_12, 1, NO_VALUE, false, 0, 0, "00000800 00000100" },
	{ "geneve", IPV6, LINK_RAW_14, 1, NO_VALUE, false, 0, 0, "000086dd 00000100" },
	{ "geneve", IPV4, LINK_IPV4, 1, NO_VALUE, false, 0, 0, "00000800 00000100" },
	{ "geneve", IPV6, LINK_IPV6, 1, NO_VALUE, false, 0, 0, "000086dd 00000100" },
	{ "geneve", IPV6, LINK_IPV4, 1, NO_VALUE, false, 0, 0, NULL },
	{ "geneve", IPV4, LINK_IPV6, 1, NO_VALUE, false, 0, 0, NULL },
	{ "geneve", "", LINK_RAW, 1, NO_VALUE, false, 0, 0, NULL },
	{ "geneve", FRAME, LINK_PPP, 1, NO_VALUE, false, 0, 0, NULL },
	{ "gre", FRAME, LINK_ETHERNET, NO_VALUE, NO_VALUE, false, 0, 0, "00006558" },
	{ "gre", FRAME, LINK_ETHERNET, 0xfffffffe, NO_VALUE, false, 0, 0, "20006558 fffffffe" },
	{ "gre", FRAME, LINK_ETHERNET, 0, 0, false, 0, 0, "30006558 00000000 00000000" },
	{ "gre", IPV4, LINK_RAW, NO_VALUE, 7, false, 0, 0, "10000800 00000007" },
	{ "gre", IPV6, LINK_RAW, 1, 0xfffffffe, true, 1, 0, "300086dd 00000001 fffffffe" },
	{ "gre", "", LINK_RAW, 1, NO_VALUE, false, 0, 0, NULL },
	{ "erspan1", FRAME, LINK_ETHERNET, NO_VALUE, 5, false, 0, 0, "000088be" },
	{ "erspan1", IPV4, LINK_RAW, NO_VALUE, 5, false, 0, 0, NULL },
	{ "erspan2", FRAME, LINK_ETHERNET, 1023, 7, true, 2, 0,
	  "100088be 00000007 100007ff 00000000" },
	{ "erspan2", TAGGED, LINK_ETHERNET, 1, 8, false, 0, 0,
	  "100088be 00000008 1123f801 00000000" },
	{ "erspan2", STACKED, LINK_ETHERNET, 0, 0, false, 0, 0,
	  "100088be 00000000 1fff5800 00000000" },
	{ "erspan2", CUT_TAG, LINK_ETHERNET, 0, 0, false, 0, 0,
	  "100088be 00000000 10000000 00000000" },
	{ "erspan2", IPV4, LINK_RAW, 1, 0, false, 0, 0, NULL },
	{ "erspan3", FRAME, LINK_ETHERNET, 5, 7, false, 2, 100000,
	  "100022eb 00000007 20000005 00000001 00008008" },
	{ "erspan3", TAGGED, LINK_ETHERNET, 1023, 7, true, 1, 99999,
	  "100022eb 00000007 2123e7ff 00000000 00008000" },
	{ "erspan3", DROPPABLE, LINK_ETHERNET, 5, 7, false, 1, 0,
	  "100022eb 00000007 2001e005 00000000 00008000" },
	{ "erspan3", FRAME, LINK_ETHERNET, 5, NO_VALUE, false, 0, INT64_C(1700000000123456789),
	  "000022eb 20000005 1ef614d2 00008000" },
	{ "erspan3", FRAME, LINK_ETHERNET, 5, NO_VALUE, false, 0, -1,
	  "000022eb 20000005 ffffffff 00008000" },
	{ "erspan3", IPV6, LINK_RAW, 1, 0, false, 0, 0, NULL },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static struct tunnel_build what_of(const struct row *row, const uint8_t *payload, size_t len)
{
	return (struct tunnel_build){ .payload = span_of(payload, len),
				      .linktype = row->linktype,
				      .has_id = row->id != NO_VALUE,
				      .id = row->id,
				      .has_sequence = row->sequence != NO_VALUE,
				      .sequence = row->sequence,
				      .cut = row->cut,
				      .direction = row->direction,
				      .time_ns = row->time_ns };
}

/* What the format has no room for reads as nothing said. */
static bool reads_back(const struct row *row, const uint8_t *header, size_t len)
{
	const struct encap *encap = encap_find(row->encap);
	struct tunnel t = { .payload_len = UINT32_MAX };
	bool erspan = strncmp(row->encap, "erspan", 6) == 0, one = erspan && row->encap[6] == '1';
	bool sequence =
		(strcmp(row->encap, "gre") == 0 || (erspan && !one)) && row->sequence != NO_VALUE;

	if (encap->parse(span_of(header, len), encap->numbers[0], &t) != ENCAP_OK ||
	    t.header_len != len || t.anomalies != 0 || t.meta != 0)
		return false;
	if (t.has_id != (row->id != NO_VALUE) || (t.has_id && t.id != row->id))
		return false;
	if (t.has_sequence != sequence || (sequence && t.sequence != row->sequence))
		return false;
	if (t.cut != (erspan && !one && row->cut))
		return false;
	if (erspan && row->encap[6] == '3' && (t.direction == 2) != (row->direction == 2))
		return false;
	return t.linktype == (row->linktype == LINK_ETHERNET ? LINK_ETHERNET : LINK_RAW);
}

static void test_row(const struct row *row)
{
	uint8_t payload[64], want[64], room[64];
	size_t payload_len = build_hex_at(payload, sizeof payload, row->payload);
	size_t want_len = row->hex == NULL ? 0 : build_hex_at(want, sizeof want, row->hex);
	uint8_t *exact = build_exact(payload, payload_len);
	struct tunnel_build what = what_of(row, exact, payload_len);
	const struct encap *encap = encap_find(row->encap);
	size_t len;

	memset(room, 0xA5, sizeof room);
	len = encap->build(&what, (struct patch){ room, sizeof room });
	ok(len == want_len && memcmp(room, want, want_len) == 0 && room[len] == 0xA5,
	   "%s of link type %u: %s", row->encap, row->linktype, row->hex ? row->hex : "no");
	if (len > 0)
		ok(reads_back(row, room, len), "and reads back");
	ok(encap->build(&what, (struct patch){ NULL, 0 }) == want_len, "and can be measured");
	free(exact);
}

/* Every length of room up to all of it: never a byte behind it. */
static void test_short_rooms(void)
{
	struct geneve_meta meta = { .len = 1 };
	bool good = true;

	geneve_meta_set_name(&meta, span_of("a name", 6));
	for (unsigned i = 0; i < encap_count(); i++) {
		struct tunnel_build what = { .linktype = LINK_ETHERNET,
					     .has_id = true,
					     .has_sequence = true,
					     .meta = &meta };
		size_t whole = 0;

		if (encap_at(i)->build == NULL)
			continue;
		whole = encap_at(i)->build(&what, (struct patch){ NULL, 0 });
		for (size_t len = 0; len < whole; len++) {
			uint8_t *exact = malloc(len + 1);

			exact[len] = 0xA5;
			good = good && exact[len] == 0xA5 && whole <= ENCAP_HEADER_MAX &&
			       encap_at(i)->build(&what, (struct patch){ exact, len }) == whole;
			good = good && exact[len] == 0xA5;
			free(exact);
		}
	}
	ok(good, "short rooms");
}

static void test_table(void)
{
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);
		bool builds = strstr("gtpu ipip etherip tzsp mpls gue teredo", encap->name) == NULL;

		ok((encap->build != NULL) == builds, "%s %s", encap->name,
		   builds ? "is built" : "is only read");
		ok(!builds || (encap->id_max != 0) == (encap->id_name != NULL),
		   "%s has ids or has none", encap->name);
	}
}

int main(void)
{
	test_table();
	for (unsigned i = 0; i < ROWS; i++)
		test_row(&rows[i]);
	test_short_rooms();
	return tap_done();
}
