/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli_choice.h"
#include "cli/cli_files.h"
#include "cli/cli_operands.h"
#include "header/reasm.h"
#include "live/listen_uri.h"
#include "tunnel/peel.h"

/* libpcap takes the bytes of a buffer as an int. */
enum { DEFAULT_MEMORY = 64 << 20, NAME_MAX_LEN = 32, BUFFER_MAX = 2047 << 20 };

static const int64_t default_time_ns = INT64_C(30) * 1000000000;

void options_default(struct options *options)
{
	*options = (struct options){ .decap = { .reassembly_memory = DEFAULT_MEMORY,
						.reassembly_time_ns = default_time_ns } };
	encap_select_default(&options->decap.select);
}

/* text is not NUL-terminated: len bytes of it are the name. */
static const struct encap *options_find_encap(const char *text, size_t len)
{
	char name[NAME_MAX_LEN];

	if (len >= sizeof(name))
		return NULL;
	memcpy(name, text, len);
	name[len] = '\0';
	return encap_find(name);
}

/* Sets the bits of encap_select.wanted for a name of -e. Returns false if there is none of it. */
static bool options_find_wanted(const char *text, size_t len, uint32_t *wanted)
{
	static const char all[] = "all";
	const struct encap *encap = options_find_encap(text, len);
	struct encap_select select;

	if (encap) {
		*wanted = UINT32_C(1) << encap_index(encap);
		return true;
	}
	encap_select_all(&select);
	*wanted = select.wanted;
	return len == strlen(all) && memcmp(text, all, len) == 0;
}

static bool options_no_encap(const char *name, size_t len, struct error *err)
{
	const char *meant = encap_similar(name, len, NULL);

	if (meant)
		return error_set(err, "unknown %.*s: did you mean %s?", (int)len, name, meant);
	return error_set(err,
			 "expected all, or names from --list-encaps, separated by commas; '%.*s' "
			 "is not one",
			 (int)len, name);
}

static bool options_is_udp(const struct encap *encap)
{
	return encap->carrier == CARRIER_UDP;
}

static bool options_no_port(const char *name, size_t len, struct error *err)
{
	const char *meant = encap_similar(name, len, options_is_udp);

	return meant ? error_set(err, "did you mean %s:PORT?", meant)
		     : error_set(err, "expected NAME:PORT with a UDP encapsulation, such as "
				      "vxlan:8472");
}

static bool set_encaps(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	if (!options->encaps_given)
		options->decap.select.wanted = 0;
	options->encaps_given = true;
	for (;;) {
		size_t len = strcspn(value, ",");
		uint32_t wanted;

		if (!options_find_wanted(value, len, &wanted))
			return options_no_encap(value, len, err);
		options->decap.select.wanted |= wanted;
		value += len;
		if (!*value++)
			return true;
	}
}

/* A port names its encapsulation, which so is selected unless -e has the list of what is. */
static bool set_port(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	struct encap_select *select = &options->decap.select;
	size_t len = strcspn(value, ":");
	const struct encap *encap = options_find_encap(value, len);
	uint64_t port;

	if (!encap || !options_is_udp(encap) || value[len] != ':')
		return options_no_port(value, len, err);
	if (!number_parse(value + len + 1, 1, UINT16_MAX, &port, err))
		return false;
	if (select->ports == ENCAP_MAX_PORTS)
		return error_set(err, "expected at most %d ports", ENCAP_MAX_PORTS);
	select->port[select->ports].port = (uint16_t)port;
	select->port[select->ports].encap = (uint8_t)encap_index(encap);
	select->ports++;
	if (!options->encaps_given)
		select->wanted |= UINT32_C(1) << encap_index(encap);
	return true;
}

static bool add_range(void *arg, uint64_t first, uint64_t last, struct error *err)
{
	struct encap_select *select = arg;

	if (select->ranges == ENCAP_MAX_RANGES)
		return error_set(err, "expected at most %d numbers and ranges", ENCAP_MAX_RANGES);
	select->range[select->ranges].first = (uint32_t)first;
	select->range[select->ranges].last = (uint32_t)last;
	select->ranges++;
	return true;
}

static bool set_ids(void *config, const char *value, struct error *err)
{
	return number_ranges(value, UINT32_MAX, add_range,
			     &((struct options *)config)->decap.select, err);
}

static bool set_depth(void *config, const char *value, struct error *err)
{
	uint64_t depth;

	if (!number_parse(value, 1, PEEL_MAX, &depth, err))
		return false;
	((struct options *)config)->decap.select.depth = (unsigned)depth;
	return true;
}

static bool set_drop(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->decap.drop = true;
	return true;
}

static bool set_strict(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->decap.select.strict = true;
	return true;
}

static bool set_ether(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->decap.ether = true;
	return true;
}

static bool set_list(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->list_encaps = true;
	return true;
}

static bool set_list_interfaces(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->list_interfaces = true;
	return true;
}

