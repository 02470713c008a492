/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/ip_length.h"

#include "header/checksum.h"
#include "header/fields.h"

void ip_length_set(struct patch packet, const struct headers *headers, uint64_t end)
{
	size_t network = headers->network;
	uint64_t len = end - network;
	struct patch header;
	uint8_t words = 0;

	if (headers->ip_version == 6) {
		patch_be16(packet, network + IPV6_PAYLOAD_AT, (uint16_t)(len - IPV6_LEN));
		return;
	}
	span_u8(patch_span(packet), network, &words);
	header = patch_first(patch_from(packet, network), (words & 0xFU) * 4);
	patch_be16(packet, network + IPV4_TOTAL_AT, (uint16_t)len);
	patch_be16(packet, network + IPV4_CHECKSUM_AT, 0);
	patch_be16(packet, network + IPV4_CHECKSUM_AT,
		   checksum_fold(checksum_add(0, patch_span(header))));
}
