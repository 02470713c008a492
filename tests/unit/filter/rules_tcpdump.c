/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules against libpcap: each random rule is also written as the expression that tcpdump would be
 * given, and both look at the same packets, made here and in tests/data.
 */
#include "filter/rules.h"

#include <glob.h>
#include <pcap/pcap.h>

#include "host/libpcap.h"
#include "lib/build.h"
#include "lib/tap.h"

enum { LISTS = 400, RULES = 4, PACKETS = 300, SNAPLEN = 262144 };
enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ICMP6 = 58, SCTP = 132 };

/* A rule in both languages. */
struct both {
	char rule[256], expression[2048];
	char hold[512], tags[128]; /* expression without tags; what the tag must be */
	enum direction direction;
	struct bpf_program code;
};

static uint64_t seed = 42;

static unsigned dice(unsigned sides)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % sides;
}

static void add_rule(struct both *both, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_rule(struct both *both, const char *format, ...)
{
	size_t used = strlen(both->rule);
	va_list ap;

	va_start(ap, format);
	vsnprintf(both->rule + used, sizeof(both->rule) - used, format, ap);
	va_end(ap);
}

static void add_hold(struct both *both, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_hold(struct both *both, const char *format, ...)
{
	size_t used = strlen(both->hold);
	va_list ap;

	va_start(ap, format);
	vsnprintf(both->hold + used, sizeof(both->hold) - used, format, ap);
	va_end(ap);
}

/* from or to, src or dst, or net of either end; both of one IP version. */
static void add_network(struct both *both, const char *ours, const char *theirs, bool six)
{
	unsigned bits = six ? 32 + dice(97) : dice(33);

	if (dice(6) == 0) {
		add_rule(both, " %s any", ours);
		add_hold(both, " and (ip or ip6)");
	} else if (six) {
		/* 2001:db8:: is all zero behind bit 32; ::1 and ::2 are hosts only */
		const char *host = bits == 128 ? "1" : "";

		add_rule(both, " %s 2001:db8::%s/%u", ours, host, bits);
		add_hold(both, " and ip6 %s net 2001:db8::%s/%u", theirs, host, bits);
	} else {
		uint32_t mask = bits ? UINT32_MAX << (32 - bits) : 0;
		uint32_t address = (0x0A000000U | dice(4)) & mask;
		char text[20];

		snprintf(text, sizeof(text), "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
			 address >> 8 & 255, address & 255);
		add_rule(both, " %s %s/%u", ours, text, bits);
		add_hold(both, " and ip %s net %s/%u", theirs, text, bits);
	}
}

static void add_port(struct both *both, const char *ours, const char *theirs)
{
	unsigned first = dice(6), last = first + dice(3);

	if (first == last)
		add_rule(both, " %s %u", ours, first);
	else
		add_rule(both, " %s %u-%u", ours, first, last);
	add_hold(both, " and %s portrange %u-%u", theirs, first, last);
}

static void add_tag(struct both *both)
{
	unsigned first = dice(4), last = first + dice(3);

	add_rule(both, " vlan %u-%u", first, last);
	snprintf(both->tags, sizeof(both->tags),
		 "(ether[14:2] & 0xfff) >= %u and (ether[14:2] & 0xfff) <= %u and ", first, last);
}

static void add_transport(struct both *both)
{
	static const unsigned numbers[] = { ICMP, ICMP6, GRE, TCP, UDP, SCTP };
	unsigned number = numbers[dice(6)];
	bool typed = number == ICMP || number == ICMP6, named = typed || dice(3) > 0;
	const char *name = number == ICMP ? "icmp" : "icmp6";

	if (named) {
		add_rule(both, " %u", number);
		add_hold(both, " and (ip proto %u or ip6 proto %u)", number, number);
	}
	if (typed && dice(3) > 0) {
		unsigned type = dice(3), code = dice(3);

		add_rule(both, " type %u code %u", type, code);
		add_hold(both, " and %s[0] = %u and %s[1] = %u", name, type, name, code);
	} else if (!typed && number != GRE) {
		if (dice(3) == 0) {
			add_port(both, dice(2) ? "port" : "portrange", "");
			return;
		}
		if (dice(2))
			add_port(both, "sport", "src");
		if (dice(2))
			add_port(both, "dport", "dst");
	}
}

static bool compile(struct both *both, uint32_t linktype)
{
	pcap_t *pcap = pcap_open_dead(libpcap_dlt(linktype), SNAPLEN);
	bool good = pcap_compile(pcap, &both->code, both->expression, 0, PCAP_NETMASK_UNKNOWN) == 0;

	if (!good)
		printf("# %s: %s\n", both->expression, pcap_geterr(pcap));
	pcap_close(pcap);
	return good;
}

/* `vlan` moves all that follows it by a tag, over "or" too: so two of them mean two tags. */
static void with_tags(struct both *both)
{
	const char *hold = both->hold, *tags = both->tags;

	if (*tags)
		snprintf(both->expression, sizeof(both->expression),
			 "(vlan and %s(%s)) or (vlan and %s(%s))", tags, hold, tags, hold);
	else
		snprintf(both->expression, sizeof(both->expression),
			 "(%s) or (vlan and (%s)) or (vlan and (%s))", hold, hold, hold);
}

static bool make_rule(struct both *both)
{
	bool six = dice(2), either = dice(3) == 0;

	memset(both, 0, sizeof(*both));
	strcpy(both->rule, dice(2) ? "include" : "exclude");
	strcpy(both->hold, "greater 0");
	both->direction = (enum direction)(dice(2) ? 0 : dice(3));
	if (both->direction)
		add_rule(both, both->direction == DIRECTION_IN ? " in" : " out");
	if (dice(3) == 0)
		add_tag(both);
	if (either)
		add_network(both, "net", "", six);
	else if (dice(2))
		add_network(both, "from", "src", six);
	if (dice(2))
		add_transport(both);
	if (!either && dice(2))
		add_network(both, "to", "dst", six);
	with_tags(both);
	return compile(both, LINK_ETHERNET);
}

static uint8_t put_transport(struct build *b, bool six)
{
	static const uint8_t numbers[] = { ICMP, GRE, TCP, UDP, SCTP };
	uint8_t number = numbers[dice(5)], *p;

	if (number == ICMP && six)
		number = ICMP6;
	build_pad(b, 20, 0x50);
	p = build_front(b, number == UDP || number == ICMP || number == ICMP6 ? 8 : 20);
	memset(p, 0x50, 8);
	if (number == ICMP || number == ICMP6) {
		p[0] = (uint8_t)dice(3);
		p[1] = (uint8_t)dice(3);
	} else {
		build_be16(p, dice(8));
		build_be16(p + 2, dice(8));
	}
	if (number == UDP)
		build_be16(p + 4, build_len(b));
	if (number == TCP)
		p[12] = 0x50;
	return number;
}

static uint16_t put_network(struct build *b)
{
	unsigned kind = dice(10);
	uint8_t number;

	if (kind == 0) {
		build_hex(b, "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
		return 0x0806;
	}
	number = put_transport(b, kind < 5);
	if (kind < 5) {
		build_ipv6(b, (uint8_t)dice(4), (uint8_t)dice(4), number);
		return 0x86DD;
	}
	if (kind == 9)
		build_hex(b, "01010100");
	build_ipv4(b, (uint8_t)dice(4), (uint8_t)dice(4), number);
	if (kind == 9)
		b->room[b->start] = 0x46;
	if (kind == 8)
		build_be16(b->room + b->start + 6, dice(2) ? 0x2000 : 0x0010);
	return 0x0800;
}

static void make_packet(struct build *b)
{
	uint16_t type;

	build_clear(b);
	type = put_network(b);
	for (unsigned tags = dice(3); tags > 0; tags--) {
		build_vlan(b, (uint16_t)(dice(8) << 13 | dice(7)), type);
		type = dice(2) ? 0x8100 : 0x88A8;
	}
	build_ethernet(b, type);
}

static bool judge(const struct both *both, const uint8_t *data, size_t len,
		  enum direction direction)
{
	struct pcap_pkthdr header = { .caplen = (uint32_t)len, .len = (uint32_t)len };

	return (!both->direction || both->direction == direction) &&
	       pcap_offline_filter(&both->code, &header, data);
}

static enum rules_verdict judge_all(const struct both *both, const uint8_t *data, size_t len,
				    enum direction direction)
{
	for (unsigned i = 0; i < RULES; i++)
		if (judge(&both[i], data, len, direction))
			return both[i].rule[0] == 'i' ? RULES_INCLUDE : RULES_EXCLUDE;
	return RULES_UNMATCHED;
}

static enum rules_verdict verdict(const struct rules *rules, uint32_t linktype, const uint8_t *data,
				  size_t len, enum direction direction)
{
	struct span packet = span_of(data, len);
	struct headers headers;

	headers_parse(&headers, linktype, packet, 0);
	return rules_match(rules, &headers, packet, direction);
}

static struct rules *parse(const char *text)
{
	struct error err;
	struct rules *rules = rules_parse("random", span_of(text, strlen(text)), NULL, &err);

	if (!rules)
		printf("# %s\n# %s\n", text, err.text);
	return rules;
}

static void show(const char *text, const struct build *b, size_t len)
{
	printf("# %s\n# ", text);
	for (size_t i = 0; i < len; i++)
		printf("%02x", build_data(b)[i]);
	printf("\n");
}

/* Lists of four rules: which one is the first that matches. */
static void lists(void)
{
	unsigned verdicts[3] = { 0 }, wrong = 0, unmade = 0;

	for (unsigned i = 0; i < LISTS; i++) {
		struct both both[RULES];
		char text[RULES * 256] = "";
		struct rules *rules;

		for (unsigned k = 0; k < RULES; k++) {
			unmade += !make_rule(&both[k]);
			strcat(strcat(text, both[k].rule), "\n");
		}
		rules = parse(text);
		unmade += !rules;
		for (unsigned n = 0; rules && n < PACKETS; n++) {
			enum direction direction = (enum direction)dice(3);
			enum rules_verdict got, want;
			struct build b;

			make_packet(&b);
			got = verdict(rules, LINK_ETHERNET, build_data(&b), build_len(&b),
				      direction);
			want = judge_all(both, build_data(&b), build_len(&b), direction);
			verdicts[want]++;
			if (got != want && wrong++ < 5)
				show(text, &b, build_len(&b));
		}
		rules_free(rules);
		for (unsigned k = 0; k < RULES; k++)
			pcap_freecode(&both[k].code);
	}
	is_u64(unmade, 0, "every random rule is one in both languages");
	is_u64(wrong, 0, "lists of rules: the verdicts are libpcap's");
	for (unsigned i = 0; i < 3; i++)
		ok(verdicts[i] > LISTS * PACKETS / 20, "... %u times verdict %u", verdicts[i], i);
}

/*
 * On a cut packet a rule matches only where the whole packet and libpcap say so: the header must
 * be there, of which libpcap may need a part only.
 */
static void cuts(void)
{
	unsigned wrong = 0, matched = 0;

	for (unsigned i = 0; i < LISTS; i++) {
		struct both both;
		struct rules *rules;

		make_rule(&both);
		memcpy(both.rule, "include", 7);
		rules = parse(both.rule);
		for (unsigned n = 0; rules && n < PACKETS; n++) {
			enum direction direction = (enum direction)dice(3);
			struct build b;
			size_t len;

			make_packet(&b);
			len = dice((unsigned)build_len(&b));
			if (verdict(rules, LINK_ETHERNET, build_data(&b), len, direction) !=
			    RULES_INCLUDE)
				continue;
			matched++;
			if (!judge(&both, build_data(&b), len, direction) && wrong++ < 5)
				show(both.rule, &b, len);
		}
		rules_free(rules);
		pcap_freecode(&both.code);
	}
	is_u64(wrong, 0, "cut packets match only what libpcap lets match");
	ok(matched > LISTS, "... %u times", matched);
}

/* libpcap looks for ports right behind the IPv6 header: what has more headers is left out. */
static bool comparable(uint32_t linktype, const uint8_t *data, size_t len)
{
	struct span packet = span_of(data, len);
	struct headers headers;
	uint16_t type = 0;

	headers_parse(&headers, linktype, packet, 0);
	if (headers.link_len >= 2)
		span_be16(packet, headers.link_len - 2, &type);
	if (type >> 1 == 0x8847 >> 1 || type >> 1 == 0x8863 >> 1 || type == 0x8848 ||
	    type == 0x8864)
		return false;
	/* Of the tags in front of IP libpcap knows those of 802.1Q, 802.1ad and 0x9100. */
	span_be16(packet, 12, &type);
	if (headers.link == HEADERS_LINK_ETHERNET &&
	    (headers.link_len != 14U + 4 * headers.vlans ||
	     (headers.vlans > 0 && type != 0x8100 && type != 0x88a8 && type != 0x9100)))
		return false;
	return headers.ip_version != 6 || headers.network_len == 40;
}

static unsigned compare_file(const char *path, struct both *both, const struct rules *rules,
			     unsigned *compared)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, text);
	uint32_t linktype = pcap ? libpcap_linktype(pcap_datalink(pcap)) : 0;
	struct pcap_pkthdr *header;
	const uint8_t *data;
	unsigned wrong = 0;

	if (!pcap || linktype != LINK_ETHERNET) {
		if (pcap)
			pcap_close(pcap);
		return 0;
	}
	while (pcap_next_ex(pcap, &header, &data) == 1) {
		if (!comparable(linktype, data, header->caplen))
			continue;
		++*compared;
		wrong += (verdict(rules, linktype, data, header->caplen, DIRECTION_UNKNOWN) ==
			  RULES_INCLUDE) != judge(both, data, header->caplen, DIRECTION_UNKNOWN);
	}
	pcap_close(pcap);
	return wrong;
}

/* The recordings in tests/data: few rules, real packets. */
static void recordings(void)
{
	static const char *const rows[][2] = {
		{ "tcp", "(ip proto 6 or ip6 proto 6)" },
		{ "17", "(ip proto 17 or ip6 proto 17)" },
		{ "gre", "(ip proto 47 or ip6 proto 47)" },
		{ "icmp type 8", "icmp[0] = 8" },
		{ "dport 4789", "dst port 4789" },
		{ "sport 49152-57343", "src portrange 49152-57343" },
		{ "from 10.0.0.0/8", "ip src net 10.0.0.0/8" },
		{ "to 172.16.0.0/12", "ip dst net 172.16.0.0/12" },
		{ "from ::/0", "ip6 src net ::/0" },
		{ "to any udp", "(ip or ip6) and (ip proto 17 or ip6 proto 17)" },
	};
	const char *pattern = getenv("RULES_CAPTURES");
	unsigned compared = 0;
	glob_t files = { 0 };

	glob(pattern ? pattern : "tests/data/*.pcap", 0, NULL, &files);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct both both = { 0 };
		struct rules *rules;
		unsigned wrong = 0;

		snprintf(both.rule, sizeof(both.rule), "include %s", rows[i][0]);
		snprintf(both.hold, sizeof(both.hold), "%s", rows[i][1]);
		with_tags(&both);
		compile(&both, LINK_ETHERNET);
		rules = parse(both.rule);
		for (size_t k = 0; k < files.gl_pathc; k++)
			wrong += compare_file(files.gl_pathv[k], &both, rules, &compared);
		is_u64(wrong, 0, both.rule);
		rules_free(rules);
		pcap_freecode(&both.code);
	}
	ok(!files.gl_pathc || compared > 1000, "%u verdicts on %zu recordings", compared,
	   (size_t)files.gl_pathc);
	globfree(&files);
}

int main(void)
{
	lists();
	cuts();
	recordings();
	return tap_done();
}
