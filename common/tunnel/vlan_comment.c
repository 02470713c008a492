/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/vlan_comment.h"

#include <string.h>

#include "packet/option.h"

enum { VID_MAX = 4095 };

static const char prefix[] = "VLAN ";
enum { PREFIX_LEN = sizeof(prefix) - 1 };

size_t vlan_comment_write(uint16_t vid, char text[VLAN_COMMENT_MAX])
{
	unsigned left = vid & (unsigned)VID_MAX, unit = 1000;
	size_t len = PREFIX_LEN;

	memcpy(text, prefix, PREFIX_LEN);
	while (unit > 1 && left < unit)
		unit /= 10;
	for (; unit > 0; unit /= 10) {
		text[len++] = (char)('0' + left / unit);
		left %= unit;
	}
	text[len] = '\0';
	return len;
}

/* Returns 0 for a comment of another form, with zeros in front of the number, too. */
static uint16_t vlan_comment_parse(struct span comment)
{
	char head[PREFIX_LEN];
	unsigned vid = 0;
	uint8_t digit;

	if (!span_copy(comment, 0, head, PREFIX_LEN) || memcmp(head, prefix, PREFIX_LEN) != 0)
		return 0;
	for (size_t at = PREFIX_LEN; span_u8(comment, at, &digit); at++) {
		if (digit < '0' || digit > '9' || (digit == '0' && vid == 0))
			return 0;
		vid = vid * 10 + digit - '0';
		if (vid > VID_MAX)
			return 0;
	}
	return (uint16_t)vid;
}

uint16_t vlan_comment_of(const struct packet *packet)
{
	bool swapped = packet->interface && packet->interface->section &&
		       packet->interface->section->swapped;
	struct span options = packet->options;
	struct pcapng_option option;
	uint16_t vid = 0, told;

	while (option_next(&options, swapped, &option)) {
		told = option.code == OPTION_COMMENT ? vlan_comment_parse(option.value) : 0;
		vid = told != 0 ? told : vid;
	}
	return vid;
}
