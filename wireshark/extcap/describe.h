/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers to Wireshark's questions: which interfaces there are, and what can be set of each. */
#ifndef VTAP_EXTCAP_DESCRIBE_H
#define VTAP_EXTCAP_DESCRIBE_H

#include <stdio.h>

#include "extcap_options.h"

/* Prints the interfaces: vtap-if only where this user may run dumpcap. */
void describe_interfaces(FILE *to);

/* Prints the link type of an interface, of which Wireshark wants one; the capture says its own. */
void describe_dlts(FILE *to, const struct extcap_options *options);

/* Prints the options of an interface, or the values of the one that is to be read again. Returns
 * false and sets err if the interfaces of this host cannot be listed. */
bool describe_config(FILE *to, const struct extcap_options *options, struct error *err);

/* Writes why a capture filter is refused. */
void describe_filter(FILE *to);

#endif
