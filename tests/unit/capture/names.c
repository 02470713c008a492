/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses: blocks taken apart, and made anew; what is damaged, and what is too much. */
#include "capture/names.h"

#include <string.h>

#include "lib/tap.h"

static const struct section native = { .serial = 1 }, turned = { .serial = 2, .swapped = true };

/* A block of names of this host's byte order. */
struct made {
	uint8_t bytes[8192];
	size_t len;
};

static void put(struct made *made, const void *bytes, size_t len)
{
	memcpy(made->bytes + made->len, bytes, len);
	made->len += len;
}

static void put16(struct made *made, unsigned value)
{
	uint16_t word = (uint16_t)value;

	put(made, &word, sizeof(word));
}

static void put_record(struct made *made, unsigned type, const void *value, size_t len)
{
	put16(made, type);
	put16(made, (unsigned)len);
	put(made, value, len);
	put(made, "\0\0\0", -len & 3);
}

static void begin(struct made *made)
{
	memset(made->bytes, 0, 8);
	made->len = 8;
}

static struct block end(struct made *made, bool mark)
{
	if (mark)
		put(made, "\0\0\0", 4);
	put(made, "\0\0\0", 4);
	return (struct block){ .kind = BLOCK_OTHER,
			       .section = &native,
			       .type = PCAPNG_NAMES,
			       .bytes = span_of(made->bytes, made->len) };
}

static const struct name *find(const struct names *names, uint8_t type, const char *bytes,
			       size_t len)
{
	struct names_address address = { .type = type };

	memcpy(address.bytes, bytes, len);
	return names_find(names, &address);
}

static struct block sample(struct made *made)
{
	begin(made);
	put_record(made, NAMES_IPV4, "\x0a\0\0\1one", 8);
	put_record(made, NAMES_IPV6, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1six", 20);
	put_record(made, NAMES_MAC, "\2\0\0\0\0\1mac", 10);
	put_record(made, NAMES_IPV4, "\x0a\0\0\1uno", 8);
	return end(made, true);
}

static void test_there_and_back(const struct section *section)
{
	struct made made;
	struct block block = sample(&made), back;
	struct names names, again;
	const struct name *name;
	struct error err;

	names_init(&names);
	names_init(&again);
	ok(names_knows(&block) && names_add(&names, &block, &err), "a block of names");
	names_add(&names, &block, &err);
	name = find(&names, NAMES_IPV4, "\x0a\0\0\1", 4);
	ok(name && name->first->next == name->last && name->len == 24, "an address has its two, "
								       "once");
	ok(find(&names, NAMES_MAC, "\2\0\0\0\0\1", 6) != NULL, "a MAC address");
	ok(!find(&names, NAMES_IPV4, "\x0a\0\0\2", 4), "another address has none");
	names_begin(&names);
	ok(names_is_empty(&names), "a block begins empty");
	ok(names_append(&names, name, name->first, &err) &&
		   names_finish(&names, section, &back, &err),
	   "a block of the later names");
	is_u64(back.bytes.len, 8 + 12 + 4 + 4, "has only those");
	is_u64(pcapng_u32(back.bytes, 4, section->swapped), back.bytes.len, "and its length");
	ok(names_knows(&back) && names_add(&again, &back, &err), "it is read back");
	name = find(&again, NAMES_IPV4, "\x0a\0\0\1", 4);
	ok(name && name->first == name->last && memcmp(name->first->bytes + 8, "uno", 4) == 0,
	   "as it was");
	is_u64(names.dropped, 0, "nothing is left out");
	names_free(&again);
	names_free(&names);
}

static void test_unknown(void)
{
	struct made made;
	struct block block;
	bool good = true;

	begin(&made);
	block = end(&made, true);
	ok(!names_knows(&block), "a block without names");
	begin(&made);
	put_record(&made, NAMES_IPV4, "\x0a\0\0\1one", 8);
	put_record(&made, 7, "\x0a\0\0\1one", 8);
	block = end(&made, true);
	ok(!names_knows(&block), "a record of an unknown type");
	begin(&made);
	put_record(&made, NAMES_IPV6, "\x0a\0\0\1one", 8);
	block = end(&made, true);
	ok(!names_knows(&block), "a record that is shorter than its address");
	begin(&made);
	put_record(&made, NAMES_IPV4, "\x0a\0\0\1one", 8);
	block = end(&made, false);
	ok(names_knows(&block), "the end mark may be missing");
	block = sample(&made);
	for (size_t len = 0; len < made.len; len++) {
		struct names names;
		struct error err;

		block.bytes.len = len;
		names_init(&names);
		if (names_knows(&block))
			good &= names_add(&names, &block, &err) && names.by_address.count > 0;
		names_free(&names);
	}
	ok(good, "every truncation");
}

static void test_limits(void)
{
	struct made made;
	struct names names;
	struct block block;
	struct error err;
	char text[64] = "\x0a\0\0\1";

	names_init(&names);
	begin(&made);
	for (int i = 0; i < 150; i++) {
		snprintf(text + 4, sizeof(text) - 4, "name-%030d", i);
		put_record(&made, NAMES_IPV4, text, 4 + 36);
	}
	block = end(&made, true);
	ok(names_add(&names, &block, &err), "150 names of an address");
	ok(find(&names, NAMES_IPV4, text, 4)->len <= NAMES_OF_ADDRESS, "it keeps 4 KiB");
	is_u64(names.dropped, 1, "the block is counted");
	names.memory = NAMES_MEMORY + 1;
	block = sample(&made);
	names_add(&names, &block, &err);
	is_u64(names.dropped, 2, "and one for which there is no memory");
	ok(!find(&names, NAMES_MAC, "\2\0\0\0\0\1", 6), "which is left out");
	names_free(&names);
}

int main(void)
{
	test_there_and_back(&native);
	test_there_and_back(&turned);
	test_unknown();
	test_limits();
	return tap_done();
}
