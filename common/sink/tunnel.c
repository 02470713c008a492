/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "route.h"
#include "sink/tunnel_way.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40 };

/* Error queues and path MTUs are looked at so often even where all goes well. */
static const int64_t tick_ns = 100000000;

/* One flow always goes by one lane: its source port is a hash of it. */
static struct tunnel_lane *lane_of(struct tunnel_way *way, struct span packet)
{
	uint16_t port;

	if (way->count == 1 ||
	    !span_be16(packet, way->envelope.version == 4 ? IPV4_LEN : IPV6_LEN, &port))
		return &way->lanes[0];
	return &way->lanes[port % way->count];
}

static void look_around(struct tunnel_sink *tunnel)
{
	unsigned i, k;

	for (i = 0; i < tunnel->config.count; i++) {
		struct tunnel_target *target = &tunnel->targets[i];
		struct tunnel_way *way = &target->way;

		if (way->engine == ENGINE_PACKET) {
			tunnel_icmp_drain(tunnel, target);
		} else {
			for (k = 0; k < way->count; k++)
				tunnel_errors_drain(tunnel, &way->lanes[k]);
			tunnel_send_mtu(tunnel, target, tunnel_socket_mtu(way, way->lanes[0].fd));
		}
		tunnel_errors_over(tunnel, target);
	}
}

static void send_all(struct tunnel_sink *tunnel)
{
	unsigned i;

	tunnel->now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	tunnel_hop_watch(tunnel);
	for (i = 0; i < tunnel->busy_count; i++)
		tunnel_send_lane(tunnel, tunnel->busy[i]);
	tunnel->busy_count = tunnel->held = 0;
	if (tunnel->now_ns - tunnel->tick_ns < tick_ns)
		return;
	tunnel->tick_ns = tunnel->now_ns;
	look_around(tunnel);
}

static void hold(struct tunnel_sink *tunnel, struct tunnel_lane *lane,
		 const struct tunnel_frame *frame)
{
	if (lane->count == 0)
		tunnel->busy[tunnel->busy_count++] = lane;
	tunnel->frame[tunnel->held] = *frame;
	lane->frames[lane->count++] = (uint8_t)tunnel->held++;
}

static bool tunnel_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	struct tunnel_sink *tunnel = (struct tunnel_sink *)sink;
	struct tunnel_frame frame = { .number = packet->number };
	struct tunnel_way *way;

	if (packet->interface->id >= tunnel->config.count)
		return error_set(err, "%s: there is no target %u", sink->name,
				 packet->interface->id);
	way = &tunnel->targets[packet->interface->id].way;
	frame.packet = span_from(span_of(packet->data, packet->caplen), ENVELOPE_ETHERNET_LEN);
	if (way->engine == ENGINE_PACKET && frame.packet.len > way->mtu) {
		send_all(tunnel);
		tunnel_packet_oversize(tunnel, &way->lanes[0], &frame);
		return true;
	}
	hold(tunnel, lane_of(way, frame.packet), &frame);
	if (tunnel->held == TUNNEL_HELD)
		send_all(tunnel);
	return true;
}

/* Sections and interfaces are of files. */
static bool tunnel_block(struct sink *sink, const struct block *block, struct error *err)
{
	(void)sink;
	(void)block;
	(void)err;
	return true;
}

static bool tunnel_flush(struct sink *sink, struct error *err)
{
	(void)err;
	send_all((struct tunnel_sink *)sink);
	return true;
}

static void tunnel_free(struct tunnel_sink *tunnel)
{
	unsigned i;

	for (i = 0; i < tunnel->config.count; i++)
		tunnel_socket_close(&tunnel->targets[i].way);
	if (tunnel->watch)
		link_watch_close(tunnel->watch);
	free(tunnel->targets);
	free(tunnel);
}

static bool tunnel_close(struct sink *sink, bool complete, struct error *err)
{
	struct tunnel_sink *tunnel = (struct tunnel_sink *)sink;

	(void)complete;
	(void)err;
	send_all(tunnel);
	look_around(tunnel);
	tunnel_free(tunnel);
	return true;
}

static const struct sink_ops tunnel_ops = {
	.put = tunnel_put, .block = tunnel_block, .flush = tunnel_flush, .close = tunnel_close
};

/* way is filled; on failure nothing is left open. */
static bool open_way(struct tunnel_way *way, const struct tunnel_config *config, unsigned index,
		     struct error *err)
{
	*way = (struct tunnel_way){ .envelope = *config->envelopes[index], .icmp = -1 };
	memcpy(way->zone, config->targets[index].zone, sizeof(way->zone));
	return tunnel_hop_open(way, config, clock_ns(CLOCK_MONOTONIC_COARSE), err);
}

static void take(struct tunnel_target *target, const struct tunnel_way *way)
{
	unsigned i;

	target->way = *way;
	for (i = 0; i < way->count; i++)
		way->lanes[i].target = target;
}

