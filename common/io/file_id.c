/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/file_id.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { NS_PER_S = 1000000000 };

bool file_id_get(int fd, struct file_id *id)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return false;
	*id = (struct file_id){ .device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
				.inode = st.stx_ino };
	if (st.stx_mask & STATX_BTIME)
		id->born_ns = st.stx_btime.tv_sec * NS_PER_S + st.stx_btime.tv_nsec;
	return true;
}

bool file_id_same(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->born_ns == b->born_ns;
}
