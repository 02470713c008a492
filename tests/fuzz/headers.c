/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers from the link layer to the transport, and what is read off them. Input: packet. */
#include "header/headers.h"

#include "filter/sample.h"
#include "fuzz.h"
#include "header/fields.h"
#include "header/flow.h"
#include "offload/checksum_partial.h"
#include "offload/tcp_mss.h"

/* Prefixes up to this length are all tried, longer ones in steps. */
enum { PREFIX_ALL = 256, PREFIX_STEP = 13 };

/* Where a run of the parser began, and in what. */
struct run {
	struct span packet;
	uint32_t linktype, at;
};

static void check_network(const struct headers *headers, const struct run *run)
{
	bool four = headers->ip_version == 4;
	uint32_t least = four ? (uint32_t)IPV4_MIN_LEN : (uint32_t)IPV6_LEN;
	struct headers_addresses addresses;
	struct span bytes = headers_address_bytes(headers, run->packet);

	FUZZ_CHECK(four || headers->ip_version == 6);
	FUZZ_CHECK(headers->network >= run->at + headers->link_len &&
		   headers->network_len >= least);
	/* IPv4's options may be cut, whatever its total length says. */
	FUZZ_CHECK(headers->network + (four ? least : headers->network_len) <= run->packet.len);
	FUZZ_CHECK(headers->network + headers->network_len <= run->packet.len ||
		   headers->end == HEADERS_TRUNCATED || headers->end == HEADERS_MALFORMED);
	FUZZ_CHECK(headers->network_end == 0 ||
		   headers->network_end >= headers->network + headers->network_len);
	FUZZ_CHECK(!(headers->flags & HEADERS_NO_LENGTH) || headers->network_end == 0);
	FUZZ_CHECK(!(headers->flags & HEADERS_JUMBO) ||
		   (!four && headers->network_end > headers->network + UINT64_C(65536)));
	FUZZ_CHECK(bytes.len == (four ? 8U : 32U) &&
		   headers_copy_addresses(headers, run->packet, &addresses));
	FUZZ_CHECK(memcmp(addresses.src, bytes.data, bytes.len / 2) == 0 &&
		   memcmp(addresses.dst, bytes.data + bytes.len / 2, bytes.len / 2) == 0);
}

static void check_fragment(const struct headers *headers)
{
	bool any = headers->flags & HEADERS_ANY_FRAGMENT;
	bool later = headers->flags & HEADERS_LATER_FRAGMENT;

	FUZZ_CHECK(any == (headers->more_fragments || headers->fragment_offset != 0));
	FUZZ_CHECK(later == (headers->fragment_offset != 0));
	FUZZ_CHECK(any || headers->fragment_id == 0);
	FUZZ_CHECK(!later || headers->l4 == 0);
	if (any && headers->ip_version == 6)
		FUZZ_CHECK(headers->unfragmentable_len >= IPV6_LEN &&
			   headers->unfragmentable_len + IPV6_FRAGMENT_LEN <= headers->network_len);
	else
		FUZZ_CHECK(headers->unfragmentable_len == 0);
}

static void check_transport(const struct headers *headers, const struct run *run)
{
	bool ports = headers_have_ports(headers);

	FUZZ_CHECK(ports || (headers->src_port == 0 && headers->dst_port == 0));
	FUZZ_CHECK(headers->transport_end == 0 || headers_is_udp(headers));
	if (headers->l4 == 0) {
		FUZZ_CHECK(headers->transport == 0 && headers->transport_len == 0 && !ports);
		return;
	}
	FUZZ_CHECK(headers->ip_version != 0 && headers->l4 == headers->protocol);
	FUZZ_CHECK(headers->transport == headers->network + headers->network_len);
	FUZZ_CHECK(headers->transport_len >= UDP_LEN);
	/* Of a header that is cut the ports are enough. */
	FUZZ_CHECK(headers->transport + PORTS_LEN <= run->packet.len);
	FUZZ_CHECK(headers->transport_end == 0 ||
		   headers->transport_end >= headers->transport + UDP_LEN);
}

