/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that an input's name resolution blocks give to addresses, so that each of many outputs
 * gets the names of its own addresses alone. Names belong to addresses of the whole input, in
 * whichever section they stood. Memory is bounded; what is beyond it is left out and counted.
 */
#ifndef VTAP_CAPTURE_NAMES_H
#define VTAP_CAPTURE_NAMES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash_table.h"
#include "packet/packet.h"

enum {
	NAMES_MEMORY = 64 << 20, /* bytes of all names; further ones are left out */
	NAMES_OF_ADDRESS = 4096, /* bytes of records of one address; further ones are left out */
};

/* Types of records in a name resolution block, after the address that a record begins with. */
enum { NAMES_END = 0, NAMES_IPV4 = 1, NAMES_IPV6 = 2, NAMES_MAC = 3 };

/* An address, without padding, so that it can be a key. */
struct names_address {
	uint8_t type;	   /* NAMES_... */
	uint8_t bytes[16]; /* 4, 16 or 6 bytes as in a packet, the rest is 0 */
};

/* A record of a name resolution block, in this host's byte order. */
struct names_record {
	struct names_record *next; /* of the same address, later in the input */
	size_t len;		   /* bytes, a multiple of 4 */
	uint8_t bytes[];
};

/* An address with its names, the oldest first. It lives until names_free(). */
struct name {
	struct names_address address;
	struct names_record *first, *last;
	size_t len; /* bytes of all records */
};

struct names {
	struct hash_table by_address;
	struct arena arena;
	size_t memory;	  /* bytes that count for NAMES_MEMORY */
	uint64_t blocks;  /* that were added */
	uint64_t dropped; /* those of them of which a record was left out */
	uint8_t *block;	  /* the one that is made */
	size_t len, room; /* bytes of it */
};

/* Makes an empty table; allocates nothing. */
void names_init(struct names *names);

/* Frees the memory of the table, and the block that names_finish() has made. */
void names_free(struct names *names);

/* Returns true if the block is one that names_add() can take: it has at least one record, and all
 * of them are whole and of addresses. Its options, if it has any, are not kept. */
bool names_knows(const struct block *block);

/* Adds the records of a block that names_knows(), but for those that are there already. Returns
 * false and sets err if there is no memory. */
bool names_add(struct names *names, const struct block *block, struct error *err);

/* Returns the names of an address, or NULL if it has none. */
const struct name *names_find(const struct names *names, const struct names_address *address);

/* Begins a block. */
void names_begin(struct names *names);

/*
 * Appends the records of an address behind `last`, or all of them if `last` is NULL, to the block
 * that was begun. Returns false and sets err if there is no memory.
 */
bool names_append(struct names *names, const struct name *name, const struct names_record *last,
		  struct error *err);

/* Returns true if nothing was appended since names_begin(). */
bool names_is_empty(const struct names *names);

/* Ends the block and fills *block, for that section and in its byte order. Its bytes are valid
 * until the next call. Returns false and sets err if there is no memory. */
bool names_finish(struct names *names, const struct section *section, struct block *block,
		  struct error *err);

#endif
