/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/expression.h"

#include <stdlib.h>

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
	struct program *programs;
	size_t count, room; /* programs, and those that there is memory for */
	size_t last;	    /* index of the program used last: most captures have one link type */
};

struct expression *expression_new(const char *text, struct error *err)
{
	struct expression *expression = calloc(1, sizeof(*expression));

	if (expression && (expression->text = strdup(text)))
		return expression;
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

/* Returns what libpcap said, with a mark at the place, or NULL without memory. */
static char *compile_explain(pcap_t *pcap, const char *text)
{
	char message[MESSAGE_SIZE];

	expression_place(text, libpcap.pcap_geterr(pcap), compile_failure, pcap, message,
			 sizeof(message));
	return strdup(message);
}

/* explain: whether a failure is told with its place. */
static bool program_compile(struct program *program, const char *text, bool explain,
			    struct error *err)
{
	pcap_t *pcap;

	if (!libpcap_load(err))
		return false;
	pcap = libpcap.pcap_open_dead(libpcap_dlt(program->linktype), SNAPLEN);
	if (pcap && !compile_text(pcap, text, &program->code))
		program->failure =
			explain ? compile_explain(pcap, text) : strdup(libpcap.pcap_geterr(pcap));
	else if (pcap) {
		libpcap.pcap_close(pcap);
		return true;
	}
	if (pcap)
		libpcap.pcap_close(pcap);
	return program->failure || error_errno(err, "filter expression");
}

static bool expression_grow(struct expression *expression, struct error *err)
{
	size_t room = expression->room ? expression->room * 2 : 4;
	struct program *programs;

	if (expression->count < expression->room)
		return true;
	programs = reallocarray(expression->programs, room, sizeof(*programs));
	if (!programs)
		return error_errno(err, "filter expression");
	expression->programs = programs;
	expression->room = room;
	return true;
}

/* Makes programs[last] that of the link type; it may have failed to compile. */
static bool expression_select(struct expression *expression, uint32_t linktype, struct error *err)
{
	struct program program = { .linktype = linktype };

	for (size_t i = 0; i < expression->count; i++) {
		if (expression->programs[i].linktype == linktype) {
			expression->last = i;
			return true;
		}
	}
	/* Finding the place takes many compilations, and captures choose the further link types. */
	if (!expression_grow(expression, err) ||
	    !program_compile(&program, expression->text, expression->count == 0, err))
		return false;
	expression->last = expression->count++;
	expression->programs[expression->last] = program;
	return true;
}

bool expression_compile(struct expression *expression, uint32_t linktype, struct error *err)
{
	const struct program *program;

	if (!expression_select(expression, linktype, err))
		return false;
	program = &expression->programs[expression->last];
	return !program->failure || error_usage(err, "filter expression: %s", program->failure);
}

bool expression_match(struct expression *expression, const struct packet *packet, bool *matched,
		      struct error *err)
{
	struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->len };
	const struct program *program;

	if (expression->count == 0 ||
	    expression->programs[expression->last].linktype != packet->linktype ||
	    expression->programs[expression->last].failure)
		if (!expression_compile(expression, packet->linktype, err))
			return false;
	program = &expression->programs[expression->last];
	*matched = libpcap.pcap_offline_filter(&program->code, &header, packet->data) != 0;
	return true;
}

void expression_free(struct expression *expression)
{
	if (!expression)
		return;
	for (size_t i = 0; i < expression->count; i++) {
		libpcap.pcap_freecode(&expression->programs[i].code);
		free(expression->programs[i].failure);
	}
	free(expression->programs);
	free(expression->text);
	free(expression);
}