/* Why it stopped, and where. */
static void check_end(const struct headers *headers, const struct run *run)
{
	uint32_t behind_ip = headers->network + headers->network_len;

	FUZZ_CHECK(headers->payload >= run->at && headers->payload <= run->packet.len);
	FUZZ_CHECK(headers_know(run->linktype) == (headers->end != HEADERS_UNKNOWN_LINK));
	switch (headers->end) {
	case HEADERS_TRANSPORT:
		FUZZ_CHECK(headers->l4 != 0 &&
			   headers->payload == headers->transport + headers->transport_len);
		FUZZ_CHECK(headers->network_end == 0 || headers->payload <= headers->network_end);
		break;
	case HEADERS_FRAGMENT:
		FUZZ_CHECK(headers->flags & HEADERS_ANY_FRAGMENT);
		/* fall through */
	case HEADERS_IP_PAYLOAD:
		FUZZ_CHECK(headers->ip_version != 0 && headers->l4 == 0 &&
			   headers->payload == behind_ip);
		break;
	case HEADERS_NOT_IP:
		FUZZ_CHECK(headers->ip_version == 0);
		break;
	case HEADERS_UNKNOWN_LINK:
		FUZZ_CHECK(headers->depth == 0 && headers->payload == run->at);
		break;
	default:
		FUZZ_CHECK(headers->end <= HEADERS_TOO_DEEP);
	}
}

/* As many of them as there is room for. */
static void check_vids(const struct headers *headers, const struct run *run, unsigned most)
{
	uint16_t vids[HEADERS_DEPTH_MAX];
	unsigned count = headers_vlans(run->linktype, run->packet, run->at, vids, most);

	FUZZ_CHECK(count == (headers->vlans < most ? headers->vlans : most));
	for (unsigned i = 0; i < count; i++)
		FUZZ_CHECK(vids[i] <= VLAN_VID_MASK &&
			   (i >= HEADERS_VLANS || vids[i] == headers->vlan[i]));
}

static void check_vlans(const struct headers *headers, const struct run *run)
{
	FUZZ_CHECK(headers->vlans <= headers->depth &&
		   headers->link_len >= headers->vlans * (uint32_t)VLAN_TAG_LEN);
	for (unsigned i = headers->vlans; i < HEADERS_VLANS; i++)
		FUZZ_CHECK(headers->vlan[i] == 0);
	check_vids(headers, run, HEADERS_DEPTH_MAX);
	if (headers->vlans > 0)
		check_vids(headers, run, headers->vlans - 1U);
}

static void check_run(const struct headers *headers, const struct run *run)
{
	FUZZ_CHECK(headers->depth <= HEADERS_DEPTH_MAX && headers->link <= HEADERS_LINK_NULL);
	FUZZ_CHECK(headers->link_len <= run->packet.len - run->at);
	FUZZ_CHECK(headers->link_end == 0 || headers->link_end > run->at);
	FUZZ_CHECK(headers->trailer_len % MACSEC_ICV_LEN == 0 &&
		   headers->trailer_len <= headers->depth * (unsigned)MACSEC_ICV_LEN);
	if (headers->ip_version != 0)
		check_network(headers, run);
	else
		FUZZ_CHECK(headers->network_end == 0 && headers->flags == 0);
	check_fragment(headers);
	check_transport(headers, run);
	check_end(headers, run);
	check_vlans(headers, run);
}

#define NOTHING_OR_SAME(field) FUZZ_CHECK(part->field == 0 || part->field == whole->field)
#define AT_MOST(field)	       FUZZ_CHECK(part->field <= whole->field)

