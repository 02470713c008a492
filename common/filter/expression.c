/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/expression.h"

#include <stdlib.h>

#include "base/hash_table.h"
#include "filter/expression_place.h"
#include "host/libpcap.h"

/* What a compiled program returns for a packet that matches; it returns 0 for all others. */
enum { SNAPLEN = 262144 };

enum { MESSAGE_SIZE = 512 };

/* The expression, compiled for one link type. */
struct program {
	uint32_t linktype;
	struct bpf_program code;
	char *failure; /* libpcap's message if it does not compile, else NULL */
};

struct expression {
	char *text;
	struct hash_table programs; /* by linktype: a capture chooses how many there are */
	struct program *last;	    /* the program used last: most captures have one link type */
};

struct expression *expression_new(const char *text, struct error *err)
{
	struct expression *expression = calloc(1, sizeof(*expression));

	if (expression && (expression->text = strdup(text))) {
		hash_table_init(&expression->programs);
		return expression;
	}
	free(expression);
	error_errno(err, "filter expression");
	return NULL;
}

const char *expression_text(const struct expression *expression)
{
	return expression->text;
}

/*
 * libpcap's optimiser refuses an expression that no packet can match. That is wrong for "arp" if
 * one interface of several carries bare IP. Without the optimiser the program rejects all packets.
 */
static bool compile_text(pcap_t *pcap, const char *text, struct bpf_program *code)
{
	return libpcap.pcap_compile(pcap, code, text, 1, PCAP_NETMASK_UNKNOWN) == 0 ||
	       libpcap.pcap_compile(pcap, code, text, 0, PCAP_NETMASK_UNKNOWN) == 0;
}

/* Returns libpcap's message, or NULL if the text compiles. */
static const char *compile_failure(void *pcap, const char *text)
{
	struct bpf_program code;

	if (libpcap.pcap_compile(pcap, &code, text, 0, PCAP_NETMASK_UNKNOWN) != 0)
		return libpcap.pcap_geterr(pcap);
	libpcap.pcap_freecode(&code);
	return NULL;
}

/* Keeps why the program does not compile; explain: with a mark at the place. Returns false without
 * memory. */
static bool program_set_failure(struct program *program, pcap_t *pcap, const char *text,
				bool explain)
{
	const char *failure = libpcap.pcap_geterr(pcap);
	char message[MESSAGE_SIZE];

	if (explain) {
		expression_place(text, failure, compile_failure, pcap, message, sizeof(message));
		failure = message;
	}
	program->failure = strdup(failure);
	return program->failure;
}

static bool program_compile(struct program *program, const char *text, bool explain,
			    struct error *err)
{
	pcap_t *pcap;
	bool good;

	if (!libpcap_load(err))
		return false;
	pcap = libpcap.pcap_open_dead(libpcap_dlt(program->linktype), SNAPLEN);
	if (!pcap)
		return error_errno(err, "filter expression");
	good = compile_text(pcap, text, &program->code) ||
	       program_set_failure(program, pcap, text, explain);
	libpcap.pcap_close(pcap);
	return good || error_errno(err, "filter expression");
}

static void program_free(struct program *program)
{
	libpcap.pcap_freecode(&program->code);
	free(program->failure);
	free(program);
}

/* Makes `last` the program of a link type; it may have failed to compile. */
static bool expression_add(struct expression *expression, uint32_t linktype, struct error *err)
{
	struct program *program = calloc(1, sizeof(*program));
	bool explain = expression->programs.count == 0;

	if (!program) {
		error_errno(err, "filter expression");
		return false;
	}
	program->linktype = linktype;
	/* Finding the place takes many compilations, and captures choose the further link types. */
	if (!program_compile(program, expression->text, explain, err)) {
		free(program);
		return false;
	}
	if (!hash_table_put(&expression->programs, &program->linktype, sizeof(linktype), program)) {
		program_free(program);
		error_errno(err, "filter expression");
		return false;
	}
	expression->last = program;
	return true;
}

static bool expression_select(struct expression *expression, uint32_t linktype, struct error *err)
{
	struct program *program =
		hash_table_get(&expression->programs, &linktype, sizeof(linktype));

	if (!program)
		return expression_add(expression, linktype, err);
	expression->last = program;
	return true;
}

bool expression_compile(struct expression *expression, uint32_t linktype, struct error *err)
{
	return expression_select(expression, linktype, err) &&
	       (!expression->last->failure ||
		error_usage(err, "filter expression: %s", expression->last->failure));
}

bool expression_check(struct expression *expression, struct error *err)
{
	static const uint32_t linktypes[] = { LINK_ETHERNET, LINK_SLL2, LINK_RAW };
	struct error other;

	if (expression_compile(expression, linktypes[0], err))
		return true;
	for (size_t i = 1; i < sizeof(linktypes) / sizeof(*linktypes); i++)
		if (expression_compile(expression, linktypes[i], &other))
			return true;
	return false;
}

bool expression_match(struct expression *expression, const struct packet *packet, bool *matched,
		      struct error *err)
{
	struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->len };

	if ((!expression->last || expression->last->linktype != packet->linktype ||
	     expression->last->failure) &&
	    !expression_compile(expression, packet->linktype, err))
		return false;
	*matched = libpcap.pcap_offline_filter(&expression->last->code, &header, packet->data) != 0;
	return true;
}

void expression_free(struct expression *expression)
{
	struct program *program;
	size_t at = 0;

	if (!expression)
		return;
	while ((program = hash_table_next(&expression->programs, &at)))
		program_free(program);
	hash_table_free(&expression->programs);
	free(expression->text);
	free(expression);
}
