/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPLS in UDP, RFC 7510: a label stack (RFC 3032), of which only the last entry has the bit S.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------+-----+-+---------------+
 *   |                 label                 | TC  |S|      TTL      |  ... until S is set
 *   +-------+-------------------------------+-----+-+---------------+
 *   |0 0 0 0|           reserved            |    sequence number    |  (some pseudowires)
 *   +-------+-------------------------------+-----------------------+
 *
 * Nothing in the stack says what it carries. Senders see to it that the first nibble tells (RFC
 * 4928 section 3): 4 and 6 are IP versions, 0 begins the control word of a pseudowire (RFC 4385
 * section 3).
 */
#include "encap/mpls.h"

#include "encap/codecs.h"
#include "encap/ethernet_guess.h"
#include "encap/ip_version.h"

/* RFC 4448 section 4.6: the 16 bits in front of the sequence number are 0 where a pseudowire
 * carries Ethernet. Others have flags and lengths there, but not always, so the frame has to look
 * like one. Ethernet without a control word is not recognised: a MAC address may begin with any
 * nibble. */
static enum encap_verdict pseudowire_parse(struct span bytes, struct tunnel *tunnel)
{
	uint16_t zero;

	if (!span_be16(bytes, tunnel->header_len, &zero))
		return ENCAP_TRUNCATED;
	if (zero != 0)
		return ENCAP_UNSUPPORTED;
	tunnel->header_len += MPLS_CONTROL_WORD_LEN;
	tunnel->linktype = LINK_ETHERNET;
	tunnel->varies = true;
	if (!span_has(bytes, tunnel->header_len, ETHERNET_LEN))
		return ENCAP_TRUNCATED;
	return ethernet_guess_plausible(span_from(bytes, tunnel->header_len)) ? ENCAP_OK
									      : ENCAP_UNSUPPORTED;
}

enum encap_verdict mpls_stack_parse(struct span bytes, struct tunnel *tunnel, uint32_t *label)
{
	uint32_t entry = 0;
	unsigned nibble;

	for (; (entry & MPLS_BOTTOM_OF_STACK) == 0; tunnel->header_len += MPLS_LABEL_LEN)
		if (!span_be32(bytes, tunnel->header_len, &entry))
			return ENCAP_TRUNCATED;
	*label = entry >> MPLS_LABEL_SHIFT;
	if (!ip_version_read(bytes, tunnel->header_len, &nibble))
		return ENCAP_TRUNCATED;
	if (nibble == 0)
		return pseudowire_parse(bytes, tunnel);
	tunnel->first_nibble = true;
	tunnel->linktype = LINK_RAW;
	return nibble == 4 || nibble == 6 ? ENCAP_OK : ENCAP_UNSUPPORTED;
}

static enum encap_verdict mpls_parse(struct span bytes, uint16_t number, struct tunnel *tunnel)
{
	(void)number;
	tunnel->has_id = true;
	return mpls_stack_parse(bytes, tunnel, &tunnel->id);
}

const struct encap encap_mpls = {
	.name = "mpls",
	.id_name = "label",
	.source = "RFC 7510",
	.carrier = CARRIER_UDP,
	.numbers = { 6635 },
	.on_request = true,
	.parse = mpls_parse,
};
