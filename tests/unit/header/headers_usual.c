/* SPDX-License-Identifier: GPL-2.0-or-later */
/* headers_parse() has a shortcut for usual Ethernet frames: it says what the parser says. */
#include "header/headers_usual.h"

#include "lib/captures.h"
#include "lib/same_headers.h"
#include "lib/tap.h"

/* The IP packet in a frame is parsed without the shortcut. */
static bool agrees(void *arg, const struct packet *packet)
{
	struct span bytes = span_of(packet->data, packet->caplen);
	struct headers headers, ip;

	memset(&headers, 0xA5, sizeof headers);
	headers_parse(&headers, packet->linktype, bytes, 0);
	if (headers.ip_version == 0 || headers.network != headers.link_len)
		return is_sound(&headers, packet->caplen);
	++*(uint64_t *)arg;
	headers_parse(&ip, headers.ip_version == 4 ? LINK_IPV4 : LINK_IPV6, bytes, headers.network);
	ip.link_end = headers.link_end;
	ip.trailer_len = headers.trailer_len;
	return is_sound(&headers, packet->caplen) && same_front(&headers, &ip) &&
	       headers.end == ip.end && headers.transport_len == ip.transport_len &&
	       headers.transport_end == ip.transport_end && headers.payload == ip.payload &&
	       (headers.link_len != 14U + 4U * headers.vlans ||
		headers.depth == ip.depth + 1 + headers.vlans);
}

static bool capture_agrees(void *arg, const struct packet *packet)
{
	if (packet->number > 20)
		return agrees(arg, packet);
	return variants_wrong(packet, 100, false, agrees, arg) == 0;
}

static void test_captures(void)
{
	uint64_t compared = 0;

	is_u64(captures_wrong(capture_agrees, &compared), 0, "tests/data: usual frames");
	ok(compared > 1000000 / VARIANTS_STEP, "... %" PRIu64 " of them", compared);
}

int main(void)
{
	test_captures();
	return tap_done();
}
