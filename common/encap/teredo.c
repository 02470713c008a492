/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Teredo, RFC 4380 section 5.1.1: IPv6 in UDP, with an authentication and an origin indication in
 * front, or one of them, or neither.
 *
 *   | 00 01 | length of client id 1 | length of value 1 | client id | value | nonce 8 |
 * confirmation 1 | | 00 00 | port 2 | address 4 |
 */
#include "encap/codecs.h"
#include "encap/ip_version.h"
#include "header/fields.h"

enum { ORIGIN = 0, AUTHENTICATION = 1 };
enum { ORIGIN_LEN = 8, AUTHENTICATION_LEN = 13, ID_LEN_AT = 2, VALUE_LEN_AT = 3 };

/* Returns false if the lengths of the authentication indication are not present. */
static bool skip_authentication(struct span bytes, struct tunnel *tunnel)
{
	uint8_t id_len, value_len;

	if (!span_u8(bytes, ID_LEN_AT, &id_len) || !span_u8(bytes, VALUE_LEN_AT, &value_len))
		return false;
	tunnel->header_len += AUTHENTICATION_LEN + (uint32_t)id_len + value_len;
	return true;
}

/* RFC 6081 section 4: trailers may stand behind the IPv6 packet, so it ends where its own length
 * says. */
static void end_behind_ipv6(struct span bytes, struct tunnel *tunnel)
{
	uint16_t len;

	if (span_be16(bytes, (size_t)tunnel->header_len + IPV6_PAYLOAD_AT, &len) && len != 0)
		tunnel->payload_len = IPV6_LEN + (uint32_t)len;
}

static enum encap_verdict teredo_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	enum encap_verdict verdict;
	uint16_t start;

	(void)number;
	tunnel->varies = true; /* its length is that of each packet */
	if (!span_be16(bytes, 0, &start))
		return ENCAP_TRUNCATED;
	if (start == AUTHENTICATION && !skip_authentication(bytes, tunnel))
		return ENCAP_TRUNCATED;
	if (!span_be16(bytes, tunnel->header_len, &start))
		return ENCAP_TRUNCATED;
	if (start == ORIGIN)
		tunnel->header_len += ORIGIN_LEN;
	verdict = ip_version_expect(bytes, 6, tunnel);
	if (verdict == ENCAP_OK)
		end_behind_ipv6(bytes, tunnel);
	return verdict;
}

const struct encap encap_teredo = {
	.name = "teredo",
	.source = "RFC 4380, RFC 6081",
	.carrier = CARRIER_UDP,
	.numbers = { 3544 },
	.on_request = true,
	.parse = teredo_parse,
};
