/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the IP addresses of this host as a set to look addresses up in. It serves to recognise
 * tunnels that this host itself sends. The set is a copy: the caller refreshes it when addresses
 * change (host/monitor.h).
 */
#ifndef VTAP_HOST_LOCAL_ADDRESSES_H
#define VTAP_HOST_LOCAL_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct local_addresses;

/*
 * Reads the addresses of all interfaces. Returns NULL and sets err if netlink fails or memory runs
 * out. The caller frees the set with local_addresses_free().
 */
struct local_addresses *local_addresses_new(struct error *err);

/*
 * Returns true if address (4 or 16 bytes, as version, 4 or 6, says) is one of this host's.
 * Addresses in 127.0.0.0/8 always are.
 */
bool local_addresses_has(const struct local_addresses *local_addresses, uint8_t version,
			 const uint8_t *address);

/* Reads the addresses again. Returns false, sets err and keeps the old set if that fails. */
bool local_addresses_refresh(struct local_addresses *local_addresses, struct error *err);

/* Frees the set; NULL is allowed. */
void local_addresses_free(struct local_addresses *local_addresses);

#endif
