/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpcap, for source/live*.c and filter/expression.c: loaded when an interface or a filter
 * expression needs it. It brings libraries of D-Bus and systemd.
 */
#ifndef VTAP_HOST_LIBPCAP_H
#define VTAP_HOST_LIBPCAP_H

#include <pcap/pcap.h>

#include "base/error.h"
#include "host/dynload.h"

/* clang-format off */
#define LIBPCAP_FUNCTIONS(row) \
	row(pcap_activate) row(pcap_close) row(pcap_compile) row(pcap_create) row(pcap_datalink) \
	row(pcap_dispatch) row(pcap_fileno) row(pcap_findalldevs) row(pcap_freealldevs) \
	row(pcap_freecode) row(pcap_get_selectable_fd) row(pcap_geterr) row(pcap_offline_filter) \
	row(pcap_open_dead) row(pcap_set_buffer_size) row(pcap_set_promisc) row(pcap_set_snaplen) \
	row(pcap_set_timeout) row(pcap_set_tstamp_precision) row(pcap_setfilter) \
	row(pcap_setnonblock) row(pcap_stats) row(pcap_statustostr)
/* clang-format on */

/* Filled by libpcap_load(). */
struct libpcap {
	LIBPCAP_FUNCTIONS(DYNLOAD_POINTER)
};

extern struct libpcap libpcap;

/* Once for the process; false and err when it is not installed. */
bool libpcap_load(struct error *err);

#endif
