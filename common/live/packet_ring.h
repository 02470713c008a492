/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures frames of one interface by one libpcap handle: a ring that the kernel shares with the
 * process (packet(7), TPACKET_V3), and a filter that the kernel applies. Never waits for a frame.
 */
#ifndef VTAP_LIVE_PACKET_RING_H
#define VTAP_LIVE_PACKET_RING_H

#include "base/error.h"
#include "packet/direction.h"

/* Milliseconds after its first frame at which the kernel hands over a block of the ring that is not
 * full; its timer may add as much again. */
enum { PACKET_RING_RETIRE_MS = 10 };

/* Read within packet_ring_open() only. */
struct packet_ring_config {
	const char *device; /* name of an interface, or "any" */
	const char *filter; /* pcap-filter(7); "" for all frames */
	/* The filter where frames have no Ethernet header; NULL if it is `filter`. */
	const char *bare_filter;
	enum direction wanted; /* DIRECTION_UNKNOWN for both */
	bool promiscuous;
	bool keep;	 /* copy each frame, so that it can wait for those of another ring */
	uint64_t buffer; /* bytes of the ring; more than INT_MAX count as INT_MAX */
};

struct packet_ring_frame {
	int64_t time_ns;     /* packet time: nanoseconds since 1970 */
	const uint8_t *data; /* caplen bytes */
	uint32_t caplen, len;
};

enum packet_ring_result {
	PACKET_RING_FRAME,
	PACKET_RING_EMPTY,  /* no frame now; an unfinished block may still hold some */
	PACKET_RING_GONE,   /* the interface has vanished; call again for frames that are left */
	PACKET_RING_BROKEN, /* the ring cannot be read any more; err says why */
};

struct packet_ring;

/*
 * Opens a ring, which captures frames from this moment on. Returns NULL and sets err if that fails.
 * err->number is ENODEV (no such interface) or ENETDOWN (it is down) if waiting may help; a filter
 * that does not compile is an error of usage. The caller ends with packet_ring_close().
 */
struct packet_ring *packet_ring_open(const struct packet_ring_config *config, struct error *err);

/* Takes the next frame, whose data is valid until the next call. Sets err if it returns
 * PACKET_RING_BROKEN. */
enum packet_ring_result packet_ring_next(struct packet_ring *ring, struct packet_ring_frame *frame,
					 struct error *err);

/* Returns true if all frames that the kernel had put into the ring before this call were taken,
 * those of an unfinished block included. Returns false if the kernel does not say. */
bool packet_ring_is_exhausted(struct packet_ring *ring);

/* Returns the link type of all frames of the ring: a LINK_ number. */
uint32_t packet_ring_linktype(const struct packet_ring *ring);

/* Returns a descriptor for poll(2) only, which is readable when the kernel hands a block over. The
 * ring closes it. */
int packet_ring_fd(const struct packet_ring *ring);

struct packet_ring_losses {
	uint64_t kernel;    /* frames for which the ring had no room */
	uint64_t interface; /* frames dropped by the interface or its driver */
};

/* Fills losses with those since the ring was opened. */
void packet_ring_losses(struct packet_ring *ring, struct packet_ring_losses *losses);

/* Closes and frees the ring. Frames in it are lost. */
void packet_ring_close(struct packet_ring *ring);

/*
 * Compiles another filter for a ring that runs; filter and bare_filter are those of struct
 * packet_ring_config. The ring goes on with its filter until packet_ring_swap_filter(). Returns
 * false and sets err if the filter does not compile (an error of usage), or if it is one that the
 * kernel cannot run, which needs a new ring.
 */
bool packet_ring_prepare_filter(struct packet_ring *ring, const char *filter,
				const char *bare_filter, struct error *err);

/*
 * Puts the filter that was prepared in force, and keeps the other one as prepared: a second call
 * swaps back. The kernel judges each frame by one of them; frames in the ring stay. Returns false
 * and sets err if the kernel refuses the filter; then nothing changes.
 */
bool packet_ring_swap_filter(struct packet_ring *ring, struct error *err);

/* Frees the filter that is prepared, if there is one. */
void packet_ring_forget_filter(struct packet_ring *ring);

/*
 * Checks a filter for an interface that does not exist yet, as if it were Ethernet. Returns false
 * and sets err (an error of usage) if the filter does not compile.
 */
bool packet_ring_check_filter(const char *filter, struct error *err);

#endif
