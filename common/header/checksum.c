/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "header/checksum.h"

/* Adds both halves of a word, so that the sum cannot overflow before 2^31 words. */
static uint64_t add_word(uint64_t sum, uint64_t word)
{
	return sum + (word & UINT32_MAX) + (word >> 32);
}

/* RFC 1071 section 2 (B) allows to sum in the host's byte order and to swap once at the end. The
 * loop over four words with two sums is twice as fast as the one over one. */
uint64_t checksum_add(uint64_t sum, struct span bytes)
{
	uint64_t native = 0, more = 0, word, words[4];
	size_t at = 0;
	uint16_t folded;

	for (; span_copy(bytes, at, words, sizeof words); at += sizeof words) {
		native = add_word(add_word(native, words[0]), words[1]);
		more = add_word(add_word(more, words[2]), words[3]);
	}
	for (; span_copy(bytes, at, &word, sizeof word); at += sizeof word)
		native = add_word(native, word);
	word = 0;
	span_copy(bytes, at, &word, bytes.len - at);
	folded = (uint16_t)~checksum_fold(add_word(native + more, word));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	folded = __builtin_bswap16(folded);
#endif
	return sum + folded;
}

uint64_t checksum_add_pseudo(uint64_t sum, struct span addresses, uint8_t protocol, uint32_t len)
{
	return checksum_add(sum, addresses) + protocol + (len >> 16) + (len & 0xffff);
}

uint16_t checksum_fold_udp(uint64_t sum)
{
	uint16_t checksum = checksum_fold(sum);

	return checksum == 0 ? 0xffff : checksum;
}
