/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vtap-tap: its options, whether they go together, and the stage's config. */
#ifndef VTAP_TAP_OPTIONS_H
#define VTAP_TAP_OPTIONS_H

#include "cli/cli.h"
#include "live/interfaces.h"
#include "live/send.h"
#include "tap.h"

/* --from, of one IP version. */
struct options_from {
	bool given;
	uint8_t address[16]; /* of IPv4 the first 4 bytes */
};

struct options {
	struct cli_common common; /* the first member, as cli/cli.h demands */
	/* Where packets go to. */
	struct target targets[TAP_TARGETS_MAX]; /* parsed; names are resolved by endpoints.h */
	const char *uris[TAP_TARGETS_MAX];	/* the targets as given */
	unsigned target_count;
	bool balance;
	struct options_from from4, from6;
	uint64_t ttl, dscp;
	bool checksum; /* --udp-checksum */
	uint64_t mtu;  /* bytes; 0: that of the path when sending, no limit in files */
	bool mtu_auto; /* --mtu auto was given */
	enum tap_oversize oversize;
	bool meta;
	const char *name; /* --name, or NULL */
	bool no_sequence;
	/* Which packets are mirrored, and how much of them. */
	const char *filter; /* the words of the expression with spaces between them; "" if none */
	const char *rules;  /* file, or NULL */
	enum direction wanted;
	uint64_t snaplen; /* bytes; 0: all */
	uint64_t sample, sample_flows;
	uint64_t max_depth;		    /* tunnels that a mirrored packet is in, at most */
	uint64_t bits_per_s, packets_per_s; /* 0: no limit */
	int64_t burst_ns;		    /* 0: the default */
	uint64_t segment_mtu;		    /* bytes; 0: the MTU of the interface */
	bool no_segment;
	/* Live runs. */
	const char **interfaces; /* names and patterns; interface_count of them */
	unsigned interface_count;
	bool list;  /* -D: all other options are ignored */
	bool check; /* --check */
	bool no_promiscuous;
	uint64_t buffer;	/* bytes per ring; 0: by the number of interfaces */
	int64_t duration_ns;	/* 0: no end */
	bool follow, no_follow; /* as given; interfaces are followed if neither is */
	double speed;		/* times as fast as recorded; 0: as fast as possible */
	bool speed_given;
	const char *engine_name; /* --engine as given, or NULL */
	enum send_engine engine;
	uint64_t ports; /* source ports per target; 0: the default */
	/* The command line, to read the file of --config again with it. */
	int argc;
	char **argv;
};

/* The table for cli_parse(), which tap_options_parse() calls. */
extern const struct cli tap_options_cli;

/*
 * Parses the command line into *options and checks it. The result and err are those of cli_parse().
 * After CLI_RUN the caller frees with tap_options_free(); otherwise there is nothing to free.
 */
enum cli_result tap_options_parse(struct options *options, int argc, char **argv,
				  struct error *err);

/*
 * Checks that the options go together: the check of tap_options_cli, for a struct options. With
 * --print-config also what tap_options_setup() finds without opening anything. Returns false and
 * sets err if they do not.
 */
bool tap_options_check(void *config, struct error *err);

/* Checks that the engine can fragment for --mtu: sockets fragment for the MTU of the path. Returns
 * false and sets err if it cannot. */
bool tap_options_check_fragments(const struct options *options, struct error *err);

void tap_options_free(struct options *options);

/* Returns true if packets come from a file and frames go into a file. */
static inline bool tap_options_between_files(const struct options *options)
{
	return options->interface_count == 0 && options->common.output;
}

/* The config of the stage, and what it points to. */
struct setup {
	struct tap_config config;
	struct tap_target targets[TAP_TARGETS_MAX];
	struct services *services; /* names in rules; NULL without --rules */
};

/*
 * Fills *setup, which is all zeros, from options; reads the rules and compiles the expression.
 * Names in options->targets are resolved, but for those that are waited for: their addresses are 0.
 * The caller adds what depends on
 * this host: source addresses of outer headers without --from, is_local and live_clock. Returns
 * false and sets err if that fails. The caller calls tap_options_teardown() in any case.
 */
bool tap_options_setup(const struct options *options, struct setup *setup, struct error *err);

/* Sets what limits packets in the config of a stage: snaplen, sample and rate. */
void tap_options_set_limits(const struct options *options, struct tap_config *config);

/*
 * Fills *outer_header with that of packets to a target: of the version, the destination address
 * and the port of *target, with the source that --from gives, or 0. A target without a version gets
 * that of packets to an address which is still unknown: IPv6 if --from says so, else IPv4.
 */
void tap_options_outer_header(const struct options *options, const struct target *target,
			      struct outer_header *outer_header);

/* Returns the bytes of an outer IP packet to a target that stand in front of a mirrored Ethernet
 * frame. tap_options_setup() has filled *setup, whose outer headers are complete. */
size_t tap_options_overhead(const struct setup *setup, unsigned target);

/*
 * Fills *setup as tap_options_setup() does, but for rules and expression, which need files and
 * libraries. Returns false and sets err if headers do not fit into --mtu.
 */
bool tap_options_setup_tunnels(const struct options *options, struct setup *setup,
			       struct error *err);

/* Frees what tap_options_setup() made, not *setup itself. */
void tap_options_teardown(struct setup *setup);

/* Says that --rate is too small to let a full-sized packet pass in a second: most often a letter is
 * missing. */
void tap_options_tell_rate(const struct options *options);

#endif
