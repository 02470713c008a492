/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the bytes of a tunnel header to encap_parse(), as if they stood behind UDP or IP. */
#ifndef VTAP_TESTS_LIB_TUNNEL_HEADER_H
#define VTAP_TESTS_LIB_TUNNEL_HEADER_H

#include "encap/encap.h"
#include "lib/build.h"

/* IP protocols by which tunnels are found; UDP is 17. */
enum { UDP = 17, GRE = 47, ETHERIP = 97 };

/* Headers that end in front of the tunnel header. */
static inline struct headers headers_of(uint16_t number)
{
	if (number < 256)
		return (struct headers){ .end = HEADERS_IP_PAYLOAD,
					 .ip_version = 4,
					 .protocol = (uint8_t)number,
					 .depth = 1 };
	return (struct headers){ .end = HEADERS_TRANSPORT,
				 .ip_version = 4,
				 .protocol = UDP,
				 .l4 = UDP,
				 .depth = 2,
				 .dst_port = number == 256 ? 0 : number };
}

/* number: a UDP port, or an IP protocol below 256. The bytes are copied to where nothing follows.
 */
static inline enum encap_verdict parse_bytes(const uint8_t *data, size_t len, uint16_t number,
					     const struct encap_select *select,
					     struct tunnel *tunnel)
{
	struct headers headers = headers_of(number);
	uint8_t *exact = build_exact(data, len);
	struct encap_table table;
	enum encap_verdict verdict;

	encap_table_init(&table, select);
	verdict = encap_parse(&headers, &table, span_of(exact, len), tunnel);
	free(exact);
	return verdict;
}

#endif
