/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "filter/nesting.h"

enum {
	TTL_DEFAULT = 64,
	MTU_MAX = 65535,
	DEPTH_DEFAULT = 2,
	DEPTH_MAX = NESTING_MOST,
	BUFFER_MAX = 2047 << 20, /* bytes; libpcap takes them as an int */
};

static bool set_flag(bool *flag)
{
	*flag = true;
	return true;
}

#define FLAG(function, member)                                                   \
	static bool function(void *config, const char *value, struct error *err) \
	{                                                                        \
		(void)value, (void)err;                                          \
		return set_flag(&((struct options *)config)->member);            \
	}
#define NUMBER(function, member, min, max)                                                      \
	static bool function(void *config, const char *value, struct error *err)                \
	{                                                                                       \
		return number_parse(value, min, max, &((struct options *)config)->member, err); \
	}
#define DURATION(function, member)                                               \
	static bool function(void *config, const char *value, struct error *err) \
	{                                                                        \
		int64_t *ns = &((struct options *)config)->member;               \
                                                                                 \
		return number_duration(value, ns, err) &&                        \
		       (*ns > 0 || error_set(err, "expected a time above 0"));   \
	}
#define TEXT(function, member, what)                                             \
	static bool function(void *config, const char *value, struct error *err) \
	{                                                                        \
		((struct options *)config)->member = value;                      \
		return *value || error_set(err, "expected " what);               \
	}

FLAG(set_balance, balance)
FLAG(set_check, check)
FLAG(set_checksum, checksum)
FLAG(set_follow, follow)
FLAG(set_list, list)
FLAG(set_meta, meta)
FLAG(set_no_follow, no_follow)
FLAG(set_no_promiscuous, no_promiscuous)
FLAG(set_no_segment, no_segment)
FLAG(set_no_sequence, no_sequence)
NUMBER(set_snaplen, snaplen, 0, UINT32_MAX)
NUMBER(set_dscp, dscp, 0, 63)
NUMBER(set_max_depth, max_depth, 0, DEPTH_MAX)
NUMBER(set_ports, ports, 1, SEND_PORTS_MAX)
NUMBER(set_sample, sample, 1, UINT64_MAX)
NUMBER(set_sample_flows, sample_flows, 1, UINT64_MAX)
NUMBER(set_segment, segment_mtu, 68, MTU_MAX)
NUMBER(set_ttl, ttl, 1, 255)
DURATION(set_burst, burst_ns)
DURATION(set_duration, duration_ns)
TEXT(set_name, name, "a name")
TEXT(set_rules, rules, "a file name")

static bool set_to(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	unsigned i = options->target_count;

	if (i == TAP_TARGETS_MAX)
		return error_set(err, "expected at most %d targets", TAP_TARGETS_MAX);
	options->uris[i] = value;
	options->target_count++;
	return target_parse(&options->targets[i], value, err);
}

static bool set_from(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	struct options_from *from = &options->from4;

	if (strchr(value, ':'))
		from = &options->from6;
	if (from->given)
		return error_set(err, "expected one address of each family");
	from->given = true;
	if (inet_pton(from == &options->from4 ? AF_INET : AF_INET6, value, from->address) == 1)
		return true;
	return error_set(err, "expected an IPv4 or IPv6 address");
}

static bool set_interface(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	const char **list =
		reallocarray(options->interfaces, options->interface_count + 1, sizeof(*list));

	if (!list)
		return error_errno(err, "interfaces");
	options->interfaces = list;
	options->interfaces[options->interface_count++] = value;
	return *value || error_set(err, "expected the name of an interface");
}

/* Sets *index to that of value in a list that ends with NULL. */
static bool options_find_word(const char *const *names, const char *value, unsigned *index)
{
	for (*index = 0; names[*index]; ++*index)
		if (strcmp(names[*index], value) == 0)
			return true;
	return false;
}

static bool set_direction(void *config, const char *value, struct error *err)
{
	static const char *const names[] = { "inout", "in", "out", NULL };
	unsigned index;

	if (!options_find_word(names, value, &index))
		return error_set(err, "expected in, out or inout");
	((struct options *)config)->wanted = (enum direction)index;
	return true;
}

static bool set_oversize(void *config, const char *value, struct error *err)
{
	static const char *const names[] = { "truncate", "drop", "fragment", NULL };
	unsigned index;

	if (!options_find_word(names, value, &index))
		return error_set(err, "expected drop, truncate or fragment");
	((struct options *)config)->oversize = (enum tap_oversize)index;
	return true;
}

