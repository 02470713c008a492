/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One handle of libpcap: a ring in the kernel (packet(7), TPACKET_V3) with its filter. */
#ifndef VTAP_SOURCE_LIVE_RING_H
#define VTAP_SOURCE_LIVE_RING_H

#include "direction.h"
#include "error.h"

/* An unfinished block is handed over this long after its first packet, or twice as long. */
enum { LIVE_RING_RETIRE_MS = 10 };

struct live_ring_config {
	const char *device;
	const char *filter;    /* pcap-filter(7); "": everything */
	enum direction wanted; /* unknown: both */
	bool promiscuous;
	bool keep;	 /* a frame outlives the block it is in: it may wait for another ring's */
	uint64_t buffer; /* bytes */
};

struct live_frame {
	int64_t time_ns;
	const uint8_t *data;
	uint32_t caplen, len;
};

enum live_ring_result {
	LIVE_RING_FRAME,
	LIVE_RING_EMPTY,
	LIVE_RING_GONE, /* its device is no more; what is in an unfinished block comes later */
	LIVE_RING_BROKEN,
};

struct live_ring;

/*
 * NULL and err, whose number is ENODEV (there is no such device) or ENETDOWN (it is not up) where
 * waiting may help; a filter that does not compile is an error of usage. Only packets that come
 * after it was opened are given.
 */
struct live_ring *live_ring_open(const struct live_ring_config *config, struct error *err);

/* Never waits. frame->data holds until the next call; err is set on BROKEN. */
enum live_ring_result live_ring_next(struct live_ring *ring, struct live_frame *frame,
				     struct error *err);

/* True: whatever the kernel had put into the ring before this call was given. A ring whose last
 * block is unfinished looks empty, too, and is not. */
bool live_ring_exhausted(struct live_ring *ring);

uint32_t live_ring_linktype(const struct live_ring *ring);
int live_ring_fd(const struct live_ring *ring);

struct live_ring_losses {
	uint64_t kernel, interface;
};
void live_ring_losses(struct live_ring *ring, struct live_ring_losses *losses);

void live_ring_close(struct live_ring *ring);

/* A filter for a device that is not there yet, as far as it can be checked: for Ethernet. */
bool live_ring_check(const char *filter, struct error *err);

#endif
