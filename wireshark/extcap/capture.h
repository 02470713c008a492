/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that Wireshark knows: opens the fifo, starts the guard, and waits for a reason to
 * end. */
#ifndef VTAP_EXTCAP_CAPTURE_H
#define VTAP_EXTCAP_CAPTURE_H

#include "extcap_options.h"

/*
 * Captures until SIGTERM, SIGINT or SIGHUP comes, the reader of the fifo goes, the process that has
 * started this one ends, or a program fails. The fifo is opened before anything that can fail, for
 * Wireshark waits for it. Returns true if the capture went well. Returns false if it failed: err is
 * set, or err->text is empty if the program that failed was heard already.
 */
bool capture_run(const struct extcap_options *options, struct error *err);

/* Opens the fifo and closes it again, for a capture that cannot begin: its reader sees the end.
 * Waits for the reader as capture_run() does; errors are left out. */
void capture_refuse(const struct extcap_options *options);

#endif
