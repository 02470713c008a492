/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_fields.h"

#include <ctype.h>
#include <stdio.h>

#include "base/digits.h"
#include "community_id.h"
#include "header/fields.h"
#include "transport_name.h"

#define COUNTER(member) (uint16_t) offsetof(struct counts, member)

/* What each getter below is called with. */
#define GETTER(name)                                                                           \
	static bool name(const struct record_field *field, const struct record_config *config, \
			 const struct record *record, struct record_value *value)
#define UNUSED (void)field, (void)config, (void)record

static bool record_text(struct record_value *value, const char *text)
{
	if (!text)
		return false;
	value->text = span_of(text, strlen(text));
	return true;
}

static bool record_number(struct record_value *value, uint64_t number)
{
	value->number = number;
	return true;
}

struct span record_fields_part(const struct record_config *config, const struct record *record,
			       const char *kind)
{
	const char *at = config->by;

	for (unsigned i = 0; i < record->part_count; i++) {
		size_t len = strcspn(at, ",");

		if (strlen(kind) == len && memcmp(at, kind, len) == 0)
			return record->part[i].text;
		at += len + (at[len] == ',');
	}
	return span_of("", 0);
}

static bool record_part(const struct record_config *config, const struct record *record,
			const char *kind, struct record_value *value)
{
	value->text = record_fields_part(config, record, kind);
	return value->text.len > 0;
}

GETTER(get_timestamp)
{
	UNUSED;
	value->time_ns = config->interval_s > 0 ? record->interval_end_ns : record->end_ns;
	return config->interval_s > 0 || record->timed;
}

GETTER(get_start)
{
	UNUSED;
	value->time_ns = record->start_ns;
	return record->timed;
}

GETTER(get_end)
{
	UNUSED;
	value->time_ns = record->end_ns;
	return record->timed;
}

GETTER(get_duration)
{
	UNUSED;
	value->number = (uint64_t)record->end_ns - (uint64_t)record->start_ns;
	return record->timed;
}

GETTER(get_event_kind)
{
	UNUSED;
	return record_text(value, record->flow ? "event" : "metric");
}

GETTER(get_category)
{
	UNUSED;
	return record_text(value, "network");
}

GETTER(get_type)
{
	UNUSED;
	return record_text(value, record->flow ? "connection" : NULL);
}

/* vtap.flow; else `vtap.` and the kinds of the key without the flow. */
GETTER(get_dataset)
{
	size_t used = 5;
	const char *by = config->by;

	(void)field;
	if (record->flow)
		return record_text(value, "vtap.flow");
	memcpy(value->scratch, "vtap.", used);
	for (; *by && used < sizeof(value->scratch) - 1 && strcmp(by, ",flow") != 0; by++)
		value->scratch[used++] = (char)(*by == ',' || *by == '-' ? '_' : *by);
	value->text = span_of(value->scratch, used);
	return true;
}

GETTER(get_ip)
{
	const struct record_flow *flow = record->flow;

	if (!flow)
		return record_part(config, record, field->end ? "ip-dst" : "ip-src", value);
	if (flow->flow.version == 0)
		return false;
	flow_address(flow->flow.version,
		     field->end ? flow->flow.destination.address : flow->flow.source.address,
		     value->scratch);
	return record_text(value, value->scratch);
}

GETTER(get_port)
{
	const struct record_flow *flow = record->flow;

	UNUSED;
	if (!flow || !flow->flow.has_ports)
		return false;
	return record_number(value,
			     field->end ? flow->flow.destination.port : flow->flow.source.port);
}

