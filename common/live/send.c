/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "header/fields.h"
#include "host/monitor.h"
#include "host/xfrm.h"
#include "live/send_batch.h"
#include "live/send_errors.h"
#include "live/send_icmp.h"
#include "live/send_internal.h"
#include "live/send_packet.h"
#include "live/send_route.h"
#include "live/send_socket.h"
#include "live/send_target.h"

/* How often error queues and path MTUs are looked at while no send fails. */
static const int64_t poll_interval_ns = 100000000;

/* The source port is a hash of the flow, so a flow always leaves by one socket, in order. */
static struct send_socket *send_pick_socket(struct send_path *path, struct span packet)
{
	uint16_t port;

	if (path->count == 1 ||
	    !span_be16(packet, path->outer_header.version == 4 ? IPV4_MIN_LEN : IPV6_LEN, &port))
		return &path->sockets[0];
	return &path->sockets[port % path->count];
}

static void send_poll_errors(struct send_sink *sink)
{
	unsigned i, k;

	for (i = 0; i < sink->config.count; i++) {
		struct send_target *target = &sink->targets[i];
		struct send_path *path = &target->path;

		if (path->absent)
			continue;
		if (path->engine == ENGINE_PACKET) {
			send_icmp_drain(sink, target);
		} else {
			for (k = 0; k < path->count; k++)
				send_errors_drain(sink, &path->sockets[k]);
			send_target_set_mtu(sink, target,
					    send_socket_mtu(path, path->sockets[0].fd));
		}
		send_target_recovered(sink, target);
	}
}

static void send_all(struct send_sink *sink)
{
	unsigned i;

	sink->now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	send_route_watch(sink);
	for (i = 0; i < sink->busy_count; i++)
		send_batch_socket(sink, sink->busy[i]);
	sink->busy_count = sink->frame_count = 0;
	if (sink->now_ns - sink->poll_ns < poll_interval_ns)
		return;
	sink->poll_ns = sink->now_ns;
	send_poll_errors(sink);
}

static void send_queue(struct send_sink *sink, struct send_socket *sock,
		       const struct send_frame *frame)
{
	if (sock->count == 0)
		sink->busy[sink->busy_count++] = sock;
	sink->frames[sink->frame_count] = *frame;
	sock->frames[sock->count++] = (uint8_t)sink->frame_count++;
}

static bool send_put(struct sink *base, const struct packet *packet, struct error *err)
{
	struct send_sink *sink = (struct send_sink *)base;
	struct send_frame frame = { .number = packet->number };
	struct send_path *path;

	if (packet->interface->id >= sink->config.count)
		return error_set(err, "%s: there is no target %u", base->name,
				 packet->interface->id);
	path = &sink->targets[packet->interface->id].path;
	frame.packet = span_from(span_of(packet->data, packet->caplen), ETHERNET_LEN);
	if (path->engine == ENGINE_PACKET && frame.packet.len > path->mtu) {
		send_all(sink);
		send_packet_oversize(sink, &path->sockets[0], &frame);
		return true;
	}
	send_queue(sink, send_pick_socket(path, frame.packet), &frame);
	if (sink->frame_count == SEND_FRAMES_MAX)
		send_all(sink);
	return true;
}

/* Sections and interfaces exist in capture files only. */
static bool send_block(struct sink *base, const struct block *block, struct error *err)
{
	(void)base;
	(void)block;
	(void)err;
	return true;
}

static bool send_flush(struct sink *base, struct error *err)
{
	(void)err;
	send_all((struct send_sink *)base);
	return true;
}

static void send_free(struct send_sink *sink)
{
	unsigned i;

	for (i = 0; i < sink->config.count; i++)
		send_socket_close(&sink->targets[i].path);
	if (sink->monitor)
		monitor_close(sink->monitor);
	xfrm_watch_close(sink->policies);
	free(sink->targets);
	free(sink);
}

