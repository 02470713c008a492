/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux netfilter log (LINKTYPE_NFLOG of tcpdump.org) holds the lengths and types of its attributes
 * in the byte order of the host that captured. A reader of a file in the other byte order turns
 * them, as libpcap and wiretap do, and a writer of such a file turns them back.
 */
#ifndef VTAP_CAPTURE_NFLOG_SWAP_H
#define VTAP_CAPTURE_NFLOG_SWAP_H

#include "base/span.h"
#include "io/input.h"
#include "packet/packet.h"

/*
 * Turns the attribute heads of a packet of LINK_NFLOG in place, up to the first attribute that is
 * damaged or not all there. swapped: they are not in this host's byte order now.
 */
void nflog_swap(struct patch packet, bool swapped);

/* Turns a packet of LINK_NFLOG, and no other, in the buffer of the input that its reader took it
 * from. The record then differs from the file's, as after packet_changed(). */
void nflog_swap_read(struct packet *packet, const struct input *input);

#endif
