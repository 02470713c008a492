/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends the frames that one socket has collected, with as few system calls as possible:
 * sendmmsg(2), and UDP_SEGMENT (udp(7)) where consecutive frames have one length.
 */
#ifndef VTAP_LIVE_SEND_BATCH_H
#define VTAP_LIVE_SEND_BATCH_H

#include "live/send_internal.h"

/* Sends all frames that sock holds. Afterwards each is counted as sent or failed, and sock holds
 * none. Waits at most 1 ms for room in the socket, and at most once in 10 ms for each target. */
void send_batch_socket(struct send_sink *sink, struct send_socket *sock);

#endif
