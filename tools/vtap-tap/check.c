/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/tool.h"
#include "endpoints.h"
#include "header/fields.h"
#include "header/flow.h"
#include "host/link.h"
#include "host/local_addresses.h"
#include "host/privileges.h"
#include "host/route.h"
#include "live.h"

enum { OUTER_MAX = 65535 }; /* bytes of an outer IP packet, as its length field can say */

struct check {
	struct options *options;
	struct setup setup;
	int status;		/* exit status so far */
	uint32_t interface_mtu; /* largest MTU of the interfaces; 0 if none is known */
};

static const char *check_tool(void)
{
	return tap_options_cli.tool;
}

static void check_fail(struct check *check, const struct error *err)
{
	int status = tool_fail(check_tool(), err);

	if (status > check->status)
		check->status = status;
}

/* A line of what is as it should be. */
static ERROR_PRINTF(2, 3) void check_print(const struct check *check, const char *format, ...)
{
	va_list ap;

	if (check->options->common.quiet)
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

static void check_choice(struct check *check)
{
	const struct options *options = check->options;
	const struct rules *rules = check->setup.config.rules;

	if (rules)
		check_print(check, "rules: %s: %zu", options->rules, rules_count(rules));
	if (check->setup.config.expression)
		check_print(check, "expression: %s", options->filter);
}

static const char *check_state(const struct link *link)
{
	return !link->up ? "down" : link->running ? "up" : "up, no carrier";
}

static void check_link(struct check *check, const struct link *link)
{
	if (link->mtu > check->interface_mtu)
		check->interface_mtu = link->mtu;
	check_print(check, "interface: %s: %s, MTU %" PRIu32, link->name, check_state(link),
		    link->mtu);
}

static void check_interface(struct check *check, const char *name)
{
	struct error err = { 0 };
	struct link link;

	if (strcmp(name, "any") == 0) {
		check_print(check, "interface: any");
		return;
	}
	if (!link_find(&link, name, 0, &err)) {
		error_set(&err, "there is no interface %s; vtap-tap -D lists them", name);
		check_fail(check, &err);
		return;
	}
	if (!link.up) {
		error_set(&err, "%s is down: nothing can be captured (ip link set %s up)", name,
			  name);
		check_fail(check, &err);
		return;
	}
	check_link(check, &link);
}

static void check_pattern(struct check *check, const char *pattern)
{
	struct error err = { 0 };
	struct link_list list;
	bool found = false;

	if (!link_list_read(&list, &err)) {
		check_fail(check, &err);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		if (!list.links[i].up || !interfaces_match(pattern, list.links[i].name))
			continue;
		found = true;
		check_link(check, &list.links[i]);
	}
	link_list_free(&list);
	if (found)
		return;
	error_set(&err, "no interface that is up matches '%s'; vtap-tap -D lists all", pattern);
	check_fail(check, &err);
}

/* Returns true if the run would need a packet socket or a raw one. */
static bool check_needs_raw(const struct options *options)
{
	bool needs = options->interface_count > 0;

	for (unsigned i = 0; !options->common.output && i < options->target_count; i++)
		needs |= options->engine == ENGINE_PACKET ||
			 options->targets[i].encap->carrier != CARRIER_UDP;
	return needs;
}

static void check_rights(struct check *check)
{
	const struct options *options = check->options;
	struct error err = { 0 };
	int fd;

	if (options->common.user && !privileges_allow_owner(options->common.user, &err))
		check_fail(check, &err);
	if (!check_needs_raw(options))
		return;
	/* packet(7): with protocol 0 the socket receives nothing. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		error_errno(&err, "no packet socket: needs CAP_NET_RAW (root, or make install "
				  "SETCAP=1)");
		check_fail(check, &err);
		return;
	}
	close(fd);
}

static void check_input(struct check *check)
{
	const struct cli_common *common = &check->options->common;
	struct error err = { 0 };

	for (unsigned i = 0; check->options->interface_count == 0 && i < common->input_count; i++) {
		if (strcmp(common->inputs[i], "-") == 0 || access(common->inputs[i], R_OK) == 0)
			continue;
		error_errno(&err, "%s", common->inputs[i]);
		check_fail(check, &err);
	}
}

/* A socket sends from an address of this host alone. The engine that auto chooses depends on the
 * path, and a packet socket sends from any. */
static bool check_from(const struct options *options, const struct outer_header *outer_header,
		       struct error *err)
{
	char address[FLOW_ADDRESS_MAX];
	struct local_addresses *local;
	bool known;

	if (options->engine != ENGINE_SOCKET)
		return true;
	local = local_addresses_new(err);
	if (!local)
		return false;
	known = local_addresses_has(local, outer_header->version, outer_header->source);
	local_addresses_free(local);
	flow_address(outer_header->version, outer_header->source, address);
	return known || error_set(err, "%s is not an address of this host", address);
}

static bool check_device(const struct options *options, const struct route *route,
			 struct link *link, struct error *err)
{
	if (!link_find(link, NULL, route->device, err))
		return false;
	if (route->local)
		return options->engine != ENGINE_PACKET ||
		       error_set(err, "this host itself: --engine packet cannot send there");
	if (!link->running)
		return error_set(err, "%s, which leads there, has no carrier", link->name);
	if (options->engine == ENGINE_PACKET && (link->type != ARPHRD_ETHER || route->encapsulated))
		return error_set(err, "%s is no plain Ethernet: --engine packet cannot use it",
				 link->name);
	return true;
}

/* Finds how packets to target number i leave this host. */
static bool check_route(struct check *check, unsigned i, struct route *route, struct error *err)
{
	const struct options *options = check->options;
	const struct target *target = &options->targets[i];
	struct outer_header *outer_header = &check->setup.targets[i].outer_header;
	char from[FLOW_ADDRESS_MAX], to[FLOW_ADDRESS_MAX];
	struct link link;

	if (!endpoints_outer_header(options, target, outer_header, err) ||
	    !route_find(route, target->version, target->address, outer_header->source,
			target->scope, err) ||
	    !check_from(options, outer_header, err) || !check_device(options, route, &link, err))
		return false;
	flow_address(target->version, outer_header->source, from);
	flow_address(target->version, target->address, to);
	check_print(check, "target: %s: %s by %s, from %s, MTU %" PRIu32, options->uris[i], to,
		    link.name, from, route->mtu);
	return true;
}

/* What becomes of a packet that is too large, in the words of --oversize. */
static void check_tell_oversize(const struct check *check, unsigned i, uint32_t needs,
				uint32_t takes, uint32_t headers)
{
	const struct options *options = check->options;
	char what[128];

	if (options->oversize == OVERSIZE_FRAGMENT)
		snprintf(what, sizeof(what), "sent in fragments");
	else if (options->oversize == OVERSIZE_DROP || takes <= headers + ETHERNET_LEN)
		snprintf(what, sizeof(what), "dropped (--oversize fragment sends it whole)");
	else
		snprintf(what, sizeof(what),
			 "cut to %" PRIu32 " (--oversize fragment sends it whole)",
			 takes - headers - ETHERNET_LEN);
	tool_say(check_tool(),
		 "%s: a full-sized packet needs %" PRIu32 ", the path takes %" PRIu32
		 ": it will be %s",
		 options->uris[i], needs, takes, what);
}

static void check_mtu(const struct check *check, unsigned i, uint32_t path_mtu)
{
	const struct options *options = check->options;
	uint32_t mtu = (uint32_t)options->mtu;
	uint32_t headers = (uint32_t)tap_options_overhead(&check->setup, i);
	uint64_t frame = (uint64_t)check->interface_mtu + ETHERNET_LEN;

	if (options->common.quiet)
		return;
	if (path_mtu != 0 && mtu > path_mtu && options->oversize != OVERSIZE_FRAGMENT)
		tool_say(check_tool(),
			 "%s: the path takes %" PRIu32 ", less than --mtu %" PRIu32
			 ": packets in between cannot be sent (--mtu auto)",
			 options->uris[i], path_mtu, mtu);
	if (mtu == 0)
		mtu = path_mtu < OUTER_MAX ? path_mtu : OUTER_MAX;
	if (options->snaplen != 0 && options->snaplen < frame)
		frame = options->snaplen;
	if (check->interface_mtu != 0 && mtu != 0 && headers + frame > mtu)
		check_tell_oversize(check, i, (uint32_t)(headers + frame), mtu, headers);
}

static void check_target(struct check *check, unsigned i)
{
	const struct options *options = check->options;
	struct error err = { 0 };
	struct route route = { 0 };

	if (options->targets[i].version == 0)
		return; /* it was told that its name has no address */
	if (!options->common.output && !check_route(check, i, &route, &err)) {
		error_wrap(&err, "%s", options->uris[i]);
		check_fail(check, &err);
		return;
	}
	check_mtu(check, i, route.mtu);
}

static void check_names(struct check *check)
{
	struct options *options = check->options;
	struct error err = { 0 };

	for (unsigned i = 0; i < options->target_count; i++) {
		if (endpoints_resolve(options, i, 0, NULL, &options->targets[i], &err) ==
		    RESOLVER_FOUND)
			continue;
		options->targets[i].version = 0;
		error_wrap(&err, "%s", options->uris[i]);
		check_fail(check, &err);
	}
}

int tap_check(struct options *options)
{
	struct check check = { .options = options };
	struct error err = { 0 };

	check_names(&check);
	if (tap_options_setup(options, &check.setup, &err) &&
	    tap_live_choose_fragments(options, &check.setup.config, &err))
		check_choice(&check);
	else
		check_fail(&check, &err);
	check_rights(&check);
	check_input(&check);
	for (unsigned i = 0; i < options->interface_count; i++) {
		if (interfaces_is_pattern(options->interfaces[i]))
			check_pattern(&check, options->interfaces[i]);
		else
			check_interface(&check, options->interfaces[i]);
	}
	for (unsigned i = 0; i < options->target_count; i++)
		check_target(&check, i);
	tap_options_teardown(&check.setup);
	if (check.status == EXIT_DONE)
		check_print(&check, "ready; nothing was sent");
	if (fflush(stdout) != 0) {
		error_errno(&err, "standard output");
		check_fail(&check, &err);
	}
	return check.status;
}
