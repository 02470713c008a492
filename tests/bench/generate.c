/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the inputs of `make bench`: mirrored traffic, the same for the same options.
 *   generate [-m MEGABYTES] [-k PACKETS] [-s SOURCES] [-v VNIS] [-f FLOWS] [-c CUT]
 *            [-p PART/PARTS] [-gnx] > FILE
 * -m the size of all parts together, -k or so many packets, -s tap hosts (outer sources), each with
 * one of 4 VNIs, -v each with so many VNIs, -c cuts the frames before encapsulation as a cloud
 * does, -p only each PARTS-th packet, from number PART (0 is the first) on, -g GENEVE with options
 * in place of VXLAN, -n pcapng with 64 interfaces in place of pcap, -x the frames as they were
 * before they were mirrored. Prints the number of packets written to standard error.
 *
 * With -v the packets come in rounds of SOURCES x VNIS: each tunnel has one packet in each round,
 * at a place that differs from round to round. So after n rounds each was seen n times, and none
 * can be foretold from the one before.
 *
 * With -f there are so many TCP flows, each whole: all its packets have one source, IP version and
 * tag, no sequence number is missing, and one packet in four is an acknowledgment of the other
 * side. Without it sequence numbers are those of 512 flows, whose packets have any source.
 *
 * Of eight tap hosts two send over IPv6 and one in a VLAN; of the inner frames one in four is IPv6
 * and one in eight tagged.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_MAX = 2048, INTERFACES = 64, VNI = 3000, VNIS = 4, FLOWS = 512 };

static struct {
	uint64_t bytes, packets;
	uint32_t sources, vnis, flows, cut, part, parts;
	int geneve, pcapng, plain;
} config = { .bytes = 1024ULL << 20, .packets = UINT64_MAX, .sources = 16, .parts = 1 };

static uint8_t frame[FRAME_MAX];
static size_t used;
static uint64_t made; /* bytes of all parts */

static void u8(unsigned value)
{
	frame[used++] = (uint8_t)value;
}

static void u16(unsigned value)
{
	u8(value >> 8);
	u8(value & 255);
}

static void u32(uint32_t value)
{
	u16(value >> 16);
	u16(value & 65535);
}

static void set16(size_t at, size_t value)
{
	frame[at] = (uint8_t)(value >> 8);
	frame[at + 1] = (uint8_t)value;
}

static void put(const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, stdout) != len)
		exit(1);
}

/* xorshift64*: repeatable on every machine. */
static uint64_t next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

static void ethernet(unsigned type)
{
	memset(frame + used, 2, 12);
	used += 12;
	u16(type);
}