static bool send_close(struct sink *base, bool complete, struct error *err)
{
	struct send_sink *sink = (struct send_sink *)base;

	(void)complete;
	(void)err;
	send_all(sink);
	send_poll_errors(sink);
	send_free(sink);
	return true;
}

static const struct sink_ops send_ops = {
	.put = send_put, .block = send_block, .flush = send_flush, .close = send_close
};

static bool send_open_path(const struct send_sink *sink, struct send_path *path,
			   const struct send_config *config, unsigned index, struct error *err)
{
	*path = (struct send_path){ .outer_header = *config->outer_headers[index],
				    .icmp = -1,
				    .oversize = -1 };
	memcpy(path->zone, config->targets[index].zone, sizeof(path->zone));
	return send_route_open(sink, path, config, err);
}

static bool send_has_addresses(const struct outer_header *outer_header)
{
	static const uint8_t none[16];

	return memcmp(outer_header->source, none, sizeof(none)) != 0 &&
	       memcmp(outer_header->destination, none, sizeof(none)) != 0;
}

/* A socket without a descriptor queues the frames, all of which fail with path->unreachable. */
static bool send_open_absent(struct send_path *path, const struct outer_header *outer_header,
			     struct error *err)
{
	*path = (struct send_path){ .engine = ENGINE_SOCKET,
				    .outer_header = *outer_header,
				    .count = 1,
				    .sockets = calloc(1, sizeof(*path->sockets)),
				    .unreachable = SEND_NO_ROUTE,
				    .absent = true,
				    .icmp = -1,
				    .oversize = -1 };
	if (!path->sockets)
		return error_errno(err, "sockets");
	path->sockets[0].fd = -1;
	return true;
}

/* Opens the path to a target, which may be waited for. */
static bool send_open_first_path(const struct send_sink *sink, struct send_path *path,
				 const struct send_config *config, unsigned index,
				 struct error *err)
{
	const struct outer_header *outer_header = config->outer_headers[index];

	if (config->absent && !send_has_addresses(outer_header))
		return send_open_absent(path, outer_header, err);
	if (send_open_path(sink, path, config, index, err))
		return true;
	if (!config->absent || !send_route_is_missing(path, err))
		return false;
	config->absent(config->arg, index, err);
	return send_open_absent(path, outer_header, err);
}

static void send_take_path(struct send_target *target, const struct send_path *path)
{
	unsigned i;

	target->path = *path;
	for (i = 0; i < path->count; i++)
		path->sockets[i].target = target;
}

static bool send_open_targets(struct send_sink *sink, struct error *err)
{
	const struct send_config *config = &sink->config;
	unsigned i;

	for (i = 0; i < config->count; i++) {
		struct send_target *target = &sink->targets[i];
		struct send_path path;

		target->index = i;
		target_name(&config->targets[i], target->name);
		if (!send_open_first_path(sink, &path, config, i, err))
			return error_wrap(err, "%s", target->name);
		send_take_path(target, &path);
		if (config->mtu && path.mtu)
			config->mtu(config->arg, i, path.mtu);
	}
	return true;
}

struct sink *send_open(const struct send_config *config, struct error *err)
{
	struct send_sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		error_errno(err, "tunnel");
		return NULL;
	}
	if (config->count > SEND_TARGETS_MAX || config->ports > SEND_PORTS_MAX) {
		error_usage(err, "at most %d targets and %d ports", SEND_TARGETS_MAX,
			    SEND_PORTS_MAX);
		free(sink);
		return NULL;
	}
	sink->base = (struct sink){ .ops = &send_ops, .name = "tunnel" };
	sink->config = *config;
	sink->now_ns = sink->poll_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	sink->targets = calloc(config->count, sizeof(*sink->targets));
	if (!sink->targets) {
		error_errno(err, "tunnel");
		free(sink);
		return NULL;
	}
	if (!send_route_begin(sink, err) || !send_open_targets(sink, err)) {
		send_free(sink);
		return NULL;
	}
	send_route_refresh(sink);
	return &sink->base;
}

