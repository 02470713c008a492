/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/monitor.h"
#include "live/send_internal.h"

enum { IPV4_LEN = 20, IPV6_LEN = 40 };

/* Error queues and path MTUs are looked at so often even where all goes well. */
static const int64_t tick_ns = 100000000;

/* One flow always goes by one sock: its source port is a hash of it. */
static struct send_socket *lane_of(struct send_path *path, struct span packet)
{
	uint16_t port;

	if (path->count == 1 ||
	    !span_be16(packet, path->outer_header.version == 4 ? IPV4_LEN : IPV6_LEN, &port))
		return &path->sockets[0];
	return &path->sockets[port % path->count];
}

static void look_around(struct send_sink *tunnel)
{
	unsigned i, k;

	for (i = 0; i < tunnel->config.count; i++) {
		struct send_target *target = &tunnel->targets[i];
		struct send_path *path = &target->path;

		if (path->engine == ENGINE_PACKET) {
			send_icmp_drain(tunnel, target);
		} else {
			for (k = 0; k < path->count; k++)
				send_errors_drain(tunnel, &path->sockets[k]);
			send_target_set_mtu(tunnel, target,
					    send_socket_mtu(path, path->sockets[0].fd));
		}
		send_errors_over(tunnel, target);
	}
}

static void send_all(struct send_sink *tunnel)
{
	unsigned i;

	tunnel->now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	send_route_watch(tunnel);
	for (i = 0; i < tunnel->busy_count; i++)
		send_batch_socket(tunnel, tunnel->busy[i]);
	tunnel->busy_count = tunnel->held = 0;
	if (tunnel->now_ns - tunnel->tick_ns < tick_ns)
		return;
	tunnel->tick_ns = tunnel->now_ns;
	look_around(tunnel);
}

static void hold(struct send_sink *tunnel, struct send_socket *sock, const struct send_frame *frame)
{
	if (sock->count == 0)
		tunnel->busy[tunnel->busy_count++] = sock;
	tunnel->frame[tunnel->held] = *frame;
	sock->frames[sock->count++] = (uint8_t)tunnel->held++;
}

static bool send_put(struct sink *sink, const struct packet *packet, struct error *err)
{
	struct send_sink *tunnel = (struct send_sink *)sink;
	struct send_frame frame = { .number = packet->number };
	struct send_path *path;

	if (packet->interface->id >= tunnel->config.count)
		return error_set(err, "%s: there is no target %u", sink->name,
				 packet->interface->id);
	path = &tunnel->targets[packet->interface->id].path;
	frame.packet = span_from(span_of(packet->data, packet->caplen), OUTER_HEADER_ETHERNET_LEN);
	if (path->engine == ENGINE_PACKET && frame.packet.len > path->mtu) {
		send_all(tunnel);
		send_packet_oversize(tunnel, &path->sockets[0], &frame);
		return true;
	}
	hold(tunnel, lane_of(path, frame.packet), &frame);
	if (tunnel->held == SEND_FRAMES_MAX)
		send_all(tunnel);
	return true;
}

/* Sections and interfaces are of files. */
static bool send_block(struct sink *sink, const struct block *block, struct error *err)
{
	(void)sink;
	(void)block;
	(void)err;
	return true;
}

static bool send_flush(struct sink *sink, struct error *err)
{
	(void)err;
	send_all((struct send_sink *)sink);
	return true;
}

static void send_free(struct send_sink *tunnel)
{
	unsigned i;

	for (i = 0; i < tunnel->config.count; i++)
		send_socket_close(&tunnel->targets[i].path);
	if (tunnel->watch)
		monitor_close(tunnel->watch);
	free(tunnel->targets);
	free(tunnel);
}

static bool send_close(struct sink *sink, bool complete, struct error *err)
{
	struct send_sink *tunnel = (struct send_sink *)sink;

	(void)complete;
	(void)err;
	send_all(tunnel);
	look_around(tunnel);
	send_free(tunnel);
	return true;
}

static const struct sink_ops send_ops = {
	.put = send_put, .block = send_block, .flush = send_flush, .close = send_close
};

/* path is filled; on failure nothing is left open. */
static bool open_way(struct send_path *path, const struct send_config *config, unsigned index,
		     struct error *err)
{
	*path = (struct send_path){ .outer_header = *config->outer_headers[index], .icmp = -1 };
	memcpy(path->zone, config->targets[index].zone, sizeof(path->zone));
	return send_route_open(path, config, clock_ns(CLOCK_MONOTONIC_COARSE), err);
}

static void take(struct send_target *target, const struct send_path *path)
{
	unsigned i;

	target->path = *path;
	for (i = 0; i < path->count; i++)
		path->sockets[i].target = target;
}

