/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame that is cut into IP fragments comes back from the reassembly. Input: packet. */
#include "header/ip_fragment.h"

#include "fuzz.h"
#include "header/reasm.h"
#include "tunnel/outer_header.h"

static const struct interface interface = { .serial = 1, .linktype = LINK_ETHERNET };
static uint8_t frame[70000], room[70000];

/* The packet in VXLAN; its length. */
static size_t wrap(const struct fuzz_packet *packet)
{
	struct tunnel_build what = { .payload = span_of(packet->data, packet->caplen),
				     .linktype = LINK_ETHERNET };
	struct outer_header outer_header;

	outer_header_init(&outer_header, encap_find("vxlan"), packet->flags & 1 ? 6 : 4);
	outer_header.may_fragment = true;
	return outer_header_build(&outer_header, &what, OUTER_HEADER_PORT_FIRST, 7,
				  (struct patch){ frame, sizeof(frame) });
}

/* One fragment; true when it made the datagram whole. */
static bool offer(struct reasm *reasm, size_t len, struct packet *whole)
{
	struct packet packet = { .data = room,
				 .caplen = (uint32_t)len,
				 .len = (uint32_t)len,
				 .linktype = LINK_ETHERNET,
				 .interface = &interface };
	struct headers headers;
	enum reasm_result result;

	headers_parse(&headers, LINK_ETHERNET, span_of(room, len), 0);
	FUZZ_CHECK(headers.ip_version != 0 && headers.flags & HEADERS_ANY_FRAGMENT);
	result = reasm_put(reasm, &packet, &headers, whole);
	FUZZ_CHECK(result == REASM_KEPT || result == REASM_WHOLE);
	return result == REASM_WHOLE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_fragment ip_fragment;
	struct fuzz_packet packet;
	struct packet whole;
	struct reasm *reasm;
	size_t frame_len, len, mtu, count = 0, done = 0;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	frame_len = wrap(&packet);
	mtu = IP_FRAGMENT_MTU_MIN + packet.flags;
	if (!ip_fragment_begin(&ip_fragment, span_of(frame, frame_len), mtu, 7) ||
	    frame_len <= mtu + ETHERNET_LEN)
		return 0;
	reasm = reasm_new(REASM_MEMORY_MIN, FUZZ_NS);
	while ((len = ip_fragment_next(&ip_fragment, (struct patch){ room, mtu + 14 })) > 0) {
		FUZZ_CHECK(len <= mtu + ETHERNET_LEN);
		count++;
		done += offer(reasm, len, &whole);
	}
	FUZZ_CHECK(count > 1 && (done == 1 || count > REASM_FRAGMENTS_MAX));
	if (done == 1)
		/* From the ports on: IP's own header has its fields cleared. */
		FUZZ_CHECK(whole.caplen == frame_len &&
			   memcmp(whole.data + 54, frame + 54, frame_len - 54) == 0);
	reasm_free(reasm);
	return 0;
}
