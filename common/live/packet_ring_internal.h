/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to packet_ring*.c: the state of a ring, and its filter, which packet_ring_filter.c sets.
 */
#ifndef VTAP_LIVE_PACKET_RING_INTERNAL_H
#define VTAP_LIVE_PACKET_RING_INTERNAL_H

#include <linux/filter.h>

#include "host/libpcap.h"
#include "live/packet_ring.h"

enum { PACKET_RING_SNAPLEN = 262144 }; /* bytes of a frame, at most */

/* Instructions that the kernel runs for each frame; allocated, or all 0. */
struct packet_ring_program {
	struct sock_filter *code;
	unsigned short len;
};

struct packet_ring {
	pcap_t *pcap;
	uint32_t taken;		/* frames that libpcap delivered; wraps like its counters */
	struct pcap_stat stats; /* libpcap's counters when they were last read */
	struct packet_ring_losses losses;
	struct packet_ring_frame frame;
	bool is_socket; /* the handle is a packet socket, not a device of libpcap's own */
	bool is_cooked; /* a packet socket whose frames come without their link-layer header */
	bool keep;	/* copy every frame to kept, not only the last of a block */
	uint8_t *kept;	/* PACKET_RING_SNAPLEN bytes */
	enum direction wanted;
	unsigned loopback;		     /* index of the loopback device, or 0 */
	bool in_process;		     /* libpcap runs the filter, as the kernel refused it */
	struct packet_ring_program prepared; /* of packet_ring_prepare_filter() */
};

/* Sets what the filter needs to know of the handle, and has the kernel run the filter of config, or
 * libpcap if the kernel cannot. Returns false and sets err if that fails. */
bool packet_ring_set_filter(struct packet_ring *ring, const struct packet_ring_config *config,
			    struct error *err);

/* Returns an option of the handle's socket (level SOL_SOCKET), or -1. */
int packet_ring_option(pcap_t *pcap, int name);

#endif
