/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A UDP socket of the listening source: options, what the kernel dropped, the end of UDP_GRO. */
#ifndef VTAP_LIVE_LISTEN_SOCKET_H
#define VTAP_LIVE_LISTEN_SOCKET_H

#include "live/listen.h"

enum listen_gro {
	LISTEN_GRO_OFF,
	LISTEN_GRO_ON,
	LISTEN_GRO_LEAVING, /* to be turned off at the next quiet moment */
	LISTEN_GRO_FENCED,  /* nothing gets in until the queue is empty */
};

struct listen_socket {
	int fd;
	uint16_t port;
	bool ipv6; /* AF_INET6, perhaps with IPv4 too */
	bool ready;
	bool done; /* the end was asked for and all from before it is read */
	enum listen_gro gro;
	bool joined;	    /* the kernel has joined datagrams here */
	bool capped;	    /* the receive buffer is smaller than what was asked for */
	uint64_t buffer;    /* bytes of it */
	uint64_t dropped;   /* datagrams, at least */
	uint32_t drops_now; /* the kernel's count, which wraps */
};

/* Opens, sets and binds. False and err: fd is -1. */
bool listen_socket_open(struct listen_socket *sock, const struct listen_address *address,
			uint64_t buffer, struct error *err);
void listen_socket_close(struct listen_socket *sock);

/* The kernel's count of drops, as a packet brought it (SO_RXQ_OVFL). */
void listen_socket_drops(struct listen_socket *sock, uint32_t drops);
/* Asks the kernel for the count (SO_MEMINFO): a packet only tells what was dropped before it. */
void listen_socket_ask_drops(struct listen_socket *sock);

/*
 * Counts what is left from before the end as dropped: who takes packets too slowly to have all of
 * them then has lost the rest, and hears of it.
 */
void listen_socket_abandon(struct listen_socket *sock);

/*
 * After each read: drained says that the queue was found empty, nearly that it is almost. Once
 * something was dropped, UDP_GRO goes: a drop of joined datagrams counts as one.
 */
void listen_socket_leave_gro(struct listen_socket *sock, bool nearly, bool drained);

#endif
