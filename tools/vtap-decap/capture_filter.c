/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "header/fields.h"

/* EtherTypes behind which IP may stand at an offset that a filter cannot know: such frames pass,
 * whatever they carry. */
static const uint16_t links[] = {
	ETHERTYPE_MPLS,	  ETHERTYPE_MPLS_MULTICAST, ETHERTYPE_PPPOE,
	ETHERTYPE_9200,	  ETHERTYPE_9300,	    ETHERTYPE_8200,
	ETHERTYPE_VNTAG,  ETHERTYPE_ETAG,	    ETHERTYPE_CISCO_METADATA,
	ETHERTYPE_HSR,	  ETHERTYPE_FABRICPATH,	    ETHERTYPE_ITAG,
	ETHERTYPE_MACSEC,
};

enum { FILTER_VLANS = 2 };

/* UDP ports or IP protocols, each once. There is room for all of every codec and --port. */
struct numbers {
	unsigned count;
	uint16_t number[CAPTURE_FILTER_PORTS_MAX];
};

static void filter_add_number(struct numbers *numbers, uint16_t number)
{
	for (unsigned i = 0; i < numbers->count; i++)
		if (numbers->number[i] == number)
			return;
	if (numbers->count < CAPTURE_FILTER_PORTS_MAX)
		numbers->number[numbers->count++] = number;
}

static void filter_collect_numbers(const struct encap_select *select, enum encap_carrier carrier,
				   struct numbers *numbers)
{
	numbers->count = 0;
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		if (encap->carrier != carrier || !(select->wanted >> i & 1))
			continue;
		for (unsigned k = 0; k < 4 && encap->numbers[k] != 0; k++)
			filter_add_number(numbers, encap->numbers[k]);
	}
	for (unsigned i = 0; carrier == CARRIER_UDP && i < select->ports; i++)
		if (select->wanted >> select->port[i].encap & 1)
			filter_add_number(numbers, select->port[i].port);
}

unsigned capture_filter_ports(const struct encap_select *select,
			      uint16_t ports[CAPTURE_FILTER_PORTS_MAX])
{
	struct numbers numbers;

	filter_collect_numbers(select, CARRIER_UDP, &numbers);
	memcpy(ports, numbers.number, numbers.count * sizeof(*ports));
	return numbers.count;
}

struct text {
	char *at;
	size_t used, size;
};

static ERROR_PRINTF(2, 3) void filter_print(struct text *text, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text->at + text->used, text->size - text->used, format, ap);
	va_end(ap);
	if (n > 0)
		text->used += (size_t)n;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

static void filter_print_list(struct text *text, const struct numbers *numbers)
{
	for (unsigned i = 0; i < numbers->count; i++)
		filter_print(text, "%s%u", i ? " or " : "", numbers->number[i]);
}

/*
 * Only the first fragment of an IPv4 datagram has ports, so all later ones of UDP pass. An IPv6
 * extension header may be a fragment header (44) or lead to one: such packets are few, and the
 * stage looks at them.
 */
static void filter_print_untagged(struct text *text, const struct numbers *ports,
				  const struct numbers *protocols)
{
	filter_print(text,
		     "(ip6 and (ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 51 or "
		     "ip6[6] == 60)) or ip[9] == 51");
	if (ports->count > 0) {
		filter_print(text, " or udp dst port (");
		filter_print_list(text, ports);
		filter_print(text, ") or (ip[9] == 17 and ip[6:2] & 0x1fff != 0)");
	}
	for (unsigned i = 0; i < protocols->count; i++)
		filter_print(text, " or ip proto %u or ip6 proto %u", protocols->number[i],
			     protocols->number[i]);
}

/*
 * In `ether proto` a number below 1501 is no EtherType but the DSAP of an LLC header
 * (pcap-filter(7)), so the last of these passes SNAP.
 */
static void filter_print_links(struct text *text)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		filter_print(text, " or ether proto 0x%x", links[i]);
	filter_print(text, " or ether proto 0x%x", SNAP_LLC >> 16);
}

/* `vlan` moves the offsets of all that follows in the filter behind a tag (pcap-filter(7)). */
void capture_filter_text(const struct encap_select *select, bool tagged,
			 char filter[CAPTURE_FILTER_MAX])
{
	struct text text = { filter, 0, CAPTURE_FILTER_MAX };
	struct numbers ports, protocols;

	filter[0] = '\0';
	filter_collect_numbers(select, CARRIER_UDP, &ports);
	filter_collect_numbers(select, CARRIER_IP, &protocols);
	filter_print_untagged(&text, &ports, &protocols);
	if (!tagged)
		return;
	for (int i = 0; i < FILTER_VLANS; i++) {
		filter_print_links(&text);
		filter_print(&text, " or (vlan and (");
		filter_print_untagged(&text, &ports, &protocols);
	}
	filter_print_links(&text);
	/* More tags than these are rare: such frames go through. */
	filter_print(&text, " or vlan))))");
}
