/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/ip_length.h"

#include "header/checksum.h"
#include "header/fields.h"

void ip_length_set(struct patch packet, const struct headers *headers, uint64_t end)
{
	struct patch ip = patch_from(packet, headers->network);
	uint64_t len = end - headers->network;

	if (headers->ip_version == 6) {
		patch_be16(ip, IPV6_PAYLOAD_AT, (uint16_t)(len - IPV6_LEN));
		return;
	}
	ip = patch_first(ip, headers->network_len);
	patch_be16(ip, IPV4_TOTAL_AT, (uint16_t)len);
	patch_be16(ip, IPV4_CHECKSUM_AT, 0);
	patch_be16(ip, IPV4_CHECKSUM_AT, checksum_fold(checksum_add(0, patch_span(ip))));
}
