/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of vtap-extcap, which is Wireshark's extcap protocol (doc/extcap.adoc of
 * Wireshark): one of several questions, or --capture, and the options of the interfaces.
 */
#ifndef VTAP_EXTCAP_OPTIONS_H
#define VTAP_EXTCAP_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"

enum extcap_action {
	EXTCAP_NOTHING,	   /* the command line asks for nothing */
	EXTCAP_HELP,	   /* --help */
	EXTCAP_VERSION,	   /* --version */
	EXTCAP_INTERFACES, /* --extcap-interfaces */
	EXTCAP_DLTS,	   /* --extcap-dlts */
	EXTCAP_CONFIG,	   /* --extcap-config */
	EXTCAP_CLEANUP,	   /* --extcap-cleanup-postkill, of later versions: nothing is to be done */
	EXTCAP_CAPTURE,	   /* --capture */
};

enum extcap_interface {
	EXTCAP_UDP,   /* vtap: packets that vtap-decap -l receives */
	EXTCAP_OTHER, /* vtap-if: packets that dumpcap captures */
};

struct extcap_options {
	enum extcap_action action;
	const char *interface_name; /* --extcap-interface, or NULL */
	enum extcap_interface kind; /* of interface_name */
	const char *filter;	    /* --extcap-capture-filter, or NULL */
	const char *reload;	    /* --extcap-reload-option, or NULL */
	const char *fifo;	    /* --fifo, or NULL */
	const char *listen;	    /* --listen: URIs, separated by blanks and commas */
	const char *interface;	    /* --interface, or NULL */
	const char *id;		    /* --id, or NULL */
	bool keep;		    /* --keep: what is no tunnel is not dropped */
	bool no_fixlen;		    /* --no-fixlen: lengths are not restored */
};

/* The sockets of `vtap` unless --listen names others. */
extern const char extcap_default_listen[];

/*
 * Fills options from a command line; the strings point into argv, or are constant. `--opt value`
 * and `--opt=value` say the same. Returns false and sets err if an option is unknown, if a value is
 * missing or none is expected, or if there is no such interface; the action and the values of the
 * other options are set nevertheless.
 */
bool extcap_options_parse(struct extcap_options *options, int argc, char **argv, struct error *err);

#endif
