/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/libpcap.h"

#include <stddef.h>

#include "base/linktype.h"

struct libpcap libpcap;

const struct dynload_library libpcap_library = { "libpcap", LIBPCAP_SONAME, "pcap_lib_version" };

bool libpcap_load(struct error *err)
{
	static const char *const names[] = { LIBPCAP_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;

	if (!loaded)
		loaded = dynload_load(LIBPCAP_SONAME, names, sizeof(names) / sizeof(*names),
				      &libpcap, err);
	return loaded || error_wrap(err, "interfaces and filter expressions need libpcap");
}

/*
 * The types whose numbers differ on some system (tcpdump.org, link-layer header types). Where
 * several link types have one DLT_, the first row is what capture files should hold.
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

int libpcap_dlt(uint32_t linktype)
{
	for (size_t i = 0; i < sizeof(differs) / sizeof(*differs); i++)
		if (differs[i].linktype == linktype)
			return differs[i].dlt;
	return (int)linktype;
}

uint32_t libpcap_linktype(int dlt)
{
	for (size_t i = 0; i < sizeof(differs) / sizeof(*differs); i++)
		if (differs[i].dlt == dlt)
			return differs[i].linktype;
	return (uint32_t)dlt;
}
