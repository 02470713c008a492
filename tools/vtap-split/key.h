/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --by sorts packets by. A key is made twice: as a few bytes for every
 * packet, cheaply, and as text when a file is named after it.
 */
#ifndef VTAP_SPLIT_KEY_H
#define VTAP_SPLIT_KEY_H

#include "base/error.h"
#include "tunnel/peel.h"

enum { KEY_KINDS = 13, KEY_PARTS = KEY_KINDS }; /* --by names each kind at most once */
enum { KEY_SIZE = 4096 };			/* bytes of a key */
enum { KEY_PART_SIZE = 2048 };			/* text of one part, with its NUL */
enum { KEY_CHOICES = 4 };			/* `mac` and `host` have two ends each */

struct key_spec {
	unsigned count;
	uint8_t kind[KEY_PARTS];
	bool deep;	  /* some kind looks inside packets */
	bool inner;	  /* some kind looks inside tunnels */
	bool last;	  /* all kinds look at what all tunnels carry, and at nothing else */
	bool record;	  /* some kind looks at what is around packets */
	unsigned choices; /* bits of the kinds that have two ends */
};

struct key {
	size_t len;
	bool none; /* the packet has no part of it */
	uint8_t bytes[KEY_SIZE];
};

/* The text of a key's parts; a part that the packet lacks is empty. */
struct key_text {
	unsigned count;
	char part[KEY_PARTS][KEY_PART_SIZE];
};

/* The list behind --by: names joined by comma. The error says what was expected. */
bool key_parse(struct key_spec *spec, const char *list, struct error *err);

/* The index in spec of the kind of that name (len bytes), -1 when --by lacks it. */
int key_find(const struct key_spec *spec, const char *name, size_t len);
/* True when it is the name of any kind. */
bool key_known(const char *name, size_t len);

/* The keys of a packet, all different; peel holds it, peeled (not looked at unless spec->deep; only
 * what is left if spec->last). Returns how many, at least 1. */
unsigned key_make(const struct key_spec *spec, const struct packet *packet, const struct peel *peel,
		  struct key keys[KEY_CHOICES]);

void key_write(const struct key_spec *spec, const struct key *key, struct key_text *text);

#endif
