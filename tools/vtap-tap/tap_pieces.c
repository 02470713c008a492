/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap_internal.h"
#include "tap_sll.h"

/* Copies bytes to scratch, unless they are there; cuts them off at its end. */
static struct patch tap_copy_to_scratch(struct tap *tap, struct span bytes)
{
	struct patch scratch = { tap->scratch, SCRATCH_LEN };

	if (bytes.data == tap->scratch)
		return patch_first(scratch, bytes.len);
	scratch = patch_first(scratch, bytes.len);
	patch_copy(scratch, 0, bytes.data, scratch.len);
	return scratch;
}

static void tap_complete_checksum(struct tap *tap, struct tap_piece *piece)
{
	uint32_t offset;
	uint16_t value, found = 0;
	struct patch patch;

	if (piece->bytes.len < piece->len ||
	    !checksum_partial_find(&tap->headers, piece->bytes, &offset, &value) ||
	    (span_be16(piece->bytes, offset, &found) && found == value))
		return;
	patch = tap_copy_to_scratch(tap, piece->bytes);
	patch_be16(patch, offset, value);
	piece->bytes = patch_span(patch);
	tap->emit.counters.completed++;
}

static void tap_replace_cooked(struct tap *tap, struct tap_piece *piece, bool first)
{
	uint32_t excess = tap_sll_excess(piece->linktype, piece->bytes);
	struct patch patch;

	if (excess == 0)
		return;
	patch = tap_copy_to_scratch(tap, piece->bytes);
	tap_sll_rewrite(piece->linktype, patch, piece->len);
	piece->bytes = span_from(patch_span(patch), excess);
	/* Some files have a packet with fewer bytes on the wire than captured. */
	piece->len -= excess < piece->len ? excess : piece->len;
	piece->linktype = LINK_ETHERNET;
	tap->emit.counters.cooked += first;
}

static void tap_snap_piece(struct tap *tap, struct tap_piece *piece)
{
	uint32_t snaplen = tap->config->snaplen;

	if (snaplen != 0 && snaplen < piece->least)
		snaplen = piece->least;
	if (snaplen != 0 && piece->bytes.len > snaplen) {
		piece->bytes.len = snaplen;
		tap->emit.counters.snapped += !tap->snapped;
		tap->snapped = true;
	}
	piece->cut = piece->bytes.len < piece->len;
}

static void tap_begin_piece(struct tap *tap, struct span bytes, uint32_t len, bool first)
{
	struct tap_piece *piece = &tap->emit.piece;

	piece->bytes = bytes;
	piece->linktype = tap->emit.choice.packet.linktype;
	piece->len = len;
	if (tap->config->checksums && !tap->segmenting)
		tap_complete_checksum(tap, piece);
	if (piece->linktype == LINK_SLL || piece->linktype == LINK_SLL2)
		tap_replace_cooked(tap, piece, first);
	tap_snap_piece(tap, piece);
	tap_emit_piece(&tap->emit);
}

static bool tap_next_segment(struct tap *tap, bool first)
{
	struct patch room = { tap->scratch, SCRATCH_LEN };
	size_t len = tap->segmenting ? tcp_gso_next(&tap->tcp_gso, room) : 0;

	tap->segmenting = len != 0;
	if (!tap->segmenting)
		return false;
	tap->emit.counters.segments++;
	tap_begin_piece(tap, span_of(tap->scratch, len), (uint32_t)len, first);
	return true;
}

static bool tap_begin_segments(struct tap *tap, const struct packet *in)
{
	uint32_t mtu = tap->config->segment_mtu;

	if (!tap->mss)
		return false;
	if (mtu == 0)
		mtu = in->interface->mtu;
	switch (tcp_gso_begin(&tap->tcp_gso, &tap->headers, span_of(in->data, in->caplen), in->len,
			      mtu, tap->mss)) {
	case TCP_GSO_SEGMENT:
		return true;
	case TCP_GSO_UNKNOWN:
		tap->emit.counters.unsegmented++;
		break;
	case TCP_GSO_WHOLE:
		break;
	}
	return false;
}

bool tap_next_frame(struct tap *tap, struct packet *out)
{
	do
		if (tap_emit_next(&tap->emit, out))
			return true;
	while (tap_next_segment(tap, false));
	return false;
}

void tap_begin_packet(struct tap *tap, const struct packet *in)
{
	tap->snapped = false;
	tap->emit.choice.packet = *in;
	tap_emit_packet(&tap->emit);
	tap->segmenting = tap_begin_segments(tap, in);
	if (tap->segmenting) {
		tap->emit.counters.segmented++;
		tap_next_segment(tap, true);
	} else {
		tap_begin_piece(tap, span_of(in->data, in->caplen), in->len, true);
	}
}
