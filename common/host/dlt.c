/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/dlt.h"

#include <pcap/dlt.h>
#include <stddef.h>

#include "base/linktype.h"

/*
 * Where the two differ on some system (tcpdump.org, link-layer header types);
 * all others are the same number. The first of several rows for one DLT_ is
 * what files should hold.
 */
static const struct {
	uint32_t linktype;
	int dlt;
} differs[] = {
	{ 100, DLT_ATM_RFC1483 }, { LINK_RAW, DLT_RAW },    { 102, DLT_SLIP_BSDOS },
	{ 103, DLT_PPP_BSDOS },	  { 104, DLT_C_HDLC },	    { 106, DLT_ATM_CLIP },
	{ LINK_LOOP, DLT_LOOP },  { 109, DLT_ENC },	    { 246, DLT_PFSYNC },
	{ LINK_RAW_12, DLT_RAW }, { LINK_RAW_14, DLT_RAW },
};

int dlt_of(uint32_t linktype)
{
	for (size_t i = 0; i < sizeof(differs) / sizeof(*differs); i++)
		if (differs[i].linktype == linktype)
			return differs[i].dlt;
	return (int)linktype;
}

uint32_t dlt_linktype(int dlt)
{
	for (size_t i = 0; i < sizeof(differs) / sizeof(*differs); i++)
		if (differs[i].dlt == dlt)
			return differs[i].linktype;
	return (uint32_t)dlt;
}