static bool set_engine(void *config, const char *value, struct error *err)
{
	static const char *const names[] = { "auto", "udp", "packet", NULL };
	struct options *options = config;
	unsigned index;

	if (!options_find_word(names, value, &index))
		return error_set(err, "expected auto, udp or packet");
	options->engine_name = value;
	options->engine = (enum send_engine)index;
	return true;
}

static bool set_mtu(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	options->mtu = 0;
	options->mtu_auto = strcmp(value, "auto") == 0;
	return options->mtu_auto || number_parse(value, 1, MTU_MAX, &options->mtu, err);
}

static bool set_buffer(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	if (!number_size(value, 1024, &options->buffer, err))
		return false;
	return (options->buffer >= 1024 && options->buffer <= BUFFER_MAX) ||
	       error_set(err, "expected a size from 1K to 2047M");
}

static bool set_rate(void *config, const char *value, struct error *err)
{
	return number_rate(value, &((struct options *)config)->bits_per_s, err);
}

static bool set_pps(void *config, const char *value, struct error *err)
{
	return number_thousands(value, &((struct options *)config)->packets_per_s, err);
}

static bool set_speed(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	int64_t nano;

	options->speed_given = true;
	options->speed = 0;
	if (strcmp(value, "max") == 0)
		return true;
	if (!number_decimal(value, &nano, err) || nano == 0)
		return error_set(err, "expected a number such as 2 or 0.5, or max");
	options->speed = (double)nano / 1e9;
	return true;
}

static bool set_write(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	options->common.output = value;
	return *value || error_set(err, "expected a file name");
}

/* "" is an expression that everything matches. */
static bool set_expression(void *config, const char *value, struct error *err)
{
	(void)err;
	((struct options *)config)->filter = value;
	return true;
}

static const struct cli_option rows[] = {
	{ "balance", 0, NULL, "send each packet to one target, chosen by its flow", set_balance,
	  CLI_TUNNEL },
	{ "buffer", 'B', "SIZE",
	  "capture buffer of an interface, in KiB or as 64M\n(default: 8M, less for more than 32)",
	  set_buffer, CLI_INPUT },
	{ "burst", 0, "DURATION", "how much of --rate and --pps may pass at once\n(default: 100ms)",
	  set_burst, CLI_LIMITS },
	{ "check", 0, NULL, "say whether this host has what the options need, and\nexit", set_check,
	  CLI_GENERAL },
	{ "direction", 'Q', "in|out|inout", "mirror only packets of this direction", set_direction,
	  CLI_SELECTION },
	{ "dscp", 0, "N", "DSCP of the outer packets (default: 0)", set_dscp, CLI_TUNNEL },
	{ "duration", 0, "DURATION", "stop after this time: 90 (seconds), 10m, 2h", set_duration,
	  CLI_LIMITS },
	{ "engine", 0, "auto|udp|packet",
	  "send through sockets, or whole frames through a\npacket socket (default: auto)",
	  set_engine, CLI_TUNNEL },
	{ "follow", 0, NULL,
	  "wait for interfaces and targets that are not there\n(default with -i)", set_follow,
	  CLI_INPUT },
	{ "from", 0, "ADDR", "outer source address; once for each IP version", set_from,
	  CLI_TUNNEL | CLI_REPEATS },
	{ "interface", 'i', "NAME",
	  "capture from this interface, any, or all that a\npattern matches (vnet*); repeatable",
	  set_interface, CLI_INPUT | CLI_USUAL | CLI_REPEATS },
	{ "list-interfaces", 'D', NULL, "print the interfaces and exit", set_list,
	  CLI_INPUT | CLI_USUAL | CLI_INSTEAD },
	{ "max-depth", 0, "N", "mirror no packet that is in more than N tunnels\n(default: 2)",
	  set_max_depth, CLI_SELECTION },
	{ "meta", 0, NULL, "GENEVE: carry length, time, direction and number", set_meta,
	  CLI_TUNNEL },
	{ "mtu", 0, "N|auto",
	  "send outer IP packets of at most N bytes\n(default: auto; no limit in files)", set_mtu,
	  CLI_TUNNEL },
	{ "name", 0, "NAME", "name of this tap, for --meta and --metrics", set_name, CLI_REPORT },
	{ "no-follow", 0, NULL, "end when an interface or a target is not there", set_no_follow,
	  CLI_INPUT },
	{ "no-promiscuous", 'p', NULL, "do not put interfaces into promiscuous mode",
	  set_no_promiscuous, CLI_INPUT },
	{ "no-segment", 0, NULL, "do not segment GSO packets (TSO, GRO)", set_no_segment,
	  CLI_TUNNEL },
	{ "no-sequence", 0, NULL, "GRE, ERSPAN: send no sequence numbers", set_no_sequence,
	  CLI_TUNNEL },
	{ "oversize", 0, "drop|truncate|fragment",
	  "what to do with packets larger than --mtu\n(default: truncate)", set_oversize,
	  CLI_TUNNEL },
	{ "ports", 0, "N", "source ports of engine udp for each target\n(default: 8)", set_ports,
	  CLI_TUNNEL },
	{ "pps", 0, "N", "send at most N packets a second to each target:\n500, 20k", set_pps,
	  CLI_LIMITS },
	{ "rate", 0, "RATE", "send at most RATE to each target: 500k, 10M, 1G\n(bits a second)",
	  set_rate, CLI_LIMITS | CLI_USUAL },
	{ "rules", 0, "FILE", "mirror what the rules in FILE include", set_rules,
	  CLI_SELECTION | CLI_USUAL },
	{ "sample", 0, "N", "mirror one packet in N", set_sample, CLI_SELECTION },
	{ "sample-flows", 0, "N", "mirror one flow in N, with all its packets", set_sample_flows,
	  CLI_SELECTION },
	{ "segment", 0, "MTU", "segment GSO packets (TSO, GRO) for this MTU", set_segment,
	  CLI_TUNNEL },
	{ "snaplen", 's', "LEN", "send at most LEN bytes of each packet (0: all)", set_snaplen,
	  CLI_LIMITS | CLI_USUAL },
	{ "speed", 0, "N|max", "send -r N times as fast as recorded (default: 1)", set_speed,
	  CLI_INPUT },
	{ "to", 't', "URI", "send to this target: vxlan://HOST/VNI; repeatable", set_to,
	  CLI_TUNNEL | CLI_USUAL | CLI_REPEATS },
	{ "ttl", 0, "N", "TTL or hop limit of the outer packets\n(default: 64)", set_ttl,
	  CLI_TUNNEL },
	{ "udp-checksum", 0, NULL, "send outer UDP checksums over IPv4, too", set_checksum,
	  CLI_TUNNEL },
	{ "write", 'w', "FILE", "write the outer frames to FILE, do not send them", set_write,
	  CLI_OUTPUT | CLI_USUAL },
	{ 0 },
};

