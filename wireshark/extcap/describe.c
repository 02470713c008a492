/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "describe.h"

#include <string.h>

#include "programs.h"

/* The number of --interface among the options of vtap-if. */
enum { INTERFACE_NUMBER = 0 };

void describe_interfaces(FILE *to)
{
	char path[PATH_MAX];

	fprintf(to, "extcap {version=%s}{display=vtap}\n", VTAP_VERSION);
	fputs("interface {value=vtap}{display=Mirrored traffic on UDP ports}\n", to);
	if (programs_find_dumpcap(path))
		fputs("interface {value=vtap-if}{display=Mirrored traffic on an interface}\n", to);
}

void describe_dlts(FILE *to, const struct extcap_options *options)
{
	fprintf(to, "dlt {number=1}{name=%s}{display=Ethernet}\n", options->interface_name);
}

struct describe_values {
	FILE *to;
	bool chosen; /* a default was named */
};

/* Whether a line of vtap-decap -D is of an interface that is up and reaches others. */
static bool describe_is_default(const char *name, const char *rest)
{
	return strncmp(rest, " [up]", 5) == 0 && strcmp(name, "lo") != 0;
}

/* Braces end a value in Wireshark's grammar, and cannot be escaped. */
static void describe_value(void *arg, char *text)
{
	struct describe_values *values = arg;
	size_t len = strcspn(text, " ");
	char name[64];

	if (len == 0 || len >= sizeof(name) || text[strcspn(text, "{}")])
		return;
	memcpy(name, text, len);
	name[len] = '\0';
	fprintf(values->to, "value {arg=%d}{value=%s}{display=%s}", INTERFACE_NUMBER, name, text);
	if (!values->chosen && describe_is_default(name, text + len)) {
		fputs("{default=true}", values->to);
		values->chosen = true;
	}
	fputs("\n", values->to);
}

static void describe_udp(FILE *to)
{
	fprintf(to,
		"arg {number=0}{call=--listen}{display=Receive on}{type=string}{default=%s}"
		"{tooltip=Addresses as of vtap-decap -l, separated by blanks or commas}\n",
		extcap_default_listen);
}

static void describe_other(FILE *to)
{
	fprintf(to,
		"arg {number=%d}{call=--interface}{display=Capture from}{type=selector}"
		"{reload=true}{placeholder=Look again}"
		"{tooltip=The interface on which the mirrored packets arrive}\n"
		"arg {number=3}{call=--keep}{display=Keep what is no tunnel}{type=boolflag}"
		"{default=false}{tooltip=Packets without a tunnel are dropped otherwise}\n",
		INTERFACE_NUMBER);
}

static void describe_both(FILE *to)
{
	fputs("arg {number=1}{call=--id}{display=Only these IDs}{type=string}"
	      "{tooltip=VNIs, keys, sessions or TEIDs: 5,7-9}\n"
	      "arg {number=2}{call=--no-fixlen}{display=Leave lengths as they are}{type=boolflag}"
	      "{default=false}{tooltip=Lengths of cut packets are restored otherwise}\n",
	      to);
}

bool describe_config(FILE *to, const struct extcap_options *options, struct error *err)
{
	struct describe_values values = { .to = to };

	if (!options->reload) {
		(options->kind == EXTCAP_UDP ? describe_udp : describe_other)(to);
		describe_both(to);
	}
	if (options->kind == EXTCAP_UDP ||
	    (options->reload && strcmp(options->reload, "interface") != 0))
		return true;
	return programs_list_interfaces(describe_value, &values, err);
}

void describe_filter(FILE *to)
{
	fputs("Capture filters do not look into tunnels, so vtap takes none: use a display "
	      "filter\n",
	      to);
}