static bool set_memory(void *config, const char *value, struct error *err)
{
	struct decap_config *decap = &((struct options *)config)->decap;
	uint64_t bytes;

	if (!number_size(value, 1, &bytes, err))
		return false;
	if (bytes != 0 && (bytes < REASM_MEMORY_MIN || bytes > REASM_MEMORY_MAX))
		return error_set(err, "expected 0 (no reassembly) or a size from 1M to 1024G");
	decap->reassembly_memory = bytes;
	return true;
}

static bool set_time(void *config, const char *value, struct error *err)
{
	return number_duration(value, &((struct options *)config)->decap.reassembly_time_ns, err);
}

static bool set_listen(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	if (options->listen_count == LISTEN_MAX)
		return error_set(err, "expected at most %d sockets", LISTEN_MAX);
	return listen_uri_parse(&options->listen[options->listen_count], value, err) &&
	       ++options->listen_count;
}

static bool set_interface(void *config, const char *value, struct error *err)
{
	struct options *options = config;
	const char **list;

	if (!*value)
		return error_set(err, "expected the name of an interface");
	list = reallocarray(options->interface, options->interface_count + 1, sizeof(*list));
	if (!list)
		return error_errno(err, "interfaces");
	options->interface = list;
	options->interface[options->interface_count++] = value;
	return true;
}

static bool set_buffer(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	if (!number_size(value, 1024, &options->buffer, err))
		return false;
	return (options->buffer >= 1024 && options->buffer <= BUFFER_MAX) ||
	       error_set(err, "expected a size from 1K to 2047M");
}

static bool set_no_promiscuous(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->no_promiscuous = true;
	return true;
}

static bool set_no_meta(void *config, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct options *)config)->decap.no_meta = true;
	return true;
}

static bool set_duration(void *config, const char *value, struct error *err)
{
	struct options *options = config;

	if (!number_duration(value, &options->duration_ns, err))
		return false;
	return options->duration_ns > 0 || error_set(err, "expected more than 0 seconds");
}

static const struct cli_option own[] = {
	CLI_OPERANDS_OPTIONS,
	CLI_CHOICE_OPTIONS("seen\nwithout its tunnels, as it is written"),
	{ "buffer", 'B', "SIZE",
	  "receive buffer of an interface (default: 8M) or a\nsocket (32M), in KiB or as 64M",
	  set_buffer, CLI_INPUT },
	{ "depth", 0, "N", "take at most N tunnels off a packet", set_depth, CLI_TUNNEL },
	{ "drop", 'x', NULL, "drop packets from which no tunnel was taken off", set_drop,
	  CLI_SELECTION | CLI_USUAL },
	{ "duration", 0, "DURATION", "stop after this time: 90 (seconds), 10m, 2h (-l, -i)",
	  set_duration, CLI_LIMITS },
	{ "encap", 'e', "LIST",
	  "take off only these encapsulations: vxlan,geneve;\nall: also those that are off by "
	  "default",
	  set_encaps, CLI_TUNNEL | CLI_USUAL | CLI_REPEATS },
	{ "ether", 0, NULL, "put an Ethernet header in front of bare IP", set_ether, CLI_OUTPUT },
	{ "fail-if-none", 0, NULL, "exit with 1 if no tunnel was taken off", cli_set_fail_if_none,
	  CLI_REPORT },
	{ "id", 0, "LIST", "take off only tunnels with these VNIs, keys,\nsessions or TEIDs: 5,7-9",
	  set_ids, CLI_TUNNEL | CLI_REPEATS },
	{ "interface", 'i', "NAME",
	  "capture from this interface, any, or all that a\npattern matches (vnet*); repeatable",
	  set_interface, CLI_INPUT | CLI_USUAL | CLI_REPEATS },
	{ "list-encaps", 0, NULL, "print the encapsulations and exit", set_list,
	  CLI_TUNNEL | CLI_INSTEAD },
	{ "list-interfaces", 'D', NULL, "print the interfaces and exit", set_list_interfaces,
	  CLI_INPUT | CLI_INSTEAD },
	{ "listen", 'l', "URI",
	  "receive on this UDP port: vxlan://:4789,\ngeneve://[::1]; repeatable", set_listen,
	  CLI_INPUT | CLI_USUAL | CLI_REPEATS },
	{ "no-meta", 0, NULL, "ignore the option of vtap-tap --meta in GENEVE", set_no_meta,
	  CLI_TUNNEL },
	{ "no-promiscuous", 'p', NULL, "do not put interfaces into promiscuous mode",
	  set_no_promiscuous, CLI_INPUT },
	{ "port", 0, "NAME:PORT", "this UDP port carries NAME, too: vxlan:12345;\nrepeatable",
	  set_port, CLI_TUNNEL | CLI_REPEATS },
	{ "reassembly-mem", 0, "SIZE",
	  "memory for outer fragments (default: 64M);\n0: do not reassemble", set_memory,
	  CLI_LIMITS },
	{ "reassembly-time", 0, "DURATION",
	  "how long fragments wait for the rest of their\ndatagram (default: 30s)", set_time,
	  CLI_LIMITS },
	{ "strict", 0, NULL, "leave tunnels on that have reserved bits set or\ndamaged options",
	  set_strict, CLI_TUNNEL },
	{ "sync", 0, NULL, "have each file on the disk before it gets its name", cli_set_sync,
	  CLI_OUTPUT },
	{ 0 },
};

