/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/packet.h"

enum { NS_PER_S = 1000000000, MICRO = 1000000 };

uint32_t packet_serial(void)
{
	static uint32_t last;

	return ++last;
}

static int64_t packet_saturate(__int128 ns)
{
	if (ns > INT64_MAX)
		return INT64_MAX;
	if (ns < INT64_MIN)
		return INT64_MIN;
	return (int64_t)ns;
}

int64_t packet_time_ns(const struct interface *interface, uint64_t ticks)
{
	uint64_t per_s = interface->ticks_per_s;
	__int128 whole = (__int128)(ticks / per_s) + interface->offset_s;
	__int128 part = (__int128)(ticks % per_s) * NS_PER_S / per_s;

	return packet_saturate(whole * NS_PER_S + part);
}

/* Ticks are unsigned: a time before the interface's zero becomes 0. */
static uint64_t packet_ticks(const struct interface *interface, int64_t time_ns)
{
	__int128 ns, ticks;

	/* Nearly all files have microseconds, and a division of 128 bits is a slow loop. */
	if (interface->offset_s == 0 && time_ns >= 0 && interface->ticks_per_s == MICRO)
		return (uint64_t)time_ns / (NS_PER_S / MICRO);
	ns = (__int128)time_ns - (__int128)interface->offset_s * NS_PER_S;
	if (ns < 0)
		return 0;
	ticks = interface->ticks_per_s == NS_PER_S
			? ns
			: ns / NS_PER_S * interface->ticks_per_s +
				  ns % NS_PER_S * interface->ticks_per_s / NS_PER_S;
	return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

void packet_move(struct packet *packet, const struct interface *interface)
{
	packet->interface = interface;
	packet->linktype = interface->linktype;
	packet->ticks = packet_ticks(interface, packet->time_ns);
	packet_changed(packet);
}

uint32_t packet_flags(const struct packet *packet)
{
	const struct section *section = packet->interface ? packet->interface->section : NULL;

	return option_flags(packet->options, section && section->swapped);
}

uint32_t packet_fcs_len_told(const struct packet *packet)
{
	uint32_t told = (packet_flags(packet) & OPTION_FLAGS_FCS) >> OPTION_FLAGS_FCS_SHIFT;

	return told != 0 ? told : packet->interface->fcs_len;
}

void packet_shorten(struct packet *packet, uint32_t len)
{
	packet->len -= len < packet->len ? len : packet->len;
	if (packet->caplen > packet->len)
		packet->caplen = packet->len;
	packet_changed(packet);
}

void packet_changed(struct packet *packet)
{
	packet->block = span_of(packet->block.data, 0);
}

void packet_replace(struct packet *packet, struct span bytes)
{
	packet->data = bytes.data;
	packet->front = NULL;
	packet->caplen = (uint32_t)bytes.len;
	packet_changed(packet);
}
