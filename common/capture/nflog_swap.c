/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/nflog_swap.h"

#include "base/linktype.h"

enum { NFLOG_HEAD_LEN = 4, NFLOG_VERSION_AT = 1, ATTRIBUTE_HEAD_LEN = 4 };

static uint16_t nflog_swap_number(struct patch packet, size_t at)
{
	uint16_t number = 0, turned;

	span_copy(patch_span(packet), at, &number, sizeof(number));
	turned = __builtin_bswap16(number);
	patch_copy(packet, at, &turned, sizeof(turned));
	return number;
}

/* libpcap and wiretap, too, take a length of 1 to 3 for one of 4: all three show the same bytes. */
void nflog_swap(struct patch packet, bool swapped)
{
	uint8_t version;

	if (!span_u8(patch_span(packet), NFLOG_VERSION_AT, &version) || version != 0)
		return;
	packet = patch_from(packet, NFLOG_HEAD_LEN);
	while (packet.len >= ATTRIBUTE_HEAD_LEN) {
		uint16_t len = nflog_swap_number(packet, 0);

		nflog_swap_number(packet, 2);
		if (swapped)
			len = __builtin_bswap16(len);
		if (len == 0)
			return;
		packet = patch_from(packet, (len + 3U) / 4 * 4);
	}
}

void nflog_swap_read(struct packet *packet, const struct input *input)
{
	size_t at = (size_t)(packet->data - input->block);

	if (packet->linktype != LINK_NFLOG)
		return;
	nflog_swap((struct patch){ input->block + at, packet->caplen }, true);
	packet_changed(packet);
}