/* What is known of the first bytes of a packet is right of all of them. */
static void check_part(const struct headers *part, const struct headers *whole)
{
	FUZZ_CHECK(part->end == HEADERS_TRUNCATED || part->end == whole->end);
	FUZZ_CHECK((part->flags & ~whole->flags) == 0);
	for (unsigned i = 0; i < part->vlans && i < HEADERS_VLANS; i++)
		FUZZ_CHECK(part->vlan[i] == whole->vlan[i]);
	AT_MOST(depth);
	AT_MOST(vlans);
	AT_MOST(link_len);
	AT_MOST(network_len);
	AT_MOST(transport_len);
	AT_MOST(payload);
	NOTHING_OR_SAME(link);
	NOTHING_OR_SAME(ip_version);
	NOTHING_OR_SAME(network);
	NOTHING_OR_SAME(l4);
	NOTHING_OR_SAME(src_port);
	NOTHING_OR_SAME(dst_port);
	NOTHING_OR_SAME(transport);
	NOTHING_OR_SAME(fragment_id);
	NOTHING_OR_SAME(fragment_offset);
	NOTHING_OR_SAME(more_fragments);
	NOTHING_OR_SAME(unfragmentable_len);
	NOTHING_OR_SAME(link_end);
	FUZZ_CHECK(part->trailer_len <= whole->trailer_len);
	NOTHING_OR_SAME(network_end);
	NOTHING_OR_SAME(transport_end);
}

/* Prefixes that are longer than the headers say the same as the whole. */
static void check_prefixes(const struct headers *headers, const struct run *run)
{
	size_t most = headers->payload < run->packet.len ? headers->payload + 1U : run->packet.len;
	struct headers part;

	for (size_t len = run->at; len < most; len += len < PREFIX_ALL ? 1 : PREFIX_STEP) {
		headers_parse(&part, run->linktype, span_first(run->packet, len), run->at);
		check_part(&part, headers);
	}
	headers_parse(&part, run->linktype, span_first(run->packet, headers->payload), run->at);
	check_part(&part, headers);
}

static void shift_claim(uint64_t *end, int by)
{
	if (*end != 0)
		*end += (uint64_t)by;
}

/* All offsets are so many bytes further behind. */
static void shift(struct headers *headers, int by)
{
	if (headers->ip_version != 0)
		headers->network += (uint32_t)by;
	if (headers->l4 != 0)
		headers->transport += (uint32_t)by;
	headers->payload += (uint32_t)by;
	shift_claim(&headers->link_end, by);
	shift_claim(&headers->network_end, by);
	shift_claim(&headers->transport_end, by);
}

static void check_same(const struct headers *a, const struct headers *b)
{
	check_part(a, b);
	check_part(b, a);
	FUZZ_CHECK(a->protocol == b->protocol);
}

/* A run that begins inside a packet says what one of the bytes from there on says, and one of the
 * same bytes behind others. */
static void check_shifted(const struct headers *headers, const struct run *run)
{
	enum { BEHIND = 5 };
	size_t len = run->packet.len + BEHIND;
	struct patch patch = { malloc(len), len };
	struct headers alone, behind;

	headers_parse(&alone, run->linktype, span_from(run->packet, run->at), 0);
	shift(&alone, (int)run->at);
	check_same(&alone, headers);
	FUZZ_CHECK(patch.data != NULL);
	memset(patch.data, 0x45, BEHIND);
	patch_copy(patch, BEHIND, run->packet.data, run->packet.len);
	headers_parse(&behind, run->linktype, span_of(patch.data, len), run->at + BEHIND);
	free(patch.data);
	shift(&behind, -BEHIND);
	check_same(&behind, headers);
}

/* Behind a "cooked" header, which is always read header by header, a frame says what it says behind
 * Ethernet. */
