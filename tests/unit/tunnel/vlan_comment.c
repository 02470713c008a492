/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comments that tell a VLAN, and those that do not. */
#include "tunnel/vlan_comment.h"

#include "lib/tap.h"

enum { NEW_LEN = 4 };

static const struct {
	const char *comments[2];
	uint16_t vid;
} rows[] = {
	{ { "VLAN 10", NULL }, 10 },
	{ { "VLAN 1", NULL }, 1 },
	{ { "VLAN 4095", NULL }, 4095 },
	{ { "VLAN 4096", NULL }, 0 },
	{ { "VLAN 99999999999999999999", NULL }, 0 },
	{ { "VLAN 0", NULL }, 0 },
	{ { "VLAN 010", NULL }, 0 },
	{ { "VLAN ", NULL }, 0 },
	{ { "VLAN", NULL }, 0 },
	{ { "VLAN 10 and more", NULL }, 0 },
	{ { "vlan 10", NULL }, 0 },
	{ { "", NULL }, 0 },
	{ { NULL, NULL }, 0 },
	{ { "VLAN 10", "VLAN 20" }, 20 },
	{ { "VLAN 10", "seen by me" }, 10 },
};

static void put_u16(uint8_t *to, uint16_t value, bool swapped)
{
	value = swapped ? __builtin_bswap16(value) : value;
	memcpy(to, &value, sizeof value);
}

static size_t put_comment(uint8_t *to, const char *text, bool swapped)
{
	size_t len = strlen(text);

	put_u16(to, OPTION_COMMENT, swapped);
	put_u16(to + 2, (uint16_t)len, swapped);
	memcpy(to + NEW_LEN, text, len);
	return NEW_LEN + pcapng_padded(len);
}

static void test_row(unsigned i, bool swapped)
{
	struct section here = { .serial = 1, .swapped = swapped };
	struct interface on = { .section = &here };
	uint8_t bytes[128] = { 0 };
	struct packet packet = { .interface = &on };
	size_t len = 0;

	for (unsigned k = 0; k < 2 && rows[i].comments[k]; k++)
		len += put_comment(bytes + len, rows[i].comments[k], swapped);
	packet.options = span_of(bytes, len);
	is_u64(vlan_comment_of(&packet), rows[i].vid,
	       rows[i].comments[0] ? rows[i].comments[0] : "no comment");
}

int main(void)
{
	char text[VLAN_COMMENT_MAX];

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		test_row(i, false);
		test_row(i, true);
	}
	ok(vlan_comment_write(10, text) == 7 && strcmp(text, "VLAN 10") == 0, "is written");
	ok(vlan_comment_write(305, text) == 8 && strcmp(text, "VLAN 305") == 0, "... with a 0");
	ok(vlan_comment_write(UINT16_MAX, text) == 9 && strcmp(text, "VLAN 4095") == 0,
	   "... of 12 bits");
	return tap_done();
}
