/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks and options in the other byte order (draft-ietf-opsawg-pcapng): numbers turn, texts do
 * not, and nothing is read or written outside, whatever the lengths say. */
#include "capture/pcapng_swap.h"

#include <stdlib.h>

#include "lib/tap.h"
#include "packet/option.h"

/* A pcapng in the making: numbers in one byte order. */
struct made {
	uint8_t bytes[200];
	size_t len;
	bool little;
};

static void put(struct made *made, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		made->bytes[made->len++] =
			(uint8_t)(value >> 8 * (made->little ? i : size - 1 - i));
}

static void text(struct made *made, const char *value, size_t len)
{
	memset(made->bytes + made->len, 0, pcapng_padded(len));
	memcpy(made->bytes + made->len, value, len);
	made->len += pcapng_padded(len);
}

static void number(struct made *made, unsigned code, uint64_t value, unsigned size)
{
	put(made, code, 2);
	put(made, size, 2);
	put(made, value, size);
}

static void begin(struct made *made, bool little, uint32_t type)
{
	*made = (struct made){ .little = little };
	put(made, type, 4);
	put(made, 0, 4);
}

static void finish(struct made *made)
{
	size_t len = made->len + 4;

	put(made, len, 4);
	made->len = 4;
	put(made, len, 4);
	made->len = len;
}

static bool host_is_little(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 1;
}

static void comment(struct made *made)
{
	put(made, 1, 2);
	put(made, 5, 2);
	text(made, "hello", 5);
}

/* Who made it, in numbers; what it means, nobody else knows. */
static void custom(struct made *made, unsigned code)
{
	put(made, code, 2);
	put(made, 10, 2);
	put(made, 32473, 4);
	text(made, "secret", 6);
}

static void names(struct made *made, bool little)
{
	begin(made, little, 4);
	put(made, 1, 2);
	put(made, 9, 2);
	text(made, "\x0a\0\0\1host", 9);
	put(made, 0, 4);
	comment(made);
	put(made, 0, 4);
	finish(made);
}

/* Without the record that ends them. */
static void endless_names(struct made *made, bool little)
{
	begin(made, little, 4);
	put(made, 2, 2);
	put(made, 20, 2);
	text(made, "0123456789abcdefxyz", 20);
	finish(made);
}

static void secrets(struct made *made, bool little)
{
	begin(made, little, 10);
	put(made, 0x544c534b, 4);
	put(made, 7, 4);
	text(made, "CLIENT_", 7);
	comment(made);
	custom(made, 2988);
	custom(made, 19373);
	finish(made);
}

static void statistics(struct made *made, bool little)
{
	begin(made, little, 5);
	put(made, 3, 4);
	put(made, 0x00050000, 4);
	put(made, 0x12345678, 4);
	put(made, 2, 2);
	put(made, 8, 2);
	put(made, 0x00050001, 4);
	put(made, 0x9abcdef0, 4);
	number(made, 4, 0x0102030405060708, 8);
	custom(made, 2989);
	custom(made, 19372);
	comment(made);
	finish(made);
}

/* As the same block made in the other order; its interface is the writer's to set. */
static void turns(void (*make)(struct made *, bool), size_t kept, const char *name)
{
	for (int little = 0; little < 2; little++) {
		struct made from, to;

		make(&from, little);
		make(&to, !little);
		memcpy(to.bytes + 8, from.bytes + 8, kept);
		ok(pcapng_swap_block((struct patch){ from.bytes, from.len },
				     (bool)little != host_is_little()) &&
			   memcmp(from.bytes, to.bytes, to.len) == 0,
		   "%s, %s", name, little ? "little to big" : "big to little");
	}
}

static void options(void)
{
	struct made from = { .little = true }, to = { .little = false };

	for (struct made *made = &from; made; made = made == &from ? &to : NULL) {
		number(made, 9, 6, 1);
		text(made, "", 0);
		made->len += 3;
		number(made, 14, 77, 8);
		number(made, 2988, 5, 2); /* too short for who made it */
		text(made, "", 0);
		made->len += 2;
		put(made, 0, 4);
	}
	/* The two bytes of a number that is cut short stay. */
	memcpy(to.bytes + 24, from.bytes + 24, 2);
	pcapng_swap_options((struct patch){ from.bytes, from.len }, !host_is_little(),
			    SCOPE_INTERFACE);
	ok(memcmp(from.bytes, to.bytes, to.len) == 0, "options of an interface, one damaged");
}

/* A verdict of a kind: a byte and a number, which nobody turns if its maker is hardware. */
static void verdict(struct made *made, uint8_t kind)
{
	bool little = made->little;

	put(made, 7, 2);
	put(made, 9, 2);
	put(made, kind, 1);
	made->little = little || kind == 0;
	put(made, 0x0102030405060708, 8);
	made->little = little;
	made->len += 3;
}

static void packet_options(void)
{
	struct made from = { .little = true }, to = { .little = false };

	for (struct made *made = &from; made; made = made == &from ? &to : NULL) {
		verdict(made, 0);
		verdict(made, 1);
		verdict(made, 2);
		put(made, 8, 2);
		put(made, 8, 2);
		put(made, 1234, 4);
		put(made, 5678, 4);
		put(made, 7, 2); /* an empty verdict */
		put(made, 0, 2);
		put(made, 0, 4);
	}
	pcapng_swap_options((struct patch){ from.bytes, from.len }, !host_is_little(),
			    SCOPE_PACKET);
	ok(memcmp(from.bytes, to.bytes, to.len) == 0, "verdicts, process and thread of a packet");
}

/* Every length of every block is set to anything; a copy on the heap, for AddressSanitizer. */
static void hostile(void (*make)(struct made *, bool), const char *name)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 5, 0x7fff, 0xfffc, 0xffff };
	unsigned whole = 0, runs = 0;
	struct made made;

	make(&made, host_is_little());
	for (size_t len = PCAPNG_BLOCK_MIN; len <= made.len; len += 4)
		for (size_t at = 8; at + 2 <= len - 4; at += 2)
			for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
				uint8_t *bytes = malloc(len);

				memcpy(bytes, made.bytes, len);
				memcpy(bytes + at, &lengths[i], 2);
				pcapng_swap_block((struct patch){ bytes, len }, false);
				whole += bytes[0] == 0 && bytes[3] == made.bytes[0];
				runs++;
				free(bytes);
			}
	ok(runs > 100 && whole == runs, "%s: %u damaged ones, each still a block", name, runs);
}

static void refused(void)
{
	static const struct {
		uint32_t type;
		size_t len;
		const char *name;
	} rows[] = { { 6, 12, "a packet" },
		     { 0x0bad, 12, "a custom one" },
		     { 10, 16, "secrets cut short" },
		     { 5, 20, "statistics cut short" },
		     { 10, 20, "secrets that are longer than their block" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct made made;

		begin(&made, host_is_little(), rows[i].type);
		while (made.len + 4 < rows[i].len)
			put(&made, 0xffffffff, 4);
		finish(&made);
		ok(!pcapng_swap_block((struct patch){ made.bytes, made.len }, false), "refused: %s",
		   rows[i].name);
	}
}

int main(void)
{
	turns(names, 0, "names");
	turns(secrets, 0, "secrets");
	turns(statistics, 4, "statistics");
	turns(endless_names, 0, "names without an end");
	options();
	packet_options();
	hostile(names, "names");
	hostile(endless_names, "names without an end");
	hostile(secrets, "secrets");
	hostile(statistics, "statistics");
	refused();
	return tap_done();
}
