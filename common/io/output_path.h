/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens files for writing by their names: the only place where outputs get descriptors. Others may
 * write to the folder of an output, so what stands there is looked at before a byte is written: no
 * symbolic link is followed, and a file that is emptied has to be a regular one that belongs to the
 * right user and has no second name. FIFOs and character devices are opened as they are. Links
 * among the folders of a name are followed; capture/sink_pool.h refuses those that packets name.
 */
#ifndef VTAP_IO_OUTPUT_PATH_H
#define VTAP_IO_OUTPUT_PATH_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Lets files that are emptied belong to a further user, beside the effective one: the one that the
 * process is going to be (-Z), who has written them in an earlier run. To be called once, before
 * the first output is opened.
 */
void output_path_allow(uid_t owner);

/* Returns true if a file with this owner is one of this process' user, or of the further one. */
bool output_path_is_owned(uid_t owner);

/* A file, whatever its name is by now. */
struct output_path_id {
	uint64_t device, inode;
	int64_t born_ns; /* time of birth, as inode numbers are reused; 0 if it is not known */
};

/* Returns true if both are one file. */
bool output_path_same(const struct output_path_id *a, const struct output_path_id *b);

/* Makes a new file, for appending, locks it until its descriptors are closed (io/abandoned.h),
 * where the file system can, and sets *id to it. Returns its descriptor, or -1 and sets err;
 * err->number is EEXIST if anything has the name. */
int output_path_create(const char *name, struct output_path_id *id, struct error *err);

/* Opens a file and empties it, or makes a new one; or opens a FIFO or a character device. Returns
 * its descriptor, or -1 and sets err if another file has the name. */
int output_path_empty(const char *name, struct error *err);

/* Does what output_path_empty() does, but leaves the bytes in the file. */
int output_path_reuse(const char *name, struct error *err);

/* Removes all bytes from a file that output_path_reuse() has opened; a FIFO or a device stays as it
 * is. Returns false and sets err if that fails. name is for messages. */
bool output_path_cut(int fd, const char *name, struct error *err);

/* Opens the file `id` that output_path_create() has made once more, for appending, and locks it.
 * Returns its
 * descriptor, or -1 and sets err; err->number is ESTALE if another file has the name now, or none.
 */
int output_path_again(const char *name, const struct output_path_id *id, struct error *err);

/* Sets *id to the regular file of this process' user that has the name. Returns false if there is
 * none. */
bool output_path_find(const char *name, struct output_path_id *id);

/*
 * Removes the file `id` if it has the name, and sets *freed to the bytes that this should make free
 * on its disk: 0 if the file has a further name. Returns false and sets err if it cannot be
 * removed; err->number is ESTALE if another file has the name, or none. A file that somebody puts
 * there between look and removal is removed: whoever can do that could remove it as well.
 */
bool output_path_remove(const char *name, const struct output_path_id *id, uint64_t *freed,
			struct error *err);

/* Returns true if the name is that of the file `id`. Otherwise returns false and sets err, with
 * ESTALE as err->number. */
bool output_path_is(const char *name, const struct output_path_id *id, struct error *err);

/*
 * Waits until the bytes of the file `id`, which is closed, are on the disk (io/sync.h). Returns
 * false and sets err if that fails, or if an earlier write to the disk has failed; err->number is
 * ESTALE if another file has the name now.
 */
bool output_path_sync(const char *name, const struct output_path_id *id, struct error *err);

/* Sets err to say that another file has got the name of one that was being written, with ESTALE as
 * err->number. Always returns false. */
bool output_path_lost(const char *name, struct error *err);

/*
 * Gives the file `id` its final name. keep: a file that has this name stays, and err->number is
 * EEXIST (io/filename.h); else it is replaced. Returns false and sets err if that fails;
 * err->number is ESTALE if another file has the name `from` now, or has got the final name. That
 * nothing has the final name any more is no failure: somebody has moved the file on.
 */
bool output_path_rename(const char *from, const struct output_path_id *id, const char *name,
			bool keep, struct error *err);

#endif
