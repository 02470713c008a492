/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the captures in a folder that stands for them on a command line. */
#ifndef VTAP_CAPTURE_FOLDER_H
#define VTAP_CAPTURE_FOLDER_H

#include "base/error.h"
#include "base/name_list.h"

/*
 * Appends the captures of a folder to a list, by the bytes of their paths: regular files, and links
 * to files, that begin as pcap or pcapng, compressed or not, or whose name has .pcap or .cap in it
 * (and so .pcapng), whatever they hold. deeper: also those of the folders below it, but not of
 * those that links lead to. Names that end in .tmp or begin with a dot are passed over.
 * A folder that cannot be read is appended itself, as is `folder` if nothing was found: who opens
 * it says what is wrong. Returns false and sets err if there is no memory, or if reading a folder
 * fails on the way.
 */
bool folder_list(const char *folder, bool deeper, struct name_list *captures, struct error *err);

#endif
