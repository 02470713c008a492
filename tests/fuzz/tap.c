/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole stage of vtap-tap: frames are whole, and none is longer than what may be sent. Input:
 * sequence. */
#include "header/checksum.h"
#include "taprig.h"

static struct taprig rig;

static bool is_local(void *arg, uint8_t version, const uint8_t *address)
{
	(void)arg;
	(void)version;
	return address[0] & 1;
}

/* Of IPv4's header, and of UDP where there is one. */
static void check_sums(const struct headers *headers, struct span frame)
{
	bool four = headers->ip_version == 4;
	struct span header, payload, addresses;
	uint16_t field = 0;

	FUZZ_CHECK(span_sub(frame, headers->network, headers->network_len, &header));
	FUZZ_CHECK(!four || checksum_fold(checksum_add(0, header)) == 0);
	if (headers->l4 == 0 || headers->flags & HEADERS_ANY_FRAGMENT)
		return;
	payload = span_from(frame, headers->transport);
	span_be16(payload, 6, &field);
	FUZZ_CHECK(headers_is_udp(headers) && (four || field != 0));
	addresses = span_first(span_from(header, four ? 12 : 8), four ? 8 : 32);
	FUZZ_CHECK(field == 0 ||
		   checksum_fold(checksum_add(
			   checksum_add_pseudo(0, addresses, 17, (uint32_t)payload.len),
			   payload)) == 0);
}

static uint64_t truncated;

/* One that was cut to fit fits exactly. */
static void check_truncated(const struct packet *packet, uint32_t mtu)
{
	uint64_t now = fuzz_stage_sum(&rig.fuzz, STATS_DETAIL, "mtu_truncated");

	FUZZ_CHECK(now == truncated || rig.config.target_count > 1 ||
		   packet->len == mtu + ETHERNET_LEN);
	truncated = now;
}

/* An MTU of 0 is none; the largest outer packets say so themselves. */
static void check_frame(const struct packet *packet)
{
	uint32_t mtu = rig.target[packet->interface->id].mtu;
	struct headers headers;

	FUZZ_CHECK(packet->linktype == LINK_ETHERNET && packet->caplen == packet->len);
	FUZZ_CHECK(packet->caplen > ETHERNET_LEN + 20);
	FUZZ_CHECK(mtu == 0 || rig.config.fragment_by_sender || packet->len <= mtu + ETHERNET_LEN);
	check_truncated(packet, mtu);
	headers_parse(&headers, LINK_ETHERNET, span_of(packet->data, packet->caplen), 0);
	FUZZ_CHECK(headers.ip_version != 0 && headers.network_end == packet->len);
	check_sums(&headers, span_of(packet->data, packet->caplen));
}

static struct rules *some_rules(void)
{
	static const char text[] = "exclude tcp dport 80\nexclude from 10.0.0.0/9 vlan 7\n"
				   "exclude icmp type 3 code 4\ninclude in udp sport 1000-2000\n"
				   "exclude out to 2001:db8::/33\ninclude\n";
	struct rules *rules;
	struct error err;

	rules = rules_parse("rules", span_of(text, sizeof(text) - 1), NULL, &err);
	FUZZ_CHECK(rules != NULL);
	return rules;
}

static void configure(uint32_t bits)
{
	static const uint32_t cuts[] = { 0, 64, 128, 1 };
	static const uint32_t mtus[] = { 0, 200, 1400, 576 };
	struct tap_config *config = &rig.config;

	taprig_target(&rig, bits);
	if (bits & 8)
		taprig_target(&rig, bits >> 4);
	config->balance = bits & 0x80;
	config->snaplen = cuts[bits >> 8 & 3];
	rig.target[0].mtu = mtus[bits >> 10 & 3];
	rig.target[1].mtu = mtus[bits >> 12 & 3];
	config->oversize = (enum tap_oversize)((bits >> 14 & 3) % 3);
	config->fragment_by_sender = config->oversize == OVERSIZE_FRAGMENT && bits & 0x10000;
	config->sequence = bits & 0x20000;
	config->meta = bits & 0x40000;
	config->segment = bits & 0x80000;
	config->segment_mtu = bits & 0x100000 ? 600 : 150;
	config->checksums = bits & 0x200000;
	config->sample = bits & 0x400000 ? 2 : 0;
	config->sample_flows = bits & 0x800000 ? 2 : 0;
	config->is_local = bits & 0x1000000 ? is_local : NULL;
	config->ends_loops = bits & 0x1000000;
	config->max_depth = bits >> 4 & 3;
	config->rules = bits & 0x2000000 ? some_rules() : NULL;
	config->rate.bits_per_s = bits & 0x4000000 ? 100000 : 0;
	config->rate.packets_per_s = bits & 0x8000000 ? 100 : 0;
	config->wanted = (enum direction)((bits >> 28 & 3) % 3);
	rig.target[0].outer_header.checksum = bits & 0x40000000;
	rig.target[0].outer_header.may_fragment = bits & 0x80000000;
}

/* A packet that counts as sent is a frame, where it goes to one target in one piece. */
static void check_sent(void)
{
	const struct tap_config *config = &rig.config;

	if ((config->target_count == 1 || config->balance) && !config->segment &&
	    (config->oversize != OVERSIZE_FRAGMENT || config->fragment_by_sender))
		FUZZ_CHECK(fuzz_stage_sum(&rig.fuzz, STATS_OUTCOME, "sent") == rig.fuzz.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);

	taprig_begin(&rig);
	truncated = 0;
	configure(fuzz_number(&input, 4));
	rig.fuzz.check = check_frame;
	taprig_start(&rig);
	fuzz_stage_run(&rig.fuzz, input);
	check_sent();
	tap_free(rig.tap);
	rules_free(rig.config.rules);
	return 0;
}
