/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Begins and ends the file of each key. Packets choose names, so a name that is taken stops
 * nothing, but for those of the first packet of a file job (file_names.h): the packets of that file
 * are left out and counted, a line on standard error says so, and the run fails at its end.
 */
#ifndef VTAP_SPLIT_SPLIT_FILES_H
#define VTAP_SPLIT_SPLIT_FILES_H

#include "split_internal.h"

/* What became of a packet. */
enum put_result {
	PUT_FAILED,  /* the run ends; err is set */
	PUT_REFUSED, /* the packet is left out: the name of its file is taken */
	PUT_DONE,
};

/*
 * Returns true if the first file of a key can begin with this packet, the first of the run. Returns
 * false and sets err if this is a file job and the name is taken, and -w has neither {n} nor {end}
 * to make another one: nothing is touched then.
 */
bool split_files_may_begin(struct split *split, const struct split_key *key,
			   const struct packet *packet, struct error *err);

/*
 * Begins the next file of a key; packet will be its first. Returns PUT_REFUSED if the name is taken
 * and -w has neither {n} nor {end} to make another one, and from then on until
 * split_files_end_all(). Returns PUT_FAILED and sets err if the file cannot be written.
 */
enum put_result split_files_begin(struct split *split, struct split_key *key,
				  const struct packet *packet, struct error *err);

/*
 * Ends the file of a key, which has one. If complete is true, the file gets its final name, a
 * line in the manifest and the command of -z, in this order, otherwise it stays NAME.tmp. Returns
 * false and sets err if writing, renaming or the manifest fails; a final name that is taken is no
 * failure of this call: it is printed and counted.
 */
bool split_files_end(struct split *split, struct split_key *key, bool complete, struct error *err);

/* Ends the files of all keys. Returns false and sets err for the first that failed. */
bool split_files_end_all(struct split *split, bool complete, struct error *err);

/* Returns false and sets err if a name was taken, or a file was replaced by another one, at some
 * time in the run. */
bool split_files_none_taken(const struct split *split, struct error *err);

#endif