static const struct cli_option expression_row = { "expression",	  0,
						  "EXPRESSION",	  "mirror only what matches",
						  set_expression, CLI_SELECTION };

static const struct cli_hint hints[] = {
	{ "-f", "the expression comes last, as in tcpdump" },
	{ "--filter", "the expression comes last, as in tcpdump" },
	{ "-n", "--check sends nothing" },
	{ "--dry-run", "--check sends nothing" },
	{ 0 },
};

const struct cli tap_options_cli = {
	.tool = "vtap-tap",
	.summary = "Mirrors packets of a capture or an interface into tunnels.",
	.operands = "[EXPRESSION]",
	.notes = "URI: vxlan://HOST[:PORT]/VNI, vxlan-gpe://HOST[:PORT]/VNI,\n"
		 "geneve://HOST[:PORT]/VNI, gre://HOST[/KEY], erspan1://HOST,\n"
		 "erspan2://HOST/SESSION or erspan3://HOST/SESSION.\n"
		 "EXPRESSION: mirror only what matches, as in tcpdump; see pcap-filter(7).",
	.examples = {
		{ "What eth0 sees, but for SSH, as VXLAN to a collector",
		  "vtap-tap -i eth0 -t vxlan://10.0.2.9/3000 'not port 22'" },
		{ "The first 128 bytes of each packet, at most 100 Mbit/s",
		  "vtap-tap -i eth0 -s 128 --rate 100M -t vxlan://10.0.2.9/3000" },
		{ "A capture, into a file of what would be sent",
		  "vtap-tap -r original.pcapng -t gre://10.0.2.9 --from 10.0.1.5 -w gre.pcap" },
	},
	.options = rows,
	.hints = hints,
	.expression = &expression_row,
	.check = tap_options_check,
};

enum cli_result tap_options_parse(struct options *options, int argc, char **argv, struct error *err)
{
	enum cli_result result;

	*options = (struct options){
		.ttl = TTL_DEFAULT,
		.max_depth = DEPTH_DEFAULT,
		.speed = 1,
		.filter = "",
		.argc = argc,
		.argv = argv,
	};
	result = cli_parse(&tap_options_cli, argc, argv, options, err);
	if (result != CLI_RUN)
		free(options->interfaces);
	return result;
}

void tap_options_free(struct options *options)
{
	cli_free(&options->common);
	free(options->interfaces);
}
