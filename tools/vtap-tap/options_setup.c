/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the config of the stage from the options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "header/ip_fragment.h"
#include "options.h"

enum { NS_PER_S = 1000000000 };

/* What goes to a target without an address is counted as if it were a packet of IPv4, unless --from
 * says that it will be one of IPv6. */
static uint8_t setup_version(const struct options *options, const struct target *target)
{
	if (target->version != 0)
		return target->version;
	return options->from6.given && !options->from4.given ? 6 : 4;
}

void tap_options_outer_header(const struct options *options, const struct target *target,
			      struct outer_header *outer_header)
{
	struct target known = *target;

	known.version = setup_version(options, target);
	target_outer_header(&known, outer_header);
	memcpy(outer_header->source,
	       known.version == 6 ? options->from6.address : options->from4.address,
	       sizeof(outer_header->source));
	outer_header->ttl = (uint8_t)options->ttl;
	outer_header->dscp = (uint8_t)options->dscp;
	outer_header->checksum = options->checksum;
	outer_header->may_fragment = options->oversize == OVERSIZE_FRAGMENT;
}

static void setup_target(const struct options *options, unsigned i, struct tap_target *target)
{
	const struct target *from = &options->targets[i];

	tap_options_outer_header(options, from, &target->outer_header);
	target->uri = options->uris[i];
	target->has_id = from->has_id;
	target->id = from->id;
	target->mtu = (uint32_t)options->mtu;
	target_name(from, target->name);
}

/* Returns what may pass at once, at least 1: 0 would be the default. */
static uint64_t setup_burst(uint64_t per_s, int64_t ns)
{
	unsigned __int128 amount = (unsigned __int128)per_s * (uint64_t)ns / NS_PER_S;

	if (per_s == 0 || ns == 0)
		return 0;
	if (amount > UINT64_MAX)
		return UINT64_MAX;
	return amount == 0 ? 1 : (uint64_t)amount;
}

void tap_options_set_limits(const struct options *options, struct tap_config *config)
{
	config->snaplen = (uint32_t)options->snaplen;
	config->sample = options->sample;
	config->rate = (struct token_bucket_config){
		.bits_per_s = options->bits_per_s,
		.packets_per_s = options->packets_per_s,
		.burst_bits = setup_burst(options->bits_per_s, options->burst_ns),
		.burst_packets = setup_burst(options->packets_per_s, options->burst_ns),
		.mtu_len = (uint32_t)options->mtu,
	};
}

static bool setup_meta(const struct options *options, struct geneve_meta *meta, struct error *err)
{
	char host[256] = "";
	const char *name = options->name;

	if (!options->meta)
		return true;
	if (!name && !tap_options_between_files(options) &&
	    gethostname(host, sizeof(host) - 1) == 0)
		name = host;
	if (name)
		geneve_meta_set_name(meta, span_of(name, strlen(name)));
	if (getrandom(&meta->instance, sizeof(meta->instance), 0) == sizeof(meta->instance))
		return true;
	return error_errno(err, "--meta: random numbers");
}

size_t tap_options_overhead(const struct setup *setup, unsigned target)
{
	const struct tap_target *to = &setup->targets[target];
	const struct tunnel_build what = {
		.linktype = LINK_ETHERNET,
		.has_id = to->has_id,
		.has_sequence = setup->config.sequence,
		.meta = setup->config.meta ? &setup->config.tap : NULL,
	};

	return outer_header_overhead(&to->outer_header, &what) - ETHERNET_LEN;
}

/* An MTU into which the outer headers do not fit is an error at once. */
static bool setup_check_mtu(const struct options *options, const struct setup *setup, unsigned i,
			    struct error *err)
{
	const struct tap_target *target = &setup->targets[i];
	size_t least = tap_options_overhead(setup, i);

	if (options->oversize == OVERSIZE_FRAGMENT && least < IP_FRAGMENT_MTU_MIN)
		least = IP_FRAGMENT_MTU_MIN;
	return target->mtu == 0 || target->mtu >= least ||
	       error_usage(err, "--mtu %u: expected at least %zu, for the headers to %s",
			   target->mtu, least, target->uri);
}

static bool setup_check_expression(struct expression *expression, struct error *err)
{
	if (expression_check(expression, err))
		return true;
	if (access(expression_text(expression), F_OK) == 0)
		return error_usage(err, "%s is no filter expression: a file is read with -r",
				   expression_text(expression));
	return false;
}

/* Names of services are read now: the sandbox does not open their file for rules that come later.
 */
static bool setup_rules(const char *path, struct setup *setup, struct error *err)
{
	setup->services = services_read("/etc/services");
	setup->config.rules = rules_read(path, setup->services, err);
	return setup->config.rules;
}

static bool setup_choice(const struct options *options, struct setup *setup, struct error *err)
{
	struct tap_config *config = &setup->config;

	if (*options->filter) {
		config->expression = expression_new(options->filter, err);
		if (!config->expression || !setup_check_expression(config->expression, err))
			return false;
	}
	return !options->rules || setup_rules(options->rules, setup, err);
}

bool tap_options_setup_tunnels(const struct options *options, struct setup *setup,
			       struct error *err)
{
	bool live = options->interface_count > 0;

	setup->config = (struct tap_config){
		.targets = setup->targets,
		.target_count = options->target_count,
		.balance = options->balance,
		.wanted = options->wanted,
		.sample_flows = options->sample_flows,
		.ends_loops = true,
		.max_depth = (unsigned)options->max_depth,
		.oversize = options->oversize,
		.sequence = !options->no_sequence,
		.meta = options->meta,
		.segment = options->segment_mtu != 0 || (live && !options->no_segment),
		.segment_mtu = (uint32_t)options->segment_mtu,
		.checksums = live,
		.copied = options->common.output != NULL,
	};
	tap_options_set_limits(options, &setup->config);
	for (unsigned i = 0; i < options->target_count; i++)
		setup_target(options, i, &setup->targets[i]);
	if (!setup_meta(options, &setup->config.tap, err))
		return false;
	for (unsigned i = 0; i < options->target_count; i++)
		if (!setup_check_mtu(options, setup, i, err))
			return false;
	return true;
}

bool tap_options_setup(const struct options *options, struct setup *setup, struct error *err)
{
	return tap_options_setup_tunnels(options, setup, err) && setup_choice(options, setup, err);
}

void tap_options_teardown(struct setup *setup)
{
	expression_free(setup->config.expression);
	rules_free(setup->config.rules);
	services_free(setup->services);
}