/* ECS writes RFC 7042's form: capital letters, hyphens. */
static bool record_mac_of_key(struct record_value *value)
{
	size_t len = value->text.len;

	if (len >= sizeof(value->scratch) || !span_copy(value->text, 0, value->scratch, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char letter = (unsigned char)value->scratch[i];

		value->scratch[i] = (char)(letter == ':' ? '-' : toupper(letter));
	}
	value->text = span_of(value->scratch, len);
	return true;
}

GETTER(get_mac)
{
	char *to = value->scratch;
	const uint8_t *mac;

	if (!record->flow)
		return field->end == 0 && record_part(config, record, "mac-src", value) &&
		       record_mac_of_key(value);
	mac = record->flow->mac[field->end];
	if (!mac)
		return false;
	for (unsigned i = 0; i < MAC_LEN; i++) {
		to = digits_put_hex(to, mac[i]);
		*to++ = '-';
	}
	value->text = span_of(value->scratch, (size_t)(to - value->scratch) - 1);
	return true;
}

GETTER(get_end_bytes)
{
	UNUSED;
	return record->flow && record_number(value, record->flow->end[field->end].bytes);
}

GETTER(get_end_packets)
{
	UNUSED;
	return record->flow && record_number(value, record->flow->end[field->end].packets);
}

GETTER(get_transport)
{
	UNUSED;
	return record->flow && record_text(value, transport_name(record->flow->flow.protocol));
}

GETTER(get_iana_number)
{
	UNUSED;
	if (!record->flow)
		return false;
	*digits_put(value->scratch, record->flow->flow.protocol) = '\0';
	return record_text(value, value->scratch);
}

GETTER(get_network_type)
{
	UNUSED;
	if (!record->flow || record->flow->flow.version == 0)
		return false;
	return record_text(value, record->flow->flow.version == 6 ? "ipv6" : "ipv4");
}

/* The key has the tags from the outside in, with points between them. */
GETTER(get_vlan)
{
	const uint8_t *point;
	size_t outer;

	if (!record_part(config, record, "vlan", value))
		return false;
	point = memchr(value->text.data, '.', value->text.len);
	outer = point ? (size_t)(point - value->text.data) : value->text.len;
	value->text =
		field->end ? span_from(value->text, outer + 1) : span_first(value->text, outer);
	return value->text.len > 0;
}

GETTER(get_community_id)
{
	const struct record_flow *flow = record->flow;
	struct community_id_icmp icmp;

	UNUSED;
	if (!flow)
		return false;
	icmp = (struct community_id_icmp){ flow->icmp_type, flow->icmp_code };
	return community_id_write(&flow->flow, flow->icmp_unknown ? NULL : &icmp, value->scratch) &&
	       record_text(value, value->scratch);
}

GETTER(get_source)
{
	(void)field;
	return record_text(value, record->source) || record_part(config, record, "source", value);
}

GETTER(get_product)
{
	UNUSED;
	return record_text(value, "vtap");
}

GETTER(get_version)
{
	UNUSED;
	return record_text(value, config->version);
}

GETTER(get_by)
{
	UNUSED;
	return record_text(value, config->by);
}

GETTER(get_key)
{
	UNUSED;
	return record_text(value, record->key);
}

GETTER(get_id)
{
	(void)field;
	return record_part(config, record, "id", value);
}

GETTER(get_interval)
{
	UNUSED;
	value->number = config->interval_s;
	return config->interval_s > 0;
}

GETTER(get_counter)
{
	struct span counts = span_of(&record->counts, sizeof(record->counts));

	(void)config;
	return span_copy(counts, field->at, &value->number, sizeof(value->number));
}

GETTER(get_missing_packets)
{
	UNUSED;
	return record_number(value, record->counts.missing_tunnel + record->counts.missing_kernel);
}

GETTER(get_missing_bytes)
{
	const struct tcp_counts *tcp = &record->counts.tcp;

	UNUSED;
	return record_number(value, tcp->tap_bytes + tcp->network_bytes + tcp->open_bytes);
}

GETTER(get_missing_gaps)
{
	const struct tcp_counts *tcp = &record->counts.tcp;

	UNUSED;
	return record_number(value, tcp->tap_gaps + tcp->network_gaps + tcp->open_gaps);
}

/* The bits of the header from the lowest on: FIN SYN RST PSH ACK URG ECE CWR. */
GETTER(get_tcp_flags)
{
	static const struct {
		uint8_t bit;
		char letter;
	} flags[] = { { 0x02, 'S' }, { 0x01, 'F' }, { 0x04, 'R' }, { 0x08, 'P' },
		      { 0x10, 'A' }, { 0x20, 'U' }, { 0x40, 'E' }, { 0x80, 'C' } };
	char *to = value->scratch;

	UNUSED;
	if (!record->flow || record->flow->flow.protocol != IPPROTO_TCP)
		return false;
	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (record->flow->tcp_flags[field->end] & flags[i].bit)
			*to++ = flags[i].letter;
	*to = '\0';
	return record_text(value, value->scratch);
}

GETTER(get_why)
{
	static const char *const names[] = { "idle",	  "finished", "reset",
					     "resources", "interval", "end" };

	UNUSED;
	if (record->flow)
		return record_text(value, names[record->flow->why]);
	return record_text(value, record->forgotten ? "resources" : NULL);
}

GETTER(get_one_way)
{
	UNUSED;
	value->truth = record->flow && record->flow->one_way;
	return record->flow;
}

#define COUNT(name_, member)                                                                      \
	{                                                                                         \
		.name = (name_), .kind = RECORD_NUMBER, .get = get_counter, .at = COUNTER(member) \
	}
#define TCP_COUNT(name_, member)                                            \
	{                                                                   \
		.name = (name_), .kind = RECORD_NUMBER, .get = get_counter, \
		.at = COUNTER(tcp.member), .tcp = true                      \
	}

const struct record_field record_fields[] = {
	{ "@timestamp", RECORD_TIME, .get = get_timestamp },
	{ "event.start", RECORD_TIME, .get = get_start },
	{ "event.end", RECORD_TIME, .get = get_end },
	{ "event.duration", RECORD_NUMBER, .get = get_duration },
	{ "event.kind", RECORD_TEXT, .get = get_event_kind },
	{ "event.category", RECORD_WORD, .get = get_category },
	{ "event.type", RECORD_WORD, .get = get_type },
	{ "event.dataset", RECORD_TEXT, .get = get_dataset },
	{ "source.ip", RECORD_TEXT, .get = get_ip },
	{ "source.port", RECORD_NUMBER, .get = get_port },
	{ "source.mac", RECORD_TEXT, .get = get_mac },
	{ "source.bytes", RECORD_NUMBER, .get = get_end_bytes },
	{ "source.packets", RECORD_NUMBER, .get = get_end_packets },
	{ "destination.ip", RECORD_TEXT, .get = get_ip, .end = 1 },
	{ "destination.port", RECORD_NUMBER, .get = get_port, .end = 1 },
	{ "destination.mac", RECORD_TEXT, .get = get_mac, .end = 1 },
	{ "destination.bytes", RECORD_NUMBER, .get = get_end_bytes, .end = 1 },
	{ "destination.packets", RECORD_NUMBER, .get = get_end_packets, .end = 1 },
	{ "network.transport", RECORD_TEXT, .get = get_transport },
	{ "network.iana_number", RECORD_TEXT, .get = get_iana_number },
	{ "network.type", RECORD_TEXT, .get = get_network_type },
	COUNT("network.bytes", bytes),
	COUNT("network.packets", packets),
	{ "network.vlan.id", RECORD_TEXT, .get = get_vlan },
	{ "network.inner.vlan.id", RECORD_TEXT, .get = get_vlan, .end = 1 },
	{ "network.community_id", RECORD_TEXT, .get = get_community_id },
	{ "observer.ingress.interface.name", RECORD_TEXT, .get = get_source },
	{ "observer.product", RECORD_TEXT, .get = get_product },
	{ "observer.version", RECORD_TEXT, .get = get_version },
	{ "vtap.by", RECORD_TEXT, .get = get_by },
	{ "vtap.key", RECORD_TEXT, .get = get_key },
	{ "vtap.source", RECORD_TEXT, .get = get_source },
	{ "vtap.id", RECORD_TEXT, .get = get_id },
	{ "vtap.interval", RECORD_NUMBER, .get = get_interval },
	COUNT("vtap.captured.bytes", captured_bytes),
	COUNT("vtap.cut.packets", cut),
	COUNT("vtap.hidden_cut.packets", hidden_cut),
	COUNT("vtap.late.packets", late),
	COUNT("vtap.oversize.superframe.packets", superframes),
	COUNT("vtap.oversize.superframe.wire_packets", superframe_wire_packets),
	COUNT("vtap.oversize.jumbo.packets", jumbo),
	COUNT("vtap.oversize.unknown.packets", unknown_oversize),
	{ "vtap.missing.packets", RECORD_NUMBER, .get = get_missing_packets },
	COUNT("vtap.missing.tunnel.packets", missing_tunnel),
	COUNT("vtap.missing.kernel.packets", missing_kernel),
	{ "vtap.missing.bytes", RECORD_NUMBER, .get = get_missing_bytes, .tcp = true },
	{ "vtap.missing.gaps", RECORD_NUMBER, .get = get_missing_gaps, .tcp = true },
	TCP_COUNT("vtap.missing.tap.bytes", tap_bytes),
	TCP_COUNT("vtap.missing.tap.gaps", tap_gaps),
	TCP_COUNT("vtap.missing.network.bytes", network_bytes),
	TCP_COUNT("vtap.missing.network.gaps", network_gaps),
	TCP_COUNT("vtap.missing.open.bytes", open_bytes),
	TCP_COUNT("vtap.missing.open.gaps", open_gaps),
	TCP_COUNT("vtap.tcp.filled.bytes", filled_bytes),
	TCP_COUNT("vtap.tcp.filled.gaps", filled_gaps),
	TCP_COUNT("vtap.tcp.retransmitted.packets", retransmitted_packets),
	TCP_COUNT("vtap.tcp.retransmitted.bytes", retransmitted_bytes),
	TCP_COUNT("vtap.tcp.duplicated.packets", duplicated_packets),
	TCP_COUNT("vtap.tcp.unsure.gaps", unsure_gaps),
	{ "vtap.tcp.flags.source", RECORD_TEXT, .get = get_tcp_flags, .tcp = true },
	{ "vtap.tcp.flags.destination", RECORD_TEXT, .get = get_tcp_flags, .end = 1, .tcp = true },
	{ "vtap.end", RECORD_TEXT, .get = get_why },
	{ "vtap.one_way", RECORD_BOOL, .get = get_one_way },
};
const unsigned record_field_count = sizeof(record_fields) / sizeof(*record_fields);

bool record_fields_get(const struct record_field *field, const struct record_config *config,
		       const struct record *record, struct record_value *value)
{
	if (field->tcp && !config->flows)
		return false;
	return field->get(field, config, record, value);
}
