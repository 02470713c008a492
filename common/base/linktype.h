/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link types: numbers that say which header a packet begins with. They are the LINKTYPE_ values of
 * https://www.tcpdump.org/linktypes.html, as capture files hold them. Any other number may come
 * from a file, too.
 */
#ifndef VTAP_BASE_LINKTYPE_H
#define VTAP_BASE_LINKTYPE_H

#include <stdint.h>

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_RAW_12 = 12, /* DLT_RAW of most systems, seen in files */
	LINK_RAW_14 = 14, /* DLT_RAW of OpenBSD */
	LINK_PPP_HDLC = 50,
	LINK_RAW = 101,
	LINK_IEEE802_11 = 105,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_SLL2 = 276,
};

/* Returns LINK_RAW for each of the numbers that bare IP has in files, any other as it is. */
static inline uint32_t linktype_one_raw(uint32_t linktype)
{
	return linktype == LINK_RAW_12 || linktype == LINK_RAW_14 ? LINK_RAW : linktype;
}

/* Stand for every link type, and for none, in a choice or comparison; no file holds these numbers.
 */
#define LINK_ANY  UINT32_MAX
#define LINK_NONE (UINT32_MAX - 1)

#endif
