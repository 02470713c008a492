/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the packets written on each interface of the present section, and makes interface
 * statistics blocks of pcapng of the counts. Each interface has an entry: those of sources bring it
 * along (origins.h), those of the input get one here.
 */
#ifndef VTAP_DECAP_INTERFACE_STATISTICS_H
#define VTAP_DECAP_INTERFACE_STATISTICS_H

#include "base/hash_table.h"
#include "pipeline/stage.h"
#include "tunnel/sequence.h"

/* An interface of the output. Whoever makes one fills `interface` and `loss`, and
 * all else begins as 0. */
struct interface_statistics_entry {
	struct interface_statistics_entry *next, **link; /* link: what points to this entry, NULL if
							    it is in no list */
	uint64_t packets;				 /* packets given to the sink */
	uint64_t unwritten;				 /* those of them that it did not take */
	const struct interface *interface;
	/* Numbers missing in the tunnels of the source, which its interfaces share; NULL for an
	 * interface of the input. */
	struct loss *loss;
	bool told; /* the input has statistics of the interface, which are not written again */
};

enum { INTERFACE_STATISTICS_LEN = 20 + 5 * 12 + 4 + 4 }; /* bytes of the longest block */

struct interface_statistics {
	struct hash_table by_serial; /* entries of the input's interfaces, which are allocated */
	struct interface_statistics_entry *first, **end; /* list in order of first packets */
	struct interface_statistics_entry *last; /* of the input's interface seen last, or NULL */
	uint8_t block[INTERFACE_STATISTICS_LEN];
};

/* Begins without any interface. */
void interface_statistics_init(struct interface_statistics *statistics);

/* Forgets all interfaces, of which no block was made: the end of a section, or of all. Frees what
 * was allocated, not *statistics itself. */
void interface_statistics_free(struct interface_statistics *statistics);

/* The part of interface_statistics_add() for an entry that is in no list. */
void interface_statistics_append(struct interface_statistics *statistics,
				 struct interface_statistics_entry *entry);

/* Puts an entry behind the others unless it is there. It is borrowed, as is its interface, until
 * interface_statistics_forget(), or until a block was made of it. */
static inline void interface_statistics_add(struct interface_statistics *statistics,
					    struct interface_statistics_entry *entry)
{
	if (!entry->link)
		interface_statistics_append(statistics, entry);
}

/* Takes an entry out of the list; nothing happens if it is in none. */
void interface_statistics_forget(struct interface_statistics *statistics,
				 struct interface_statistics_entry *entry);

/*
 * Counts a packet that is to be written on an interface of the input, which is borrowed as by
 * interface_statistics_add(). Returns its entry, which lives as long as it is in the list, or NULL
 * without memory; the packet is not counted then.
 */
struct interface_statistics_entry *interface_statistics_see(struct interface_statistics *statistics,
							    const struct interface *interface);

/* Takes note that the input has statistics of an interface of its own: what their writer said
 * stays, and no other block is made. */
void interface_statistics_tell(struct interface_statistics *statistics,
			       const struct interface *interface);

/* Returns the entry of an interface that is in the list, or NULL. Takes a time that grows with the
 * list. */
struct interface_statistics_entry *
interface_statistics_find(const struct interface_statistics *statistics,
			  const struct interface *interface);

/*
 * Takes an entry out of the list, frees it if it is one of the input's, and sets *block to a block
 * about it. Returns false if there is none to be made, as nothing was written on the interface or
 * the input has one. *dropped packets that the kernel dropped go into the block and become 0. The
 * block lives until the next call, its interface as long as it did before.
 */
bool interface_statistics_take(struct interface_statistics *statistics,
			       struct interface_statistics_entry *entry,
			       const struct stage_times *times, uint64_t *dropped,
			       struct block *block);

#endif
