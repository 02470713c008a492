/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address that tunnel packets are received at, as a user writes it: vxlan://10.0.0.1:8472. */
#ifndef VTAP_LIVE_LISTEN_URI_H
#define VTAP_LIVE_LISTEN_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "encap/encap.h"

struct listen_address {
	const struct encap *encap; /* carried by UDP */
	uint8_t version;	   /* 4 or 6; 0 for any address of both versions */
	uint8_t address[16];	   /* IPv4: the first 4 bytes, then zeros */
	uint32_t scope; /* index of the interface of fe80::1%eth0; 0 if no zone was given */
	uint16_t port;
};

/*
 * Parses NAME://[ADDRESS][:PORT], where NAME is an encapsulation over UDP and an IPv6 address
 * stands in brackets. A text without an address means any address of this host, one without a port
 * the encapsulation's own port. An IPv4-mapped IPv6 address counts as IPv4.
 * Returns false and sets err if the text is something else (an error of usage that says what was
 * expected) or if there is no interface with the name of the zone.
 */
bool listen_uri_parse(struct listen_address *address, const char *uri, struct error *err);

#endif