static void checksum(size_t at)
{
	uint32_t sum = 0;

	for (size_t i = at; i < at + 20; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	sum = (sum & 65535) + (sum >> 16);
	sum += sum >> 16;
	set16(at + 10, ~sum & 65535);
}

static void ipv4(unsigned protocol, uint32_t source, uint32_t destination, size_t payload)
{
	size_t at = used;

	u16(0x4500);
	u16((unsigned)(20 + payload));
	u32(0x00004000);
	u8(64);
	u8(protocol);
	u16(0);
	u32(source);
	u32(destination);
	checksum(at);
}

static void ipv6(unsigned protocol, uint32_t source, uint32_t destination, size_t payload)
{
	u32(0x60000000);
	u16((unsigned)payload);
	u8(protocol);
	u8(64);
	u32(0x20010db8);
	u32(0), u32(0), u32(source);
	u32(0x20010db8);
	u32(0), u32(0), u32(destination);
}

static void tcp(unsigned from, unsigned to, uint32_t sequence, uint32_t acknowledged)
{
	u16(from);
	u16(to);
	u32(sequence);
	u32(acknowledged);
	u16(0x5018);
	u16(65535);
	u32(0);
}

static void inner_link(int tagged, int six, uint32_t flow)
{
	ethernet(tagged ? 0x8100 : six ? 0x86dd : 0x0800);
	if (tagged) {
		u16(100 + flow % 10);
		u16(six ? 0x86dd : 0x0800);
	}
}

/* Numbers of the next bytes of a flow of -f. */
static uint32_t *flow_sequence(uint32_t flow)
{
	static uint32_t *sequence;

	if (!sequence)
		sequence = calloc(config.flows, sizeof(*sequence));
	if (!sequence)
		exit(1);
	return &sequence[flow];
}

/* One frame of a flow of -f. */
static void inner_of_flow(uint32_t flow, size_t size, int answers)
{
	int six = flow % 4 == 1, tagged = flow % 8 == 2;
	uint32_t client = 0x0a000000 + flow, server = 0x0a800001, *sequence = flow_sequence(flow);
	size_t headers = 14 + (tagged ? 4 : 0) + (six ? 40 : 20) + 20;
	size_t payload = size > headers && !answers ? size - headers : 0;
	unsigned port = 1024 + flow % 60000;

	inner_link(tagged, six, flow);
	(six ? ipv6 : ipv4)(6, answers ? server : client, answers ? client : server, 20 + payload);
	if (answers)
		tcp(443, port, 1, *sequence);
	else
		tcp(port, 443, *sequence, 1);
	*sequence += (uint32_t)payload;
	memset(frame + used, 'x', payload);
	used += payload;
}

/* One inner frame of about `size` bytes; one in four is IPv6, one in eight is tagged. */
static void inner(uint64_t random, size_t size)
{
	static uint32_t sequence[FLOWS];
	uint32_t flow = (uint32_t)(random % FLOWS);
	int six = (random >> 10) % 4 == 0, tagged = (random >> 12) % 8 == 0;
	size_t headers = 14 + (tagged ? 4 : 0) + (six ? 40 : 20) + 20;
	size_t payload = size > headers ? size - headers : 0;

	inner_link(tagged, six, flow);
	if (six)
		ipv6(6, 0x0a000000 + flow, 0x0a800001, 20 + payload);
	else
		ipv4(6, 0x0a000000 + flow, 0x0a800001, 20 + payload);
	tcp(40000 + flow, 443, sequence[flow], 1);
	sequence[flow] += (uint32_t)payload;
	memset(frame + used, 'x', payload);
	used += payload;
}

/* Fisher and Yates: every order is as likely. */
static void shuffle(uint32_t *items, uint32_t count)
{
	for (uint32_t left = count; left > 1; left--) {
		uint32_t other = (uint32_t)((next_random() >> 32) % left), item = items[left - 1];

		items[left - 1] = items[other];
		items[other] = item;
	}
}

/* Number of the next tunnel in a round, of -v. */
static uint32_t next_of_round(uint32_t tunnels)
{
	static uint32_t *round, at;

	if (!round) {
		round = malloc(tunnels * sizeof(*round));
		if (!round)
			exit(1);
		for (uint32_t i = 0; i < tunnels; i++)
			round[i] = i;
	}
	if (at == 0)
		shuffle(round, tunnels);
	at = (at + 1) % tunnels;
	return round[at];
}

static void tunnel(uint32_t vni)
{
	if (config.geneve) {
		u16(0x0200); /* two words of options */
		u16(0x6558);
		u32(vni << 8);
		u32(0x01020101);
		u32(0xdeadbeef);
	} else {
		u32(0x08000000);
		u32(vni << 8);
	}
}

/* Ethernet, perhaps a tag, and IP of a tap host; lengths come later. Returns where IP starts. */
static size_t outer(uint32_t source, int six)
{
	int tagged = source % 8 == 5;
	size_t ip;

	ethernet(tagged ? 0x8100 : six ? 0x86dd : 0x0800);
	if (tagged) {
		u16(20);
		u16(0x0800);
	}
	ip = used;
	if (six)
		ipv6(17, 0xc6120000 + source, 0xc633640a, 0);
	else
		ipv4(17, 0xc6120000 + source, 0xc633640a, 0);
	return ip;
}

static void mirrored(void)
{
	static const size_t sizes[] = { 64, 64, 576, 1500 };
	uint64_t random = next_random();
	uint32_t source = (uint32_t)((random >> 32) % config.sources), vni = source % VNIS;
	uint32_t flow = config.flows ? (uint32_t)((random >> 32) % config.flows) : 0;
	size_t ip = 0, udp = 0, start;
	int six;

	if (config.vnis) {
		uint32_t number = next_of_round(config.sources * config.vnis);

		source = number / config.vnis;
		vni = number % config.vnis;
	}
	if (config.flows) {
		source = flow % config.sources;
		vni = source % VNIS;
	}
	six = source % 4 == 3;
	used = 0;
	if (!config.plain) {
		ip = outer(source, six);
		udp = used;
		u16((unsigned)(49152 + (random & 8191)));
		u16(config.geneve ? 6081 : 4789);
		u32(0);
		tunnel(VNI + vni);
	}
	start = used;
	if (config.flows)
		inner_of_flow(flow, sizes[(random >> 20) % 4], (random >> 20) % 4 == 0);
	else
		inner(random, sizes[(random >> 20) % 4]);
	if (config.cut && used - start > config.cut)
		used = start + config.cut;
	if (config.plain)
		return;
	set16(udp + 4, used - udp);
	if (six) {
		set16(ip + 4, used - udp);
		return;
	}
	set16(ip + 2, used - ip);
	set16(ip + 10, 0);
	checksum(ip);
}

static void begin(void)
{
	const uint32_t pcap[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1 };
	const uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28 };
	uint32_t interface[] = { 1, 36, 1, 262144, 5 << 16 | 2, 0, 0, 0, 36 }; /* if_name, eth00 */

	if (!config.pcapng) {
		put(pcap, sizeof(pcap));
		return;
	}
	put(section, sizeof(section));
	for (int i = 0; i < INTERFACES; i++) {
		const char name[] = { 'e', 't', 'h', (char)('0' + i / 10), (char)('0' + i % 10) };

		memcpy(&interface[5], name, sizeof(name));
		put(interface, sizeof(interface));
	}
}

