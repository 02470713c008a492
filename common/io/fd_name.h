/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognises file names that stand for a descriptor, such as /dev/stdout. */
#ifndef VTAP_IO_FD_NAME_H
#define VTAP_IO_FD_NAME_H

/*
 * Returns the descriptor of this process that a name leads to, as /dev/stdout, /dev/fd/3 and links
 * to them do, or -1 if it leads to none. A caller must not replace such a name by another file, and
 * must use the descriptor instead of opening the name: that would begin at the file's start again.
 */
int fd_name_lookup(const char *name);

#endif
