/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes file names of the template of -w: its words in braces become keys, numbers and times. Names
 * are safe whatever packets say: keys are encoded and shortened.
 */
#ifndef VTAP_SPLIT_TEMPLATE_H
#define VTAP_SPLIT_TEMPLATE_H

#include "key/key_text.h"

enum {
	TEMPLATE_TOKENS = 64,	   /* tokens of a template; more are an error of usage */
	TEMPLATE_NAME_SIZE = 4096, /* bytes of a name with its NUL; PATH_MAX of Linux */
	TEMPLATE_KEY_LIMIT =
		KEY_TEXT_LIMIT, /* bytes of a key in a name, at most; it is shortened to fit */
};

struct name_template {
	struct template_token {
		uint8_t kind;
		unsigned part;	  /* of a word that names a part of the key: the part's index */
		const char *text; /* literal text, not NUL-terminated */
		size_t len;
	} token[TEMPLATE_TOKENS];
	unsigned count;
	bool has_n, has_start, has_end; /* the template has {n}, {start}, {end} */
	bool portable;			/* --portable-names: `:` is encoded, too */
	size_t limit;			/* bytes of a key in a name */
	/* Bytes that stand between parts, which have them encoded; with a NUL. */
	char separators[TEMPLATE_TOKENS + 1];
};

/*
 * Parses a template. The text is borrowed and must outlive the template. Returns false and sets err
 * if some part of the key is not in the template, if the template names a key that --by does not
 * have, if its names could not be those of files, or if nothing sets two parts apart: by
 * {ip-src}{vlan}, 10.0.0.1 with VLAN 23 and 10.0.0.12 with VLAN 3 would have one name.
 */
bool template_parse(struct name_template *tmpl, const char *text, const struct key_spec *spec,
		    bool portable, struct error *err);

/* What a name is made of. */
struct template_values {
	const struct key_text *key;
	uint64_t n;		  /* number of the file among those of its key, from 1 */
	int64_t start_ns, end_ns; /* time of the first packet, and the latest time, since 1970 */
	bool ended;		  /* if false, {end} becomes `unfinished-SERIAL` */
	uint64_t serial;	  /* number of the file in the whole run */
};

/* Returns how many bytes at the front of every name are directories that no packet can change. */
size_t template_trusted(const struct name_template *tmpl);

/* Writes a name. A number and `.abandoned-9999.pcapng` fit behind it in TEMPLATE_NAME_SIZE bytes.
 */
void template_expand(const struct name_template *tmpl, const struct template_values *values,
		     char name[TEMPLATE_NAME_SIZE]);

enum { TEMPLATE_VARIANTS = 9999 }; /* the highest number for which template_vary() has room */

/* Writes `name`, which template_expand() has made, with `-NUMBER` in front of its ending: in front
 * of .pcap or .pcap.gz, or at its end if the template has no dot behind its last word. */
void template_vary(const struct name_template *tmpl, const char *name, unsigned number,
		   char varied[TEMPLATE_NAME_SIZE]);

/*
 * Writes the directory, with a slash at the end, below which all files are: that of
 * template_trusted(), or "./".
 */
void template_folder(const struct name_template *tmpl, char folder[TEMPLATE_NAME_SIZE]);

#endif