static const struct cli_hint hints[] = {
	{ "-n", "-v -w /dev/null counts and keeps nothing" },
	{ "--dry-run", "-v -w /dev/null counts and keeps nothing" },
	{ 0 },
};

static bool options_share_port(const struct encap *first, const struct encap *second, unsigned port,
			       struct error *err)
{
	return first == second || error_usage(err, "-l: port %u cannot carry both %s and %s", port,
					      first->name, second->name);
}

/* The kernel tells sockets of one port apart by address, the stage does not. */
static bool options_listeners_agree(const struct options *options, struct error *err)
{
	for (unsigned i = 1; i < options->listen_count; i++)
		for (unsigned j = 0; j < i; j++)
			if (options->listen[i].port == options->listen[j].port &&
			    !options_share_port(options->listen[j].encap, options->listen[i].encap,
						options->listen[i].port, err))
				return false;
	return true;
}

/* -l selects the encapsulation of its port, and its port, even if -e does not name it. */
static bool options_select_listened(struct encap_select *select,
				    const struct listen_address *listen, struct error *err)
{
	unsigned index = encap_index(listen->encap);

	select->wanted |= UINT32_C(1) << index;
	for (unsigned i = 0; i < select->ports; i++) {
		if (select->port[i].port != listen->port)
			continue;
		return options_share_port(encap_at(select->port[i].encap), listen->encap,
					  listen->port, err);
	}
	if (encap_has_number(listen->encap, listen->port))
		return true;
	if (select->ports == ENCAP_MAX_PORTS)
		return error_usage(err, "-l, --port: expected at most %d ports", ENCAP_MAX_PORTS);
	select->port[select->ports].port = listen->port;
	select->port[select->ports++].encap = (uint8_t)index;
	return true;
}

static const char *live_only(const struct options *options)
{
	if (options->buffer)
		return "-B";
	return options->duration_ns ? "--duration" : NULL;
}

static bool options_check_ends(const struct options *options, struct error *err)
{
	bool live = options_live(options);

	if (options->listen_count && options->interface_count)
		return error_usage(err, "-l and -i exclude each other");
	if (live && options->common.input_given)
		return error_usage(err, "-r and -%c exclude each other",
				   options->listen_count ? 'l' : 'i');
	if (!live && live_only(options))
		return error_usage(err, "%s needs -l or -i", live_only(options));
	if (!options->interface_count && options->no_promiscuous)
		return error_usage(err, "-p needs -i");
	return options_listeners_agree(options, err) && cli_check_ends(&options->common, true, err);
}

/* It also selects the encapsulations that -l names. */
static bool options_check(void *config, struct error *err)
{
	struct options *options = config;

	if (options->list_encaps || options->list_interfaces)
		return true;
	if (!options_check_ends(options, err) || !cli_choice_check(&options->common.choice, err))
		return false;
	for (unsigned i = 0; i < options->listen_count; i++)
		if (!options_select_listened(&options->decap.select, &options->listen[i], err))
			return false;
	options->decap.live = options_live(options);
	return true;
}

const struct cli options_cli = {
	.tool = "vtap-decap",
	.summary = "Takes the tunnels off mirrored packets; pcapng output names their sources.",
	.operands = "[FILE ...]",
	.examples = {
		{ "What a mirror sent, without its tunnels",
		  "vtap-decap -r mirrored.pcap -w plain.pcapng" },
		{ "Only VXLAN of the VNIs 3000 to 3002, and nothing that is in no tunnel",
		  "vtap-decap -e vxlan --id 3000-3002 -x -r mirrored.pcap -w some.pcapng" },
		{ "What arrives at the port of VXLAN, for any program that reads a pipe",
		  "vtap-decap -l vxlan://:4789 -w - | tshark -r -" },
	},
	.options = own,
	.hints = hints,
	.check = options_check,
};

static void options_found_by(const struct encap *encap, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s ",
				       encap->carrier == CARRIER_UDP ? "UDP port" : "IP protocol");

	for (unsigned i = 0; i < 4 && encap->numbers[i] != 0 && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%u", i ? ", " : "",
					 encap->numbers[i]);
}

bool options_list_encaps(FILE *to)
{
	fprintf(to, "%-10s  %-8s  %-22s  %-7s  %s\n", "NAME", "ID", "FOUND BY", "DEFAULT",
		"DOCUMENT");
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);
		char numbers[64];

		options_found_by(encap, numbers, sizeof(numbers));
		fprintf(to, "%-10s  %-8s  %-22s  %-7s  %s\n", encap->name,
			encap->id_name ? encap->id_name : "-", numbers,
			encap->on_request ? "off" : "on", encap->source);
	}
	return fflush(to) == 0;
}