static void check_cooked(const struct headers *headers, const struct run *run)
{
	struct span frame = span_from(run->packet, run->at);
	size_t len = frame.len - ETHERNET_LEN + SLL_LEN;
	struct headers cooked;
	struct patch patch;
	uint16_t type = 0;

	if (run->linktype != LINK_ETHERNET || frame.len < ETHERNET_LEN)
		return;
	span_be16(frame, ETHERNET_TYPE_AT, &type);
	patch = (struct patch){ calloc(1, len), len };
	patch_copy(patch, SLL_TYPE_AT, frame.data + ETHERNET_TYPE_AT, frame.len - ETHERNET_TYPE_AT);
	headers_parse(&cooked, LINK_SLL, span_of(patch.data, len), 0);
	free(patch.data);
	FUZZ_CHECK(cooked.link == HEADERS_LINK_SLL && headers->link == HEADERS_LINK_ETHERNET);
	if (type < ETHERTYPE_MIN) { /* a length in Ethernet only */
		FUZZ_CHECK(cooked.end == HEADERS_NOT_IP && cooked.link_end == 0);
		return;
	}
	cooked.link = headers->link;
	cooked.link_len -= SLL_LEN - ETHERNET_LEN;
	shift(&cooked, (int)run->at + ETHERNET_LEN - SLL_LEN);
	check_same(&cooked, headers);
}

static void check_flow(const struct headers *headers, const struct run *run)
{
	struct flow flow, turned;
	char text[FLOW_ADDRESS_MAX];
	uint64_t hash;
	int udp_port = -1;

	FUZZ_CHECK(flow_of(&flow, headers, run->packet) == (headers->ip_version != 0));
	if (run->at == 0)
		udp_port = flow_hash_usual(run->linktype, run->packet, &hash);
	if (udp_port >= 0)
		FUZZ_CHECK(headers->ip_version != 0 && flow_hash(&flow) == hash &&
			   udp_port == (headers_is_udp(headers) ? headers->dst_port : 0) &&
			   !(headers->flags & HEADERS_ANY_FRAGMENT));
	if (headers->ip_version == 0)
		return;
	FUZZ_CHECK(flow.version == headers->ip_version &&
		   flow.has_ports == headers_have_ports(headers));
	FUZZ_CHECK(flow_hash_packet(headers, run->packet) == flow_hash(&flow));
	turned = flow;
	turned.source = flow.destination;
	turned.destination = flow.source;
	FUZZ_CHECK(flow_hash(&flow) == flow_hash(&turned));
	flow_normalise(&flow);
	flow_normalise(&turned);
	FUZZ_CHECK(memcmp(&flow, &turned, sizeof(flow)) == 0);
	flow_address(flow.version, flow.source.address, text);
}

static void read_off(const struct headers *headers, const struct run *run)
{
	static struct tcp_mss *mss;
	uint32_t offset = 0;
	uint16_t value;

	if (checksum_partial_find(headers, run->packet, &offset, &value))
		FUZZ_CHECK(span_has(run->packet, offset, 2));
	sample_flow(3, headers, run->packet);
	if (!mss)
		mss = tcp_mss_new();
	FUZZ_CHECK(mss != NULL);
	tcp_mss_see(mss, headers, run->packet);
	tcp_mss_of(mss, headers, run->packet);
	if (headers->l4 != IPPROTO_TCP) /* it has learned nothing */
		return;
	tcp_mss_free(mss);
	mss = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_packet packet;
	struct headers headers;
	struct run run;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	run = (struct run){ .packet = span_of(packet.data, packet.caplen),
			    .linktype = packet.linktype,
			    .at = packet.flags % 8 };
	if (run.at > run.packet.len)
		run.at = 0;
	memset(&headers, 0xA5, sizeof(headers));
	headers_parse(&headers, run.linktype, run.packet, run.at);
	check_run(&headers, &run);
	check_prefixes(&headers, &run);
	check_shifted(&headers, &run);
	check_cooked(&headers, &run);
	check_flow(&headers, &run);
	read_off(&headers, &run);
	return 0;
}
