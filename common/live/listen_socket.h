/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One UDP socket of the listening source: how it is opened, what the kernel has dropped, and how
 * UDP_GRO is turned off without losing a datagram. With UDP_GRO (udp(7)) the kernel joins datagrams
 * of one flow and delivers them as one message.
 */
#ifndef VTAP_LIVE_LISTEN_SOCKET_H
#define VTAP_LIVE_LISTEN_SOCKET_H

#include <limits.h>

#include "live/listen_uri.h"

/* Bytes of receive buffer; a larger request is cut to this. SO_RCVBUF takes an int, which the
 * kernel cuts to this number, too, and then doubles (socket(7)). */
enum { LISTEN_BUFFER_MAX = INT_MAX / 2 };

enum listen_gro {
	LISTEN_GRO_OFF,
	LISTEN_GRO_ON,
	LISTEN_GRO_LEAVING, /* to be turned off when the queue is nearly empty */
	LISTEN_GRO_FENCED,  /* a filter drops what arrives until the queue is empty */
};

struct listen_socket {
	int fd; /* -1 if not open */
	uint16_t port;
	bool ipv6;     /* an AF_INET6 socket, which may take IPv4 as well */
	bool ready;    /* there may be something to read */
	bool refusing; /* the kernel drops what arrives, until the socket is closed */
	enum listen_gro gro;
	bool joined;	    /* the kernel has joined datagrams on this socket */
	bool capped;	    /* the kernel gave a smaller receive buffer than it was asked for */
	uint64_t buffer;    /* bytes of the receive buffer */
	uint64_t dropped;   /* datagrams, at least */
	uint32_t drops_now; /* the kernel's own count of drops when last read, which wraps */
};

/*
 * Opens a socket, binds it to address and asks for a receive buffer of `buffer` bytes; sock->buffer
 * and sock->capped say what the kernel gave. Returns false, sets err and sets fd to -1 if a port is
 * in use, an address is not of this host, or a right is missing. The caller ends with
 * listen_socket_close().
 */
bool listen_socket_open(struct listen_socket *sock, const struct listen_address *address,
			uint64_t buffer, struct error *err);

/*
 * Writes to text, of size bytes, how large the smallest receive buffer of count sockets is, and
 * why, if it is smaller than the wanted bytes. Returns false and writes nothing if none is smaller.
 */
bool listen_socket_describe_caps(const struct listen_socket *sockets, unsigned count,
				 uint64_t wanted, char *text, size_t size);

/* Closes the socket if it is open. */
void listen_socket_close(struct listen_socket *sock);

/* Takes over the kernel's count of drops that a message carried (SO_RXQ_OVFL). */
void listen_socket_set_drops(struct listen_socket *sock, uint32_t drops);

/* Asks the kernel for its count of drops (SO_MEMINFO), since a message only carries the count from
 * when it arrived. */
void listen_socket_read_drops(struct listen_socket *sock);

/*
 * Makes the kernel drop what arrives until the socket is closed; what was dropped before has been
 * counted then. Returns false if the kernel cannot be asked.
 */
bool listen_socket_refuse(struct listen_socket *sock);

/*
 * Turns UDP_GRO off in steps once the socket has dropped something, because a drop of joined
 * datagrams counts as one. To be called after each read: nearly says that the queue held less than
 * one batch, drained that it was found empty. Datagrams that arrive between two of the steps are
 * dropped, and the kernel counts them.
 */
void listen_socket_leave_gro(struct listen_socket *sock, bool nearly, bool drained);

#endif
