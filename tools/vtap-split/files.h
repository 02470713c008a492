/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of each key: its name, its beginning and its end. What is in the way of a name stays as
 * it is and stops nothing, for packets choose names: it is told, and the packets are left out.
 */
#ifndef VTAP_SPLIT_FILES_H
#define VTAP_SPLIT_FILES_H

#include "split.h"

/* What became of a packet. */
enum put_result { PUT_FAILED, PUT_REFUSED, PUT_DONE };

/* The parts of a key's text, as templates want them; until the next call. */
const struct key_text *files_key(struct split *split, const struct split_key *key);

/*
 * Begins the key's next file with its first packet. PUT_REFUSED: the name is taken, and so it stays
 * until files_end_all(). err only with PUT_FAILED.
 */
enum put_result files_begin(struct split *split, struct split_key *key, const struct packet *packet,
			    struct error *err);

/* Ends the key's file. complete: with its final name, the manifest's line and the command of -z. */
bool files_end(struct split *split, struct split_key *key, bool complete, struct error *err);

/* Ends those of all keys. False and err for the first that failed. */
bool files_end_all(struct split *split, bool complete, struct error *err);

/* False when a name was taken: why the run failed that did all it could. */
bool files_none_taken(const struct split *split, struct error *err);

#endif
