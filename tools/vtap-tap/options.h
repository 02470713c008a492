/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-tap. */
#ifndef VTAP_TAP_OPTIONS_H
#define VTAP_TAP_OPTIONS_H

#include "cli/cli.h"
#include "live/interfaces.h"
#include "live/send.h"
#include "tap.h"

/* --from, of one family. */
struct options_from {
	bool given;
	uint8_t address[16]; /* IPv4: the first 4 bytes */
};

struct options {
	struct cli_common common; /* first: cli/cli.h */
	/* Where to. */
	struct target targets[TAP_TARGETS_MAX];
	const char *uris[TAP_TARGETS_MAX]; /* the same, as given */
	unsigned target_count;
	bool balance;
	struct options_from from4, from6;
	uint64_t ttl, dscp;
	bool checksum; /* --udp-checksum */
	uint64_t mtu;  /* 0: none in files, that of the path when sending */
	bool mtu_auto; /* --mtu auto was said */
	enum tap_oversize oversize;
	bool meta;
	const char *name; /* --name; NULL without */
	bool no_sequence;
	/* What. */
	bool read_given; /* -r */
	char *filter;	 /* the expression, its words joined; "" without */
	const char *rules;
	enum direction wanted;
	uint64_t cut, sample, sample_flows;
	uint64_t bits_per_s, packets_per_s;
	int64_t burst_ns; /* 0: the default */
	uint64_t segment_mtu;
	bool no_segment;
	/* Live: from interfaces, or sent. */
	const char *interfaces[INTERFACES_MAX];
	unsigned interface_count;
	bool list; /* -D: nothing else counts */
	bool no_promiscuous;
	uint64_t buffer;	/* bytes an interface; 0: the default */
	int64_t duration_ns;	/* 0: no end */
	bool follow, no_follow; /* as said; with neither, interfaces are followed */
	double speed;		/* 1: as recorded; 0: max */
	bool speed_given;
	const char *engine_name; /* NULL without --engine */
	enum send_engine engine;
	uint64_t ports; /* 0: the default */
	int64_t stats_interval_ns;
	const char *metrics;
};

extern const struct cli tap_options_cli;

/* Parses and checks. CLI_ERROR: exit 2, nothing to free. */
enum cli_result tap_options_parse(struct options *options, int argc, char **argv,
				  struct error *err);
/* Part of that: do the options go together? */
bool tap_options_check(const struct options *options, struct error *err);
void tap_options_free(struct options *options);

/* True without -i, and with -w: nothing live about it. */
bool tap_options_between_files(const struct options *options);

/* What the stage gets. */
struct setup {
	struct tap_config config;
	struct tap_target targets[TAP_TARGETS_MAX];
};

/*
 * Fills setup (zero at the start) from options; reads the rules and compiles the expression. A
 * caller with names among the targets has resolved them in options->targets before, and puts in
 * what only it knows: sources of outer_headers without --from, is_local, live_clock; an expression
 * that the kernel runs it takes out again. False and err; setup can be freed in any case.
 */
bool tap_options_setup(const struct options *options, struct setup *setup, struct error *err);
void tap_options_teardown(struct setup *setup);

#endif
