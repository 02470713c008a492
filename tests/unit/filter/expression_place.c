/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter/expression_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/linktype.h"
#include "filter/expression.h"
#include "lib/tap.h"

/* What compiling a text says, without "filter expression: ". */
static const char *told(const char *text)
{
	static struct error err;
	struct expression *expression = expression_new(text, &err);

	err = (struct error){ 0 };
	if (!expression || expression_compile(expression, LINK_ETHERNET, &err))
		snprintf(err.text, sizeof(err.text), "filter expression: good");
	expression_free(expression);
	return err.text + strlen("filter expression: ");
}

static void places(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "tcp prot 80", "syntax error: tcp >>>prot<<< 80" },
		{ "tcp and and port 80", "syntax error: tcp and >>>and<<< port 80" },
		{ "  foo", "syntax error:   >>>foo<<<" },
		{ "tcp)", "syntax error: tcp>>>)<<<" },
		{ "(tcp or udp", "syntax error, more is expected at the end: (tcp or udp" },
		{ "port 80 and", "syntax error, more is expected at the end: port 80 and" },
		{ "tcp[13] & 2 and udp", "syntax error: tcp[13] & 2 >>>and<<< udp" },
		{ "tcp[tcpflags", "syntax error, more is expected at the end: tcp[tcpflags" },
		{ "((len + 1) = 3", "syntax error, more is expected at the end: ((len + 1) = 3" },
		{ "port http and port 70000 or udp",
		  "illegal port number 70000 > 65535: port http and port >>>70000<<< or udp" },
		{ "tcp or portrange 1-x",
		  "unknown port in range '1-x': tcp or portrange >>>1-x<<<" },
		{ "ip proto foo", "unknown ip proto 'foo': ip proto >>>foo<<<" },
		{ "tcp port 80 and tcp host 1.2.3.4 and tcp",
		  "'tcp' modifier applied to host: tcp port 80 and >>>tcp<<< host 1.2.3.4 and "
		  "tcp" },
		{ "ether host 1.2.3.4 or arp",
		  "illegal link layer address: ether host >>>1.2.3.4<<< or arp" },
		{ "net 10.0.0.1/8 and tcp",
		  "non-network bits set in \"10.0.0.1/8\": net >>>10.0.0.1/8<<< and tcp" },
		{ "host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.3 or or host 10.0.0.4 or host "
		  "10.0.0.5 or host 10.0.0.6",
		  "syntax error: ...r host 10.0.0.2 or host 10.0.0.3 or >>>or<<< host 10.0.0.4 or "
		  "host 10.0.0.5 or h..." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		is_str(told(rows[i].text), rows[i].want, rows[i].text);
}

/* Expressions of pcap-filter(7) and of manual pages that show how tcpdump is used. */
static const char *const valid[] = {
	"",
	"tcp",
	"not arp and not rarp",
	"host 10.0.0.1 and not ( port 80 or port 25 )",
	"src net 10.0.0.0/8 or dst net fd00::/8",
	"net 10.0.0.0 mask 255.0.0.0",
	"src or dst host 10.0.0.1",
	"src and dst port 53",
	"tcp src port 80 and udp dst portrange 1024-65535",
	"ether host 02:00:00:00:00:01 and ether proto 0x88cc",
	"ether src 02:00:00:00:00:01 or ether dst 02:00:00:00:00:02",
	"ether broadcast or ether multicast or ip6 multicast",
	"vlan 100 and vlan 200 and ip",
	"mpls 100000 and mpls 1024 && host 10.0.0.9",
	"pppoes 0x27 and ip",
	"geneve 5 and tcp port 80",
	"ip proto \\icmp or ip6 proto 58 or proto 17",
	"ip6 protochain 6",
	"less 64 or greater 1500 or len = 100",
	"tcp [ tcpflags ] & ( tcp-syn | tcp-fin ) != 0 and not src and dst net 10.0.0.0/24",
	"ip [ 6:2 ] & 0x1fff = 0 and ( ( ip [ 2:2 ] - ( ( ip [ 0 ] & 0xf ) << 2 ) ) - ( ( tcp [ 12 "
	"] & "
	"0xf0 ) >> 2 ) ) != 0",
	"icmp [ icmptype ] != icmp-echo and icmp [ icmptype ] != icmp-echoreply",
	"ether [ 0 ] & 1 = 0 and ip [ 16 ] >= 224",
	"( tcp or udp ) and ( ( port 53 or 80 ) or not port 22 )",
	"esp or ah or carp or vrrp or igmp or pim or sctp",
	"port 80 or 443 or 8080",
	"inbound and tcp or outbound and udp",
	"llc and stp or ipx or netbeui or iso or decnet or lat or aarp or atalk",
	"! tcp && ! udp || icmp6",
	"tcp [ 4:4 ] * 2 / 2 % 3 ^ 1 < 5",
	"udp and - 1 < 5",
};

/* Cuts at each space: what is left has no syntax error but that something is missing at the end. */
static bool beginnings_are_told(char *text)
{
	for (char *space = strchr(text, ' '); space; space = strchr(space + 1, ' ')) {
		*space = '\0';
		if (strstr(told(text), "syntax error: ")) {
			printf("# %s: %s\n", text, told(text));
			return false;
		}
		*space = ' ';
	}
	return true;
}

/* Puts a word that none may be at each space: the mark is there. */
static bool intruders_are_marked(const char *text)
{
	char with[512];

	for (const char *space = text; space; space = *space ? strchr(space + 1, ' ') : NULL) {
		snprintf(with, sizeof(with), "%.*s @ %s", (int)(space - text), text, space);
		if (!strstr(told(with), ">>>@<<<")) {
			printf("# %s: %s\n", with, told(with));
			return false;
		}
	}
	return true;
}

static void all_places(void)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++) {
		char *text = strdup(valid[i]);

		is_str(told(text), "good", valid[i]);
		ok(intruders_are_marked(text), "... a mark at what is wrong, wherever it stands");
		ok(beginnings_are_told(text), "... a beginning is told to be one");
		free(text);
	}
}

/* What no word of the expression is to blame for, and what is too long, has no mark. */
static const char *refuse_all(void *arg, const char *text)
{
	(void)text;
	return arg;
}

static void no_places(void)
{
	char message[512], failure[] = "no such link type", *many = malloc(4001);

	expression_place("ip or tcp", failure, refuse_all, failure, message, sizeof(message));
	is_str(message, failure, "an error that all expressions have");
	for (size_t i = 0; i < 2000; i++)
		memcpy(many + 2 * i, "( ", 3);
	is_str(told(many), "can't parse filter expression: syntax error", "too many words");
	many[2 * 20] = '\0';
	ok(strstr(told(many), "at the end: "), "too many brackets: %s", told(many));
	free(many);
}

int main(void)
{
	places();
	all_places();
	no_places();
	return tap_done();
}
