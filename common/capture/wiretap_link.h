/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encapsulations of wiretap as link types, and packets with the header in front that those have. */
#ifndef VTAP_CAPTURE_WIRETAP_LINK_H
#define VTAP_CAPTURE_WIRETAP_LINK_H

#include "capture/wiretap.h"

/*
 * An encapsulation of wiretap as a link type. For some of them (ERF, MTP2, PPP
 * with direction ...) wiretap keeps in a pseudo header of its own what a pcap
 * has in front of the packet.
 */
struct wiretap_link {
	int encap;
	uint32_t linktype;
	wtap_dumper *pcap; /* in memory; puts the pseudo header back; NULL: there is none */
	int memory;	   /* file descriptor of what pcap writes, or -1 */
	uint8_t *bytes;	   /* the packet last restored */
	size_t room;
};

/* Finds the link type of an encapsulation; 147 (USER0) for what no pcap holds: logs, calls. */
bool wiretap_link_open(struct wiretap_link *link, int encap, struct error *err);
void wiretap_link_close(struct wiretap_link *link);

/* Sets packet->data, caplen and len from a record. They hold until it changes or the next call. */
bool wiretap_link_restore(struct wiretap_link *link, struct wiretap_record *record,
			  struct packet *packet, struct error *err);

/* The reverse: a record with a pseudo header from a packet; its time is not set. */
bool wiretap_link_split(struct wiretap_record *record, const struct packet *packet,
			struct error *err);

#endif