static bool open_targets(struct send_sink *tunnel, struct error *err)
{
	const struct send_config *config = &tunnel->config;
	unsigned i;

	for (i = 0; i < config->count; i++) {
		struct send_target *target = &tunnel->targets[i];
		struct send_path path;

		target->index = i;
		target_name(&config->targets[i], target->name);
		if (!open_way(&path, config, i, err))
			return error_wrap(err, "%s", target->name);
		take(target, &path);
		if (config->mtu && path.mtu)
			config->mtu(config->arg, i, path.mtu);
	}
	return true;
}

struct sink *send_open(const struct send_config *config, struct error *err)
{
	struct send_sink *tunnel = calloc(1, sizeof(*tunnel));

	if (!tunnel) {
		error_errno(err, "tunnel");
		return NULL;
	}
	if (config->count > SEND_TARGETS_MAX || config->ports > SEND_PORTS_MAX) {
		error_usage(err, "at most %d targets and %d ports", SEND_TARGETS_MAX,
			    SEND_PORTS_MAX);
		free(tunnel);
		return NULL;
	}
	tunnel->sink = (struct sink){ .ops = &send_ops, .name = "tunnel" };
	tunnel->config = *config;
	tunnel->now_ns = tunnel->tick_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	tunnel->targets = calloc(config->count, sizeof(*tunnel->targets));
	if (!tunnel->targets) {
		error_errno(err, "tunnel");
		free(tunnel);
		return NULL;
	}
	if (!send_route_begin(tunnel, err) || !open_targets(tunnel, err)) {
		send_free(tunnel);
		return NULL;
	}
	send_route_refresh(tunnel);
	return &tunnel->sink;
}

const char *send_engine(const struct sink *sink, unsigned target)
{
	const struct send_path *path = &((const struct send_sink *)sink)->targets[target].path;

	if (path->engine == ENGINE_PACKET)
		return "packet";
	return path->outer_header.encap->carrier == CARRIER_UDP ? "udp" : "raw ip";
}

static bool same_addresses(const struct outer_header *a, const struct outer_header *b)
{
	return a->version == b->version && a->port == b->port &&
	       memcmp(a->source, b->source, sizeof(a->source)) == 0 &&
	       memcmp(a->destination, b->destination, sizeof(a->destination)) == 0;
}

static bool same_headers(const struct outer_header *a, const struct outer_header *b)
{
	return a->encap == b->encap && a->ttl == b->ttl && a->dscp == b->dscp &&
	       a->may_fragment == b->may_fragment;
}

static bool unchanged(const struct send_target *target, const struct send_config *config)
{
	const struct outer_header *old = &target->path.outer_header;
	const struct outer_header *next = config->outer_headers[target->index];
	const char *zone = config->targets[target->index].zone;

	return same_addresses(old, next) && same_headers(old, next) &&
	       strcmp(target->path.zone, zone) == 0;
}

static void replace(struct send_sink *tunnel, struct send_target *target,
		    const struct send_path *path)
{
	uint32_t mtu = path->mtu;

	send_socket_close(&target->path);
	take(target, path);
	target_name(&tunnel->config.targets[target->index], target->name);
	target->trouble = 0; /* was the old address' */
	if (tunnel->config.mtu && mtu)
		tunnel->config.mtu(tunnel->config.arg, target->index, mtu);
}

bool send_retarget(struct sink *sink, const struct send_config *config, struct error *err)
{
	struct send_sink *tunnel = (struct send_sink *)sink;
	struct send_path paths[SEND_TARGETS_MAX] = { 0 };
	bool good = config->count == tunnel->config.count;
	unsigned i;

	if (!good)
		return error_set(err, "the number of targets cannot change");
	send_all(tunnel);
	for (i = 0; good && i < config->count; i++)
		if (!unchanged(&tunnel->targets[i], config) && !open_way(&paths[i], config, i, err))
			good = error_wrap(err, "%s", tunnel->targets[i].name);
	if (good)
		tunnel->config = *config;
	for (i = 0; i < config->count; i++) {
		if (good && paths[i].sockets)
			replace(tunnel, &tunnel->targets[i], &paths[i]);
		else
			send_socket_close(&paths[i]);
	}
	send_route_refresh(tunnel);
	return good;
}

void send_counts(const struct sink *sink, unsigned target, struct send_counts *counts)
{
	*counts = ((const struct send_sink *)sink)->targets[target].counts;
}

void send_each_error(const struct sink *sink, unsigned target,
		     void (*each)(void *arg, const char *name, uint64_t count), void *arg)
{
	const struct send_target *of = &((const struct send_sink *)sink)->targets[target];
	int number;

	for (number = 1; number < SEND_ERRNOS; number++) {
		const char *name = strerrorname_np(number);

		if (of->errors[number])
			each(arg, name ? name : "unknown", of->errors[number]);
	}
}