static bool open_targets(struct tunnel_sink *tunnel, struct error *err)
{
	const struct tunnel_config *config = &tunnel->config;
	unsigned i;

	for (i = 0; i < config->count; i++) {
		struct tunnel_target *target = &tunnel->targets[i];
		struct tunnel_way way;

		target->index = i;
		target_name(&config->targets[i], target->name);
		if (!open_way(&way, config, i, err))
			return error_wrap(err, "%s", target->name);
		take(target, &way);
		if (config->mtu && way.mtu)
			config->mtu(config->arg, i, way.mtu);
	}
	return true;
}

struct sink *sink_tunnel_open(const struct tunnel_config *config, struct error *err)
{
	struct tunnel_sink *tunnel = calloc(1, sizeof(*tunnel));

	if (!tunnel) {
		error_errno(err, "tunnel");
		return NULL;
	}
	if (config->count > TUNNEL_TARGETS_MAX || config->ports > TUNNEL_PORTS_MAX) {
		error_usage(err, "at most %d targets and %d ports", TUNNEL_TARGETS_MAX,
			    TUNNEL_PORTS_MAX);
		free(tunnel);
		return NULL;
	}
	tunnel->sink = (struct sink){ .ops = &tunnel_ops, .name = "tunnel" };
	tunnel->config = *config;
	tunnel->now_ns = tunnel->tick_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	tunnel->targets = calloc(config->count, sizeof(*tunnel->targets));
	if (!tunnel->targets) {
		error_errno(err, "tunnel");
		free(tunnel);
		return NULL;
	}
	if (!tunnel_hop_begin(tunnel, err) || !open_targets(tunnel, err)) {
		tunnel_free(tunnel);
		return NULL;
	}
	tunnel_hop_refresh(tunnel);
	return &tunnel->sink;
}

const char *sink_tunnel_engine(const struct sink *sink, unsigned target)
{
	const struct tunnel_way *way = &((const struct tunnel_sink *)sink)->targets[target].way;

	if (way->engine == ENGINE_PACKET)
		return "packet";
	return way->envelope.encap->carrier == CARRIER_UDP ? "udp" : "raw ip";
}

static bool same_addresses(const struct envelope *a, const struct envelope *b)
{
	return a->version == b->version && a->port == b->port &&
	       memcmp(a->source, b->source, sizeof(a->source)) == 0 &&
	       memcmp(a->destination, b->destination, sizeof(a->destination)) == 0;
}

static bool same_headers(const struct envelope *a, const struct envelope *b)
{
	return a->encap == b->encap && a->ttl == b->ttl && a->dscp == b->dscp &&
	       a->may_fragment == b->may_fragment;
}

static bool unchanged(const struct tunnel_target *target, const struct tunnel_config *config)
{
	const struct envelope *old = &target->way.envelope;
	const struct envelope *next = config->envelopes[target->index];
	const char *zone = config->targets[target->index].zone;

	return same_addresses(old, next) && same_headers(old, next) &&
	       strcmp(target->way.zone, zone) == 0;
}

static void replace(struct tunnel_sink *tunnel, struct tunnel_target *target,
		    const struct tunnel_way *way)
{
	uint32_t mtu = way->mtu;

	tunnel_socket_close(&target->way);
	take(target, way);
	target_name(&tunnel->config.targets[target->index], target->name);
	target->trouble = 0; /* was the old address' */
	if (tunnel->config.mtu && mtu)
		tunnel->config.mtu(tunnel->config.arg, target->index, mtu);
}

bool sink_tunnel_retarget(struct sink *sink, const struct tunnel_config *config, struct error *err)
{
	struct tunnel_sink *tunnel = (struct tunnel_sink *)sink;
	struct tunnel_way ways[TUNNEL_TARGETS_MAX] = { 0 };
	bool good = config->count == tunnel->config.count;
	unsigned i;

	if (!good)
		return error_set(err, "the number of targets cannot change");
	send_all(tunnel);
	for (i = 0; good && i < config->count; i++)
		if (!unchanged(&tunnel->targets[i], config) && !open_way(&ways[i], config, i, err))
			good = error_wrap(err, "%s", tunnel->targets[i].name);
	if (good)
		tunnel->config = *config;
	for (i = 0; i < config->count; i++) {
		if (good && ways[i].lanes)
			replace(tunnel, &tunnel->targets[i], &ways[i]);
		else
			tunnel_socket_close(&ways[i]);
	}
	tunnel_hop_refresh(tunnel);
	return good;
}

void sink_tunnel_counts(const struct sink *sink, unsigned target, struct tunnel_counts *counts)
{
	*counts = ((const struct tunnel_sink *)sink)->targets[target].counts;
}

void sink_tunnel_errors(const struct sink *sink, unsigned target,
			void (*each)(void *arg, const char *name, uint64_t count), void *arg)
{
	const struct tunnel_target *of = &((const struct tunnel_sink *)sink)->targets[target];
	int number;

	for (number = 1; number < TUNNEL_ERRNOS; number++) {
		const char *name = strerrorname_np(number);

		if (of->errors[number])
			each(arg, name ? name : "unknown", of->errors[number]);
	}
}