const char *send_engine(const struct sink *base, unsigned target)
{
	const struct send_path *path = &((const struct send_sink *)base)->targets[target].path;

	if (path->absent)
		return "none";
	if (path->engine == ENGINE_PACKET)
		return "packet";
	return path->outer_header.encap->carrier == CARRIER_UDP ? "udp" : "raw ip";
}

static bool send_same_addresses(const struct outer_header *a, const struct outer_header *b)
{
	return a->version == b->version && a->port == b->port &&
	       memcmp(a->source, b->source, sizeof(a->source)) == 0 &&
	       memcmp(a->destination, b->destination, sizeof(a->destination)) == 0;
}

static bool send_same_headers(const struct outer_header *a, const struct outer_header *b)
{
	return a->encap == b->encap && a->ttl == b->ttl && a->dscp == b->dscp &&
	       a->may_fragment == b->may_fragment;
}

static bool send_is_unchanged(const struct send_target *target, const struct send_config *config)
{
	const struct outer_header *old = &target->path.outer_header;
	const struct outer_header *next = config->outer_headers[target->index];
	const char *zone = config->targets[target->index].zone;

	return send_same_addresses(old, next) && send_same_headers(old, next) &&
	       strcmp(target->path.zone, zone) == 0;
}

static void send_replace_path(struct send_sink *sink, struct send_target *target,
			      const struct send_path *path)
{
	uint32_t mtu = path->mtu;

	send_socket_close(&target->path);
	send_take_path(target, path);
	target_name(&sink->config.targets[target->index], target->name);
	target->error = 0; /* it was an error of the old address */
	if (sink->config.mtu && mtu)
		sink->config.mtu(sink->config.arg, target->index, mtu);
}

bool send_retarget(struct sink *base, const struct send_config *config, struct error *err)
{
	struct send_sink *sink = (struct send_sink *)base;
	struct send_path paths[SEND_TARGETS_MAX] = { 0 };
	bool good = config->count == sink->config.count;
	unsigned i;

	if (!good)
		return error_set(err, "the number of targets cannot change");
	send_all(sink);
	for (i = 0; good && i < config->count; i++)
		if (!send_is_unchanged(&sink->targets[i], config) &&
		    !send_open_path(sink, &paths[i], config, i, err))
			good = error_wrap(err, "%s", sink->targets[i].name);
	if (good)
		sink->config = *config;
	for (i = 0; i < config->count; i++) {
		if (good && paths[i].sockets)
			send_replace_path(sink, &sink->targets[i], &paths[i]);
		else
			send_socket_close(&paths[i]);
	}
	send_route_refresh(sink);
	return good;
}

bool send_arrive(struct sink *base, const struct send_config *config, unsigned target,
		 struct error *err)
{
	struct send_sink *sink = (struct send_sink *)base;
	struct send_path path;

	send_all(sink);
	if (!send_open_path(sink, &path, config, target, err)) {
		if (send_route_is_missing(&path, err))
			err->number = ENETUNREACH;
		return false;
	}
	sink->config = *config;
	send_replace_path(sink, &sink->targets[target], &path);
	send_route_refresh(sink);
	return true;
}

void send_counts(const struct sink *base, unsigned target, struct send_counts *counts)
{
	*counts = ((const struct send_sink *)base)->targets[target].counts;
}

void send_each_error(const struct sink *base, unsigned target,
		     void (*each)(void *arg, const char *name, uint64_t count), void *arg)
{
	const struct send_target *of = &((const struct send_sink *)base)->targets[target];
	int number;

	for (number = 1; number < SEND_ERRNOS; number++) {
		const char *name = number == SEND_NO_ROUTE ? "no_route" : strerrorname_np(number);

		if (of->errors[number])
			each(arg, name ? name : "unknown", of->errors[number]);
	}
}
