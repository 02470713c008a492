/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the stage, for the files that make it up: split.c and split_files.c. */
#ifndef VTAP_SPLIT_SPLIT_INTERNAL_H
#define VTAP_SPLIT_SPLIT_INTERNAL_H

#include "split_ahead.h"
#include "base/arena.h"
#include "base/hash_table.h"
#include "capture/sink_pool.h"
#include "file_names.h"
#include "jobs.h"
#include "key/key_cache.h"
#include "manifest.h"
#include "split_rotation.h"
#include "split.h"

struct split_counters {
	/* Outcomes, in packets; `unwritten` are those that a failure kept from a file. */
	uint64_t written, none, refused, unwritten;
	uint64_t filtered, out_of_time; /* left out by -f, --since and --until */
	uint64_t copies, late;		/* packets */
	uint64_t keys, files, unnamed;	/* keys seen, files finished, files that stay .tmp */
	uint64_t unfinished;		/* files ended as .tmp; not a row */
	uint64_t packets, bytes;	/* in files that were ended; not rows of their own */
	uint64_t lost;			/* packets in files that were replaced; not a row */
	uint64_t commands, failed;	/* commands of -z run, and failed */
	uint64_t open_files;
	uint64_t newest_file_age; /* seconds, when split_totals() was called last */
	/* Files removed: for -W, for --min-free; and those that could not be. */
	uint64_t rotated, freed, unremoved;
	uint64_t packets_removed; /* packets in files that were removed */
};

/* The file that packets of a key are being written to. */
struct split_file {
	struct sink_pool_file *out; /* NULL if no file is open */
	uint64_t packets, bytes;    /* packets in it, and their bytes captured */
	uint64_t serial;	    /* number of the file in the whole run, from 1 */
	int64_t first_ns, last_ns;  /* time of the first packet, and the latest time */
	char *name;		    /* without .tmp; allocated while `out` is set, and in
				       struct file_names then */
};

/* Packets of a key in several files. */
struct split_sums {
	uint64_t packets, bytes;
	int64_t first_ns, last_ns; /* of the first packet, and the latest time; not set if packets
				      is 0 */
};

/* A key and its files. The members that every packet needs come first, in one cache line. */
struct split_key {
	struct split_file file;
	struct sink_pool_hint hint; /* of file.out, or of an earlier file */
	bool none;		    /* the key of packets that have no part of a key */
	bool refused;		    /* the next file has no name until split_files_end_all() */
	struct split_key *owner;    /* itself, or the key whose file it shares: see split_keys.c */
	const char *label;	    /* text, or what --names makes of it */
	struct split_key *next;	    /* in the order of their first packets */
	struct split_sums ended;    /* of files that were ended; in a dry run of all packets */
	struct split_rotation_series kept;
	uint64_t files;		 /* files begun */
	uint64_t n;		 /* number of the last file, as in {n} */
	uint64_t mark;		 /* sink_pool_mark() when the last file ended */
	uint64_t looked_packets; /* file.packets when split_quiet_end() looked last */
	int64_t came_ns;	 /* split->clock_ns when that look found more than the one before */
	struct split_key *next_listed;
	bool listed; /* the key is in split->listed */
	char text[]; /* the parts of the key, each with a NUL behind it */
};

/* Adds what a file has. */
static inline void split_sums_add(struct split_sums *sums, const struct split_file *file)
{
	if (file->packets == 0)
		return;
	if (sums->packets == 0)
		sums->first_ns = file->first_ns;
	if (sums->packets == 0 || file->last_ns > sums->last_ns)
		sums->last_ns = file->last_ns;
	sums->packets += file->packets;
	sums->bytes += file->bytes;
}

/* Returns the sums over all files of a key, the one that is written to included. */
static inline struct split_sums split_sums_of(const struct split_key *key)
{
	struct split_sums sums = key->ended;

	if (key->file.out)
		split_sums_add(&sums, &key->file);
	return sums;
}

struct split {
	const struct split_config *config;
	struct sink_pool *sink_pool;
	struct hash_table by_bytes, by_label; /* both have struct split_key */
	struct arena arena; /* all keys, and the bytes that by_bytes finds them by */
	struct split_key *first, **last;
	/* Keys whose file was begun, or refused, since the last split_files_end_all(). */
	struct split_key *listed, **last_listed;
	struct file_names names;
	struct jobs jobs;
	struct manifest manifest;
	struct rotation rotation;
	struct split_counters counters;
	int64_t interval;	/* -G: number of the present interval since 1970 */
	int64_t newest_ns;	/* the latest time of a packet */
	int64_t looked_ns;	/* CLOCK_MONOTONIC of the last split_quiet_end() */
	int64_t clock_ns;	/* the time that this function counts, from 0 */
	bool refuses;		/* a packet had another link type than its file */
	bool begun;		/* newest_ns and interval are set */
	bool started;		/* split_files_may_begin() was asked for the first packet */
	uint64_t serial;	/* files begun */
	int64_t newest_file_ns; /* CLOCK_MONOTONIC when the last was begun, or the run */
	uint64_t names_taken;	/* times that a file could not get its name */
	uint64_t names_lost;	/* files that another one has taken the place of */
	const char *format;	/* of the inputs: "pcap", "pcapng" ... */
	uint32_t had;		/* a bit for each part of --by that some packet had */
	bool named;		/* some interface has a name */
	bool tunnelled;	      /* some packet was in a tunnel, on or taken off; not looked at unless
				 spec.tunnel */
	bool labelled;	      /* --names has a part of some key */
	bool filtered_tunnel; /* some of the first packets that -f left out was in a tunnel */
	struct error block_error; /* of a block or a flush; empty text if there is none */
	struct encap_select select;
	struct encap_table table;
	struct key_cache cache;
	bool looks_ahead; /* packets come from one block of input, one behind the other */
	struct ahead ahead;
	struct peel peel;	     /* the tunnels of the present packet */
	struct key key[KEY_CHOICES]; /* its keys */
	struct key_text text;	     /* parts of one key: see split_keys_unpack() */
};

#endif
