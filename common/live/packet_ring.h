/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One handle of libpcap: a ring in the kernel (packet(7), TPACKET_V3) with its filter. */
#ifndef VTAP_LIVE_PACKET_RING_H
#define VTAP_LIVE_PACKET_RING_H

#include "base/error.h"
#include "packet/direction.h"

/* An unfinished block is handed over this long after its first packet, or twice as long. */
enum { PACKET_RING_RETIRE_MS = 10 };

struct packet_ring_config {
	const char *device;
	const char *filter;    /* pcap-filter(7); "": everything */
	enum direction wanted; /* unknown: both */
	bool promiscuous;
	bool keep;	 /* a frame outlives the block it is in: it may wait for another ring's */
	uint64_t buffer; /* bytes */
};

struct packet_ring_frame {
	int64_t time_ns;
	const uint8_t *data;
	uint32_t caplen, len;
};

enum packet_ring_result {
	PACKET_RING_FRAME,
	PACKET_RING_EMPTY,
	PACKET_RING_GONE, /* its device is no more; what is in an unfinished block comes later */
	PACKET_RING_BROKEN,
};

struct packet_ring;

/*
 * NULL and err, whose number is ENODEV (there is no such device) or ENETDOWN (it is not up) where
 * waiting may help; a filter that does not compile is an error of usage. Only packets that come
 * after it was opened are given.
 */
struct packet_ring *packet_ring_open(const struct packet_ring_config *config, struct error *err);

/* Never waits. frame->data holds until the next call; err is set on BROKEN. */
enum packet_ring_result packet_ring_next(struct packet_ring *ring, struct packet_ring_frame *frame,
					 struct error *err);

/* True: whatever the kernel had put into the ring before this call was given. A ring whose last
 * block is unfinished looks empty, too, and is not. */
bool packet_ring_is_exhausted(struct packet_ring *ring);

uint32_t packet_ring_linktype(const struct packet_ring *ring);
int packet_ring_fd(const struct packet_ring *ring);

struct packet_ring_losses {
	uint64_t kernel, interface;
};
void packet_ring_losses(struct packet_ring *ring, struct packet_ring_losses *losses);

void packet_ring_close(struct packet_ring *ring);

/* A filter for a device that is not there yet, as far as it can be checked: for Ethernet. */
bool packet_ring_check(const char *filter, struct error *err);

#endif