static void record(uint64_t number)
{
	uint64_t us = 1700000000000000 + number;
	uint32_t len = (uint32_t)used, padded = (len + 3) & ~3U;

	made += config.pcapng ? 32 + padded : 16 + len;
	if (number % config.parts != config.part)
		return;
	if (config.pcapng) {
		uint32_t head[] = { 6,
				    32 + padded,
				    (uint32_t)(number % INTERFACES),
				    (uint32_t)(us >> 32),
				    (uint32_t)us,
				    len,
				    len };

		put(head, sizeof(head));
		memset(frame + used, 0, 3);
		put(frame, padded);
		put(&head[1], 4);
	} else {
		uint32_t head[] = { (uint32_t)(us / 1000000), (uint32_t)(us % 1000000), len, len };

		put(head, sizeof(head));
		put(frame, len);
	}
}

/* Of -p. */
static int part_parse(const char *text)
{
	char *end;

	config.part = (uint32_t)strtoul(text, &end, 10);
	config.parts = *end == '/' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
	return config.part < config.parts;
}

static int options_parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "m:k:s:v:f:c:p:gnx")) != -1) {
		switch (option) {
		case 'm':
			config.bytes = strtoull(optarg, NULL, 10) << 20;
			break;
		case 'k':
			config.packets = strtoull(optarg, NULL, 10);
			config.bytes = UINT64_MAX;
			break;
		case 's':
			config.sources = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'v':
			config.vnis = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'f':
			config.flows = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			config.cut = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			if (!part_parse(optarg))
				return 0;
			break;
		case 'g':
			config.geneve = 1;
			break;
		case 'n':
			config.pcapng = 1;
			break;
		case 'x':
			config.plain = 1;
			break;
		default:
			return 0;
		}
	}
	return config.sources > 0 && optind == argc;
}

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	uint64_t number, mine;

	if (!options_parse(argc, argv))
		return 2;
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	begin();
	for (number = 0; made < config.bytes && number < config.packets; number++) {
		mirrored();
		record(number);
	}
	mine = (number + config.parts - 1 - config.part) / config.parts;
	fprintf(stderr, "%llu\n", (unsigned long long)mine);
	return fflush(stdout) == 0 ? 0 : 1;
}
