/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link types have one number in files (LINKTYPE_, packet/packet.h) and, a few of them,
 * another one in libpcap's functions (DLT_), which differs between systems.
 */
#ifndef VTAP_HOST_DLT_H
#define VTAP_HOST_DLT_H

#include <stdint.h>

/* The DLT_ value to give to libpcap for a link type. */
int dlt_of(uint32_t linktype);

/* The link type of a DLT_ value that libpcap gave. */
uint32_t dlt_linktype(int dlt);

#endif
