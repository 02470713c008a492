/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -w: file names made of keys, numbers and times. */
#ifndef VTAP_SPLIT_TEMPLATE_H
#define VTAP_SPLIT_TEMPLATE_H

#include "key.h"

enum { TEMPLATE_TOKENS = 64, TEMPLATE_NAME_SIZE = 4096, TEMPLATE_KEY_LIMIT = 200 };

struct name_template {
	struct template_token {
		uint8_t kind;
		unsigned part;	  /* of the key */
		const char *text; /* literal */
		size_t len;
	} token[TEMPLATE_TOKENS];
	unsigned count;
	bool has_n, has_start, has_end;
	bool portable; /* --portable-names: `:` is encoded too */
	size_t limit;  /* bytes of a key in a name */
};

/*
 * Reads text, which must outlive the template. It is an error of usage when it lacks something that
 * tells two keys apart, names a key that --by lacks, or could be no file name.
 */
bool template_parse(struct name_template *tmpl, const char *text, const struct key_spec *spec,
		    bool portable, struct error *err);

struct template_values {
	const struct key_text *key;
	uint64_t n;		  /* which file of this key, from 1 */
	int64_t start_ns, end_ns; /* times of the first packet and the latest */
	bool ended;		  /* else {end} is `unfinished-SERIAL` */
	uint64_t serial;
};

/* How many bytes of every name are directories that no packet has a say in. */
size_t template_trusted(const struct name_template *tmpl);

/* Writes a name. It has room for .pcapng.tmp behind it. */
void template_expand(const struct name_template *tmpl, const struct template_values *values,
		     char name[TEMPLATE_NAME_SIZE]);

/* The folder that all names are below, with its slash: the text in front of the first that differs.
 */
void template_folder(const struct name_template *tmpl, char folder[TEMPLATE_NAME_SIZE]);

/*
 * The key as text for people: parts joined by comma, `none` where one is missing. Returns its
 * length; to has room for KEY_PARTS * KEY_PART_SIZE bytes.
 */
size_t template_label(const struct key_text *key, char *to);

#endif
