/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The origin of a mirrored packet, which users know as its source: encapsulation, id and outer
 * source address of each of its tunnels. Tools compare origins by key and show them by name:
 * `vxlan-3000@10.0.1.5`, `gre@10.0.1.5`, `geneve-0@10.9.9.9+vxlan-5@2001:db8::1` (RFC 5952).
 */
#ifndef VTAP_TUNNEL_ORIGIN_H
#define VTAP_TUNNEL_ORIGIN_H

#include "tunnel/peel.h"

/* Bytes of a key, for each tunnel and at most. */
enum { ORIGIN_KEY_LEN = 23, ORIGIN_KEY_MAX = ORIGIN_KEY_LEN * PEEL_MAX };

/* Bytes of a name or description at most: for each tunnel encapsulation, id and two addresses. */
enum { ORIGIN_NAME_MAX = 120 * PEEL_MAX };

/*
 * Writes the key of a packet's origin: ORIGIN_KEY_LEN bytes for each tunnel, from the outside in.
 * Two keys are equal if and only if their origins are. peel: from peel_packet(). A key is valid
 * within one process, since it has the codec's index. Returns its length, 0 without a tunnel.
 */
size_t origin_key(const struct peel *peel, struct span packet, uint8_t key[ORIGIN_KEY_MAX]);

/* Writes the name of an origin, NUL-terminated; it is empty for an empty key. key: from
 * origin_key(). */
void origin_name(const uint8_t *key, size_t key_len, char name[ORIGIN_NAME_MAX]);

/*
 * Makes the key of an origin from its name, as vtap-decap writes it into the name of an interface.
 * Returns the length of the key, or 0 if the text is the name of no origin.
 */
size_t origin_parse(const char *name, uint8_t key[ORIGIN_KEY_MAX]);

/*
 * Each of these functions reads the ORIGIN_KEY_LEN bytes that a key has for one tunnel. origin_id()
 * returns false if the tunnel has no id. origin_encap() returns the encap_index() of its codec.
 * origin_address() returns ORIGIN_ADDRESS_LEN bytes of the key: the IP version, 4 or 6, and the
 * outer source address (IPv4: the first 4 bytes, the rest is 0); NULL if the tunnel has no address.
 */
enum { ORIGIN_ADDRESS_LEN = 17 };
bool origin_id(const uint8_t *tunnel, uint32_t *id);
uint8_t origin_encap(const uint8_t *tunnel);
const uint8_t *origin_address(const uint8_t *tunnel);

/* Writes the text for an if_description of pcapng, NUL-terminated: the name of the origin with
 * `SOURCE > DESTINATION` instead of the source address of each tunnel. */
void origin_description(const struct peel *peel, struct span packet, char text[ORIGIN_NAME_MAX]);

#endif
