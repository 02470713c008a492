/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that stand for what is open already. */
#ifndef VTAP_IO_FD_NAME_H
#define VTAP_IO_FD_NAME_H

/*
 * The descriptor of this process that a name leads to, such as /dev/stdout, /dev/fd/3 or a link to
 * one of these; -1 if it leads to none, or this cannot be seen. Such a name is not to be replaced,
 * and what it stands for neither emptied nor opened anew: that would begin at its start again.
 */
int fd_name_lookup(const char *name);

#endif
