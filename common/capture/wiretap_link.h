/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translates encapsulations of wiretap to link types. For some of them (ERF, MTP2, PPP with
 * direction ...) wiretap keeps in a pseudo header what a pcap has in front of the packet: that is
 * put back, or taken off, by writing and reading a pcap in memory.
 */
#ifndef VTAP_CAPTURE_WIRETAP_LINK_H
#define VTAP_CAPTURE_WIRETAP_LINK_H

#include "capture/wiretap.h"

/* An encapsulation of wiretap and its link type. */
struct wiretap_link {
	int encap;
	uint32_t linktype;
	wtap_dumper *pcap; /* writes to memory, with the header in front; NULL if there is none */
	int memory;	   /* descriptor of the memory file that pcap writes, or -1 */
	uint8_t *bytes;	   /* of the packet restored last */
	size_t room;	   /* bytes allocated at bytes */
};

/*
 * Fills *link for an encapsulation of wiretap's, with its link type, which is 147 (USER0) if no
 * pcap can hold its packets, such as logs. wiretap_link_close() frees what the link holds. Returns
 * false and sets err if there is no memory file; nothing is left to close then.
 */
bool wiretap_link_open(struct wiretap_link *link, int encap, struct error *err);

/* Frees what the link holds. */
void wiretap_link_close(struct wiretap_link *link);

/*
 * Sets packet->data, caplen and len from a record of the link's encapsulation, with the header in
 * front. The bytes are valid until the record changes or the next call. Returns false and sets err
 * if wiretap cannot write the packet to a pcap, if the memory file fails, or if there is no memory.
 */
bool wiretap_link_restore(struct wiretap_link *link, struct wiretap_record *record,
			  struct packet *packet, struct error *err);

/*
 * Fills a record that wiretap_record_init() has prepared, but not its time, from a packet whose
 * header becomes the pseudo header. Returns false and sets err if wiretap cannot read the packet.
 */
bool wiretap_link_split(struct wiretap_record *record, const struct packet *packet,
			struct error *err);

#endif
