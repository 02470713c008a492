/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads libpcap when an interface or a filter expression first needs it, because libpcap brings
 * libraries of D-Bus and systemd, which would slow every start. After libpcap_load() its functions
 * are called by the table: libpcap.pcap_compile(...).
 */
#ifndef VTAP_HOST_LIBPCAP_H
#define VTAP_HOST_LIBPCAP_H

#include <pcap/pcap.h>
#include <stdint.h>

#include "base/error.h"
#include "host/dynload.h"

/* clang-format off */
#define LIBPCAP_FUNCTIONS(row) \
	row(pcap_activate) row(pcap_close) row(pcap_compile) row(pcap_create) row(pcap_datalink) \
	row(pcap_dispatch) row(pcap_fileno) row(pcap_findalldevs) row(pcap_freealldevs) \
	row(pcap_freecode) row(pcap_get_selectable_fd) row(pcap_geterr) row(pcap_offline_filter) \
	row(pcap_open_dead) row(pcap_set_buffer_size) row(pcap_set_promisc) \
	row(pcap_set_protocol_linux) row(pcap_set_snaplen) \
	row(pcap_set_timeout) row(pcap_set_tstamp_precision) row(pcap_setfilter) \
	row(pcap_setnonblock) row(pcap_stats) row(pcap_statustostr)
/* clang-format on */

/* A pointer to each function; none may be called before libpcap_load() has succeeded. */
struct libpcap {
	LIBPCAP_FUNCTIONS(DYNLOAD_POINTER)
};

extern struct libpcap libpcap;

extern const struct dynload_library libpcap_library;

/*
 * Loads libpcap; later calls do nothing. It stays loaded until the process ends. Returns false and
 * sets err if it is not installed or lacks one of the functions.
 */
bool libpcap_load(struct error *err);

/*
 * A link type has one number in capture files (LINKTYPE_) and, for some types, another one in
 * libpcap's functions (DLT_), which differs between systems. These convert, and need no
 * libpcap_load(); a number that neither list knows is returned as it is.
 */
int libpcap_dlt(uint32_t linktype);
uint32_t libpcap_linktype(int dlt);

#endif
