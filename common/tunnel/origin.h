/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a mirrored packet came from: per tunnel the encapsulation, the id and the
 * outer source address. `vxlan-3000@10.0.1.5`, `gre@10.0.1.5`,
 * `geneve-0@10.9.9.9+vxlan-5@2001:db8::1` (RFC 5952, no brackets).
 */
#ifndef VTAP_TUNNEL_ORIGIN_H
#define VTAP_TUNNEL_ORIGIN_H

#include "tunnel/peel.h"

/* A name: encapsulation, id, two addresses in a description. */
enum { ORIGIN_KEY_LEN = 23, ORIGIN_KEY_MAX = ORIGIN_KEY_LEN * PEEL_MAX };
enum { ORIGIN_NAME_MAX = 120 * PEEL_MAX };

/*
 * A flat key that is equal exactly for equal origins: per tunnel, from the outside, 23 bytes:
 * codec, id or none, address family and source address. Cheap: no formatting. Good within one
 * process (the codec is its index). Returns its length; 0 when peel->count is 0.
 */
size_t origin_key(const struct peel *peel, struct span packet, uint8_t key[ORIGIN_KEY_MAX]);

/* The name of a key from origin_key(), NUL-terminated; empty for the empty key. */
void origin_name(const uint8_t *key, size_t key_len, char name[ORIGIN_NAME_MAX]);

/* For if_description: as the name, but with `SOURCE > DESTINATION` for each tunnel. */
void origin_description(const struct peel *peel, struct span packet, char text[ORIGIN_NAME_MAX]);

#endif
