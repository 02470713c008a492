/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the keys by which --by splits. A key has two forms: a few bytes, which are made for each
 * packet and are cheap to compare, and text, which is made once, for the name of a file.
 */
#ifndef VTAP_KEY_KEY_H
#define VTAP_KEY_KEY_H

#include "base/error.h"
#include "key/interface_origin.h"

enum { KEY_KINDS = 14, KEY_PARTS = KEY_KINDS }; /* --by names each kind at most once */
enum { KEY_SIZE = 4096 };			/* bytes of a key, enough for all kinds */
enum { KEY_PART_SIZE = 2048 };			/* bytes of a part's text, with its NUL */
enum { KEY_INTERFACE_MAX = 1000 }; /* bytes of an interface's name; a longer one is shortened */
enum { KEY_CHOICES = 4 };	   /* keys of a packet: 2 of `mac` times 2 of `host` */

/* The kinds of --by, and what they look at. */
struct key_spec {
	unsigned count;
	uint8_t kind[KEY_PARTS]; /* in the order of --by */
	bool deep;		 /* some kind looks at the bytes of packets */
	bool tunnel;		 /* some kind looks at tunnels, those taken off included */
	bool inner;		 /* some kind looks at what tunnels carry */
	bool innermost;		 /* all kinds look at what all tunnels carry, and at nothing else */
	bool record;		 /* some kind looks at the interface or the link type */
	unsigned choices;	 /* a bit for each kind with two ends: mac, host */
};

struct key {
	size_t len;
	bool none; /* the packet has no part of the key */
	uint8_t bytes[KEY_SIZE];
};

/* The text of a key's parts; a part that the packet does not have is empty. */
struct key_text {
	unsigned count;
	char part[KEY_PARTS][KEY_PART_SIZE];
};

/* Parses the list of --by, names separated by commas. Returns false and sets err if it is wrong. */
bool key_parse(struct key_spec *spec, const char *list, struct error *err);

/*
 * Returns the index in *spec of the kind whose name is the first len bytes of name, or -1 if --by
 * does not name that kind.
 */
int key_find(const struct key_spec *spec, const char *name, size_t len);

/* Returns true if the first len bytes of name are the name of any kind. */
bool key_known(const char *name, size_t len);

/*
 * Makes the keys of a packet, all different: with `mac` and `host` a packet may have one for each
 * end. peel has the tunnels of the packet; it is not looked at unless spec->deep, and if
 * spec->innermost only at the innermost packet. taken has the tunnels that were taken off before,
 * as the name of the packet's interface says. Returns the number of keys, 1 to KEY_CHOICES.
 */
unsigned key_make(const struct key_spec *spec, const struct packet *packet, const struct peel *peel,
		  const struct interface_origin *taken, struct key keys[KEY_CHOICES]);

/* Writes the text of each part of a key that key_make() made with the same spec. */
void key_write(const struct key_spec *spec, const struct key *key, struct key_text *text);

#endif
