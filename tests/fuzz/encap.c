/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every encapsulation's parse, GENEVE's meta option among them, on the same bytes. Input: packet.
 */
#include "encap/encap.h"

#include "encap/geneve_meta.h"
#include "fuzz.h"

static void check_meta(struct span option)
{
	uint8_t room[GENEVE_META_LEN_MAX];
	struct geneve_meta meta, again;
	size_t len;

	if (geneve_meta_parse(option, &meta) != GENEVE_META_OK)
		return;
	FUZZ_CHECK(memchr(meta.name, '\0', sizeof(meta.name)) != NULL);
	len = geneve_meta_build(&meta, (struct patch){ room, sizeof(room) });
	FUZZ_CHECK(len <= sizeof(room) && len % 4 == 0);
	FUZZ_CHECK(geneve_meta_parse(span_of(room, len), &again) == GENEVE_META_OK);
	FUZZ_CHECK(again.len == meta.len && again.has_time == meta.has_time &&
		   again.time_ns == meta.time_ns && again.instance == meta.instance &&
		   again.sequence == meta.sequence && again.direction == meta.direction &&
		   strcmp(again.name, meta.name) == 0);
}

/* One that says what the bytes say, and one of whose bytes is changed then. */
static void build_meta(struct span bytes, uint8_t change)
{
	struct geneve_meta meta = { .direction = change % 3, .has_time = change & 1 }, again;
	uint8_t room[GENEVE_META_LEN_MAX];
	size_t len;

	meta.len = fuzz_number(&bytes, 4);
	meta.instance = fuzz_number(&bytes, 4);
	meta.sequence = fuzz_number(&bytes, 4);
	if (meta.has_time)
		meta.time_ns = (int64_t)((uint64_t)meta.instance << 32 | meta.len);
	geneve_meta_set_name(&meta, bytes);
	len = geneve_meta_build(&meta, (struct patch){ room, sizeof(room) });
	FUZZ_CHECK(geneve_meta_parse(span_of(room, len), &again) == GENEVE_META_OK);
	FUZZ_CHECK(strcmp(again.name, meta.name) == 0 && again.sequence == meta.sequence);
	FUZZ_CHECK(again.len == meta.len && again.time_ns == meta.time_ns &&
		   again.instance == meta.instance && again.direction == meta.direction);
	check_meta(span_of(room, len));
	room[change % len] ^= (uint8_t)(1 << (change & 7));
	for (size_t cut = 0; cut <= len; cut++)
		check_meta(span_of(room, cut));
}

static void check_tunnel(const struct tunnel *tunnel, struct span bytes)
{
	uint32_t option = 0;

	FUZZ_CHECK(tunnel->header_len <= bytes.len);
	FUZZ_CHECK(tunnel->linktype == LINK_ETHERNET || tunnel->linktype == LINK_RAW ||
		   tunnel->linktype == LINK_IEEE802_11);
	FUZZ_CHECK(tunnel->has_sequence == (tunnel->sequence_bits != 0));
	FUZZ_CHECK(tunnel->meta < tunnel->header_len || tunnel->header_len == 0);
	if (tunnel->meta != 0)
		FUZZ_CHECK(span_be32(bytes, tunnel->meta, &option) &&
			   tunnel->meta + 4 + (option & 31) * 4 <= tunnel->header_len);
	if (tunnel->meta != 0)
		check_meta(span_from(bytes, tunnel->meta));
}

static void try_all(struct span bytes)
{
	for (unsigned i = 0; i < encap_count(); i++) {
		const struct encap *encap = encap_at(i);

		for (unsigned k = 0; k < 4 && (k == 0 || encap->numbers[k] != 0); k++) {
			struct tunnel tunnel = { .payload_len = UINT32_MAX };

			if (encap->parse(bytes, encap->numbers[k], &tunnel) == ENCAP_OK)
				check_tunnel(&tunnel, bytes);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct encap_select select;
	struct fuzz_packet packet;
	struct encap_table table;
	struct headers headers;
	struct tunnel tunnel;
	struct span bytes;

	if (!fuzz_packet(span_of(data, size), &packet))
		return 0;
	bytes = span_of(packet.data, packet.caplen);
	try_all(bytes);
	check_meta(bytes);
	build_meta(bytes, packet.flags);
	fuzz_select(&select, packet.flags);
	encap_table_init(&table, &select);
	headers_parse(&headers, packet.linktype, bytes, 0);
	try_all(span_from(bytes, headers.payload));
	if (encap_parse(&headers, &table, bytes, &tunnel) == ENCAP_OK) {
		FUZZ_CHECK(encap_at(tunnel.index) == tunnel.encap);
		FUZZ_CHECK(encap_index(tunnel.encap) == tunnel.index);
		FUZZ_CHECK(select.wanted >> tunnel.index & 1);
		FUZZ_CHECK(encap_id_selected(&select, &tunnel));
		check_tunnel(&tunnel, span_from(bytes, headers.payload));
	}
	return 0;
}
