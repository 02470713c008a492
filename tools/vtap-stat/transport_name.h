/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of transports, as ECS wants them in network.transport. */
#ifndef VTAP_STAT_TRANSPORT_NAME_H
#define VTAP_STAT_TRANSPORT_NAME_H

#include <stdint.h>

/* Returns IANA's keyword of an IP protocol number in small letters (`tcp`, `ipv6-icmp`), or NULL
 * for numbers that hardly anybody meets. */
const char *transport_name(uint8_t protocol);

#endif
