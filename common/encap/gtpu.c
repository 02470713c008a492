/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTP-U version 1, 3GPP TS 29.281 section 5.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-----+-+-+-+-+-+---------------+-------------------------------+
 *   | Ver |P|*|E|S|N|  message type |            length             |
 *   +-----+-+-+-+-+-+---------------+-------------------------------+
 *   |                             TEID                              |
 *   +-------------------------------+---------------+---------------+
 *   |       sequence number         | N-PDU number  | next extension|  (if E, S or N)
 *   +---------------+---------------+---------------+---------------+
 *   |  words        |             contents ...      | next extension|  (while next is not 0)
 *   +---------------+-------------------------------+---------------+
 */
#include "encap/codecs.h"
#include "encap/ethernet_guess.h"
#include "encap/ip_version.h"

enum {
	HEADER_LEN = 8,
	OPTIONAL_LEN = 4,
	VERSION_AND_TYPE = 0xf0,
	VERSION_1_GTP = 0x30,
	RESERVED = 0x08,
	FLAG_EXTENSION = 0x04,
	FLAG_SEQUENCE = 0x02,
	FLAG_NPDU = 0x01,
	MESSAGE_GPDU = 255,
};

/* Section 5.2.1: the length of an extension header counts words of four bytes and is never 0. */
static enum encap_verdict skip_extensions(struct span bytes, uint32_t *header_len)
{
	uint8_t words, next;

	if (!span_u8(bytes, *header_len - 1, &next))
		return ENCAP_TRUNCATED;
	while (next != 0) {
		if (!span_u8(bytes, *header_len, &words))
			return ENCAP_TRUNCATED;
		if (words == 0)
			return ENCAP_MALFORMED;
		*header_len += words * 4U;
		if (!span_u8(bytes, *header_len - 1, &next))
			return ENCAP_TRUNCATED;
	}
	return ENCAP_OK;
}

/* Reads the fields that any of the flags E, S and N adds (section 5.1, which calls N the PN flag).
 * The sequence number is valid only with S. */
static enum encap_verdict read_optional(struct span bytes, uint8_t flags, struct tunnel *tunnel)
{
	uint16_t sequence;

	if (!(flags & (FLAG_EXTENSION | FLAG_SEQUENCE | FLAG_NPDU)))
		return ENCAP_OK;
	tunnel->header_len += OPTIONAL_LEN;
	if (!span_be16(bytes, HEADER_LEN, &sequence) || !span_has(bytes, 0, tunnel->header_len))
		return ENCAP_TRUNCATED;
	if (flags & FLAG_SEQUENCE) {
		tunnel->has_sequence = true;
		tunnel->sequence = sequence;
		tunnel->sequence_bits = 16;
	}
	return flags & FLAG_EXTENSION ? skip_extensions(bytes, &tunnel->header_len) : ENCAP_OK;
}

/* Returns false only if the length in an IP header of that version is not the payload's. */
static bool ip_length_agrees(struct span bytes, unsigned version, const struct tunnel *tunnel)
{
	size_t at = tunnel->header_len +
		    (version == 4 ? (size_t)IPV4_TOTAL_AT : (size_t)IPV6_PAYLOAD_AT);
	uint16_t len;

	if (!span_be16(bytes, at, &len))
		return true;
	return tunnel->payload_len == (version == 4 ? 0U : (unsigned)IPV6_LEN) + len;
}

/*
 * TS 29.281 has no field for what a G-PDU carries. The first nibble tells IP, and the rest may be
 * Ethernet (PDU sessions of that type, TS 23.501 section 5.6.10.2). A MAC address may begin with 4
 * or 6, too: then the length of the IP packet would have to be that of the payload.
 */
static enum encap_verdict judge_payload(struct span bytes, struct tunnel *tunnel)
{
	struct span payload = span_from(bytes, tunnel->header_len);
	unsigned version;

	if (tunnel->payload_len == 0)
		return ENCAP_MALFORMED;
	if (!ip_version_read(payload, 0, &version))
		return ENCAP_TRUNCATED;
	tunnel->varies = true;
	tunnel->linktype = LINK_RAW;
	if (version == 4 || version == 6) {
		if (!ip_length_agrees(bytes, version, tunnel) && ethernet_guess_likely(payload))
			tunnel->linktype = LINK_ETHERNET;
		return ENCAP_OK;
	}
	if (payload.len < ETHERNET_LEN && tunnel->payload_len >= ETHERNET_LEN)
		return ENCAP_TRUNCATED;
	tunnel->linktype = LINK_ETHERNET;
	return ethernet_guess_plausible(payload) ? ENCAP_OK : ENCAP_UNSUPPORTED;
}

static enum encap_verdict gtpu_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	enum encap_verdict verdict;
	uint8_t flags, message;
	uint16_t length;

	(void)number;
	if (!span_u8(bytes, 0, &flags) || !span_u8(bytes, 1, &message) ||
	    !span_be16(bytes, 2, &length) || !span_be32(bytes, 4, &tunnel->id))
		return ENCAP_TRUNCATED;
	if ((flags & VERSION_AND_TYPE) != VERSION_1_GTP || message != MESSAGE_GPDU)
		return ENCAP_UNSUPPORTED;
	if (flags & RESERVED)
		tunnel->anomalies |= ENCAP_RESERVED_BITS;
	tunnel->has_id = true;
	tunnel->header_len = HEADER_LEN;
	/* The length counts the bytes behind the TEID, extension headers included. */
	bytes = span_first(bytes, HEADER_LEN + (size_t)length);
	verdict = read_optional(bytes, flags, tunnel);
	if (verdict == ENCAP_TRUNCATED && bytes.len == HEADER_LEN + (size_t)length)
		return ENCAP_MALFORMED;
	if (verdict != ENCAP_OK)
		return verdict;
	tunnel->payload_len = length - (tunnel->header_len - HEADER_LEN);
	return judge_payload(bytes, tunnel);
}

const struct encap encap_gtpu = {
	.name = "gtpu",
	.id_name = "TEID",
	.source = "3GPP TS 29.281",
	.carrier = CARRIER_UDP,
	.numbers = { 2152 },
	.parse = gtpu_parse,
};
