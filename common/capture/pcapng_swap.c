/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/pcapng_swap.h"

#include "packet/option.h"
#include "packet/packet.h"

/* Options that hold numbers, and the bytes of each. */
static const struct {
	enum pcapng_scope scope;
	uint16_t code;
	uint8_t width;
} number[] = {
	{ SCOPE_INTERFACE, 8, 8 },  /* if_speed */
	{ SCOPE_INTERFACE, 10, 4 }, /* if_tzone */
	{ SCOPE_INTERFACE, 14, 8 }, /* if_tsoffset */
	{ SCOPE_INTERFACE, 16, 8 }, /* if_txspeed */
	{ SCOPE_INTERFACE, 17, 8 }, /* if_rxspeed */
	{ SCOPE_PACKET, 2, 4 },	    /* epb_flags */
	{ SCOPE_PACKET, 4, 8 },	    /* epb_dropcount */
	{ SCOPE_PACKET, 5, 8 },	    /* epb_packetid */
	{ SCOPE_PACKET, 6, 4 },	    /* epb_queue */
	{ SCOPE_PACKET, 7, 8 },	    /* epb_verdict: behind its kind */
	{ SCOPE_PACKET, 8, 4 },	    /* epb_processid_threadid: two words */
	{ SCOPE_STATISTICS, 2, 4 }, /* isb_starttime: two words */
	{ SCOPE_STATISTICS, 3, 4 }, /* isb_endtime: two words */
	{ SCOPE_STATISTICS, 4, 8 }, /* isb_ifrecv */
	{ SCOPE_STATISTICS, 5, 8 }, /* isb_ifdrop */
	{ SCOPE_STATISTICS, 6, 8 }, /* isb_filteraccept */
	{ SCOPE_STATISTICS, 7, 8 }, /* isb_osdrop */
	{ SCOPE_STATISTICS, 8, 8 }, /* isb_usrdeliv */
};

/* Custom options begin with the enterprise number of their maker. */
static bool is_custom(uint16_t code)
{
	return code == 2988 || code == 2989 || code == 19372 || code == 19373;
}

static unsigned pcapng_swap_width(enum pcapng_scope scope, uint16_t code)
{
	if (is_custom(code))
		return 4;
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
		if (number[i].scope == scope && number[i].code == code)
			return number[i].width;
	return 0;
}

/*
 * A verdict begins with a byte that says its kind: those of eBPF programs (1: TC, 2: XDP) are a
 * number, and nobody knows what one of hardware (0) is made of.
 */
static size_t skip_kind(enum pcapng_scope scope, const struct pcapng_option *option)
{
	uint8_t kind = 0;

	if (scope != SCOPE_PACKET || option->code != OPTION_EPB_VERDICT)
		return 0;
	span_copy(option->value, 0, &kind, sizeof(kind));
	return kind == 1 || kind == 2 ? sizeof(kind) : option->value.len;
}

static void pcapng_swap_number(struct patch bytes, size_t offset, size_t size)
{
	uint8_t turned[8];

	for (size_t i = 0; i < size; i++)
		turned[i] = bytes.data[offset + size - 1 - i];
	patch_copy(bytes, offset, turned, size);
}

void pcapng_swap_options(struct patch options, bool swapped, enum pcapng_scope scope)
{
	struct span rest = span_of(options.data, options.len);
	struct pcapng_option option;

	while (option_next(&rest, swapped, &option)) {
		size_t at = (size_t)(option.whole.data - options.data);
		size_t step = pcapng_swap_width(scope, option.code), len = option.value.len;

		if (is_custom(option.code) && len > 4)
			len = 4;
		pcapng_swap_number(options, at, 2);
		pcapng_swap_number(options, at + 2, 2);
		for (size_t i = skip_kind(scope, &option); step > 0 && i + step <= len; i += step)
			pcapng_swap_number(options, at + 4 + i, step);
	}
}

/* Records of a type and a length until a record of type 0 (nrb_record_end), then options. */
static bool swap_names(struct patch block, bool swapped)
{
	struct span bytes = span_of(block.data, block.len - 4);
	size_t at = 8;

	while (span_has(bytes, at, 4)) {
		uint16_t type = pcapng_u16(bytes, at, swapped);
		uint16_t len = pcapng_u16(bytes, at + 2, swapped);

		pcapng_swap_number(block, at, 2);
		pcapng_swap_number(block, at + 2, 2);
		at += 4 + pcapng_padded(len);
		if (type == 0)
			break;
	}
	if (at < bytes.len)
		pcapng_swap_options((struct patch){ block.data + at, bytes.len - at }, swapped,
				    SCOPE_OTHER);
	return at <= bytes.len;
}

static bool swap_secrets(struct patch block, bool swapped)
{
	struct span bytes = span_of(block.data, block.len - 4);
	size_t len = pcapng_padded(pcapng_u32(bytes, 12, swapped));

	if (!span_has(bytes, 16, len))
		return false;
	pcapng_swap_number(block, 8, 4);
	pcapng_swap_number(block, 12, 4);
	pcapng_swap_options((struct patch){ block.data + 16 + len, bytes.len - 16 - len }, swapped,
			    SCOPE_OTHER);
	return true;
}

static bool swap_statistics(struct patch block, bool swapped)
{
	struct patch options = { block.data + PCAPNG_STATISTICS_FIXED,
				 block.len - PCAPNG_STATISTICS_FIXED - 4 };

	pcapng_swap_number(block, 12, 4);
	pcapng_swap_number(block, 16, 4);
	pcapng_swap_options(options, swapped, SCOPE_STATISTICS);
	return true;
}

bool pcapng_swap_block(struct patch block, bool swapped)
{
	uint32_t type = pcapng_u32(span_of(block.data, block.len), 0, swapped);
	bool known = false;

	if (type == PCAPNG_NAMES && block.len >= PCAPNG_BLOCK_MIN)
		known = swap_names(block, swapped);
	else if (type == PCAPNG_SECRETS && block.len >= 20)
		known = swap_secrets(block, swapped);
	else if (type == PCAPNG_STATISTICS && block.len >= PCAPNG_STATISTICS_FIXED + 4)
		known = swap_statistics(block, swapped);
	pcapng_swap_number(block, 0, 4);
	pcapng_swap_number(block, 4, 4);
	pcapng_swap_number(block, block.len - 4, 4);
	return known;
}
