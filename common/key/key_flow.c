/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key/key_flow.h"

#include <stdio.h>
#include <string.h>

#include "base/digits.h"

size_t key_flow_put_end(uint8_t *to, const struct flow *flow, const struct flow_end *end)
{
	*to = flow->version;
	memcpy(to + 1, end->address, sizeof(end->address));
	return KEY_FLOW_END_LEN;
}

void key_flow_write_end(const uint8_t *bytes, size_t len, char *text)
{
	(void)len;
	flow_address(bytes[0], bytes + 1, text);
}

size_t key_flow_put(uint8_t *to, const struct flow *flow)
{
	struct patch patch = { to, KEY_FLOW_LEN };

	key_flow_put_end(to, flow, &flow->source);
	key_flow_put_end(to + KEY_FLOW_END_LEN, flow, &flow->destination);
	to[2 * KEY_FLOW_END_LEN] = (uint8_t)(flow->protocol);
	if (!flow->has_ports)
		return 2 * KEY_FLOW_END_LEN + 1;
	patch_be16(patch, 2 * KEY_FLOW_END_LEN + 1, flow->source.port);
	patch_be16(patch, 2 * KEY_FLOW_END_LEN + 3, flow->destination.port);
	return KEY_FLOW_LEN;
}

/* Each of these returns where the text ends. */
static char *write_protocol(uint8_t protocol, char *text)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return stpcpy(text, "icmp_");
	case IPPROTO_TCP:
		return stpcpy(text, "tcp_");
	case IPPROTO_UDP:
		return stpcpy(text, "udp_");
	case IPPROTO_ICMPV6:
		return stpcpy(text, "icmp6_");
	case IPPROTO_SCTP:
		return stpcpy(text, "sctp_");
	case IPPROTO_DCCP:
		return stpcpy(text, "dccp_");
	case IPPROTO_UDPLITE:
		return stpcpy(text, "udplite_");
	default:
		return text + sprintf(text, "proto%u_", protocol);
	}
}

static char *write_port(char *to, uint16_t port)
{
	*to = '.';
	return digits_put(to + 1, port);
}

void key_flow_write(const uint8_t *bytes, size_t len, char *text)
{
	struct span span = span_of(bytes, len);
	uint16_t port;

	text = write_protocol(bytes[2 * KEY_FLOW_END_LEN], text);
	key_flow_write_end(bytes, len, text);
	text += strlen(text);
	if (span_be16(span, 2 * KEY_FLOW_END_LEN + 1, &port))
		text = write_port(text, port);
	*text++ = '_';
	key_flow_write_end(bytes + KEY_FLOW_END_LEN, len, text);
	text += strlen(text);
	if (span_be16(span, 2 * KEY_FLOW_END_LEN + 3, &port))
		*write_port(text, port) = '\0';
}

void key_flow_text(const struct flow *flow, char text[KEY_FLOW_TEXT])
{
	struct flow normal = *flow;
	uint8_t bytes[KEY_FLOW_LEN];

	flow_normalise(&normal);
	key_flow_write(bytes, key_flow_put(bytes, &normal), text);
}
