/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a run: finds the struct split_key of the bytes that key_make() has made. */
#ifndef VTAP_SPLIT_SPLIT_KEYS_H
#define VTAP_SPLIT_SPLIT_KEYS_H

#include "split_internal.h"

/*
 * Returns the key of these bytes, and makes it if the run has not met it yet. It lives until
 * split_free(). Returns NULL and sets err if there is no memory. This is slow: callers ask
 * key_cache_find() first.
 */
struct split_key *split_keys_make(struct split *split, const struct key *bytes, struct error *err);

/*
 * Returns the parts of split_key.text or split_key.label as templates need them. They are valid
 * until the next call, or until split_put() meets a new key.
 */
const struct key_text *split_keys_unpack(struct split *split, const char *packed);

#endif
