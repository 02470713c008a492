/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "community_id.h"

#include <netinet/in.h>
#include <sha1.h>

enum { SEED_LEN = 2, IPV4_ADDRESS = 4, IPV6_ADDRESS = 16 };
enum { INPUT_MAX = SEED_LEN + 2 * IPV6_ADDRESS + 2 + 4 };

/* Types that ask and answer, from the specification's reference implementation; the second of a
 * pair stands in the place of the other port. */
struct community_id_pair {
	uint8_t one, other;
};

static const struct community_id_pair icmp4_pairs[] = {
	{ 0, 8 },   /* echo */
	{ 9, 10 },  /* router advertisement, solicitation */
	{ 13, 14 }, /* timestamp */
	{ 15, 16 }, /* information */
	{ 17, 18 }, /* address mask */
	{ 0, 0 },
};

static const struct community_id_pair icmp6_pairs[] = {
	{ 128, 129 }, /* echo */
	{ 130, 131 }, /* multicast listener query, report */
	{ 133, 134 }, /* router solicitation, advertisement */
	{ 135, 136 }, /* neighbour solicitation, advertisement */
	{ 139, 140 }, /* node information */
	{ 144, 145 }, /* home agent address discovery */
	{ 0, 0 },
};

/* What is hashed: the flow with its lower end first, or as it is if nothing comes back. */
struct community_id_input {
	struct flow flow;
	bool has_ports, one_way;
};

static void take_icmp(struct community_id_input *input, const struct community_id_icmp *icmp,
		      const struct community_id_pair *pair)
{
	input->has_ports = true;
	input->flow.source.port = icmp->type;
	for (; pair->other != 0; pair++)
		if (icmp->type == pair->one || icmp->type == pair->other) {
			input->flow.destination.port =
				icmp->type == pair->one ? pair->other : pair->one;
			return;
		}
	input->flow.destination.port = icmp->code;
	input->one_way = true;
}

/* Returns false if the specification has no ID for such a flow. */
static bool take_ports(struct community_id_input *input, const struct community_id_icmp *icmp)
{
	switch (input->flow.protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		input->has_ports = input->flow.has_ports;
		return true;
	case IPPROTO_ICMP:
		if (icmp && input->flow.version == 4)
			take_icmp(input, icmp, icmp4_pairs);
		return true;
	case IPPROTO_ICMPV6:
		if (icmp && input->flow.version == 6)
			take_icmp(input, icmp, icmp6_pairs);
		return true;
	default:
		return !input->flow.has_ports;
	}
}

static size_t community_id_input(const struct community_id_input *input, struct patch patch)
{
	const struct flow *flow = &input->flow;
	size_t address = flow->version == 4 ? IPV4_ADDRESS : IPV6_ADDRESS;
	size_t used = SEED_LEN;

	patch_be16(patch, 0, 0);
	patch_copy(patch, used, flow->source.address, address);
	used += address;
	patch_copy(patch, used, flow->destination.address, address);
	used += address;
	patch_be16(patch, used, (uint16_t)(flow->protocol << 8));
	used += 2;
	if (!input->has_ports)
		return used;
	patch_be16(patch, used, flow->source.port);
	patch_be16(patch, used + 2, flow->destination.port);
	return used + 4;
}

/* The input fits into one block of SHA-1 together with its padding (RFC 3174, section 4). libmd's
 * SHA1Final() would add the padding byte by byte, which takes twice as long as the hash itself. */
static void community_id_digest(const struct community_id_input *input,
				uint8_t digest[SHA1_DIGEST_LENGTH])
{
	uint8_t block[SHA1_BLOCK_LENGTH] = { 0 };
	struct patch patch = { block, sizeof(block) };
	size_t len = community_id_input(input, patch);
	SHA1_CTX sha1;

	_Static_assert(INPUT_MAX + 1 + sizeof(uint64_t) <= SHA1_BLOCK_LENGTH, "one block");
	patch_u8(patch, len, 0x80);
	patch_be16(patch, sizeof(block) - 2, (uint16_t)(8 * len));
	SHA1Init(&sha1);
	SHA1Transform(sha1.state, block);
	for (size_t i = 0; i < SHA1_DIGEST_LENGTH / sizeof(uint32_t); i++)
		patch_be32((struct patch){ digest, SHA1_DIGEST_LENGTH }, 4 * i, sha1.state[i]);
}

/* RFC 4648, section 4. */
static void write_base64(struct span bytes, char *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < bytes.len; at += 3, to += 4) {
		uint8_t three[3] = { 0 };
		size_t left = bytes.len - at < 3 ? bytes.len - at : 3;

		span_copy(bytes, at, three, left);
		memset(to, '=', 4);
		to[0] = digits[three[0] >> 2];
		to[1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
		if (left > 1)
			to[2] = digits[(three[1] & 15) << 2 | three[2] >> 6];
		if (left > 2)
			to[3] = digits[three[2] & 63];
	}
	*to = '\0';
}

bool community_id_write(const struct flow *flow, const struct community_id_icmp *icmp,
			char text[COMMUNITY_ID_SIZE])
{
	struct community_id_input input = { .flow = *flow };
	uint8_t digest[SHA1_DIGEST_LENGTH];

	if ((flow->version != 4 && flow->version != 6) || !take_ports(&input, icmp))
		return false;
	if (!input.one_way)
		flow_normalise(&input.flow);
	community_id_digest(&input, digest);
	write_base64(span_of(digest, sizeof(digest)), stpcpy(text, "1:"));
	return true;
}
