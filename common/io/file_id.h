/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether a file that is opened again is the one that it was. */
#ifndef VTAP_IO_FILE_ID_H
#define VTAP_IO_FILE_ID_H

#include <stdbool.h>
#include <stdint.h>

/* A file, whatever its name is by now. */
struct file_id {
	uint64_t device, inode;
	int64_t born_ns; /* an inode's number is given again; 0 where the file system does not say
			  */
};

/* Sets *id to the file that is open as fd. Returns false, with errno set, if that fails. */
bool file_id_get(int fd, struct file_id *id);

/* Returns true if both are one file. */
bool file_id_same(const struct file_id *a, const struct file_id *b);

#endif
