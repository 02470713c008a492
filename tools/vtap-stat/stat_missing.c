/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_missing.h"

#include <stdlib.h>

#include "packet/option.h"

enum { IFDROP = 5, OSDROP = 7 }; /* codes of options */
#define MOST (UINT64_C(1) << 48)
enum { LENGTH_BEHIND = 4 }; /* bytes of a block's length behind its options */

struct stat_missing_interface {
	uint32_t serial;
	struct stat_missing_drops told;
};

void stat_missing_init(struct stat_missing *missing)
{
	hash_table_init(&missing->by_serial);
}

void stat_missing_free(struct stat_missing *missing)
{
	size_t at = 0;
	void *value;

	while ((value = hash_table_next(&missing->by_serial, &at)))
		free(value);
	hash_table_free(&missing->by_serial);
}

static struct stat_missing_interface *stat_missing_find(struct stat_missing *missing,
							uint32_t serial)
{
	struct stat_missing_interface *one =
		hash_table_get(&missing->by_serial, &serial, sizeof(serial));

	if (one)
		return one;
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL;
	one->serial = serial;
	if (hash_table_put(&missing->by_serial, &one->serial, sizeof(one->serial), one))
		return one;
	free(one);
	return NULL;
}

static bool stat_missing_number(const struct pcapng_option *option, bool swapped, uint64_t *value)
{
	uint64_t number;

	if (!span_copy(option->value, 0, &number, sizeof(number)))
		return false;
	*value = swapped ? __builtin_bswap64(number) : number;
	return true;
}

/* Who does not write osdrop means the kernel's drops by ifdrop. */
static struct stat_missing_drops stat_missing_parse(const struct block *block)
{
	size_t len = block->bytes.len, end = len < LENGTH_BEHIND ? 0 : len - LENGTH_BEHIND;
	struct span options = span_from(span_first(block->bytes, end), PCAPNG_STATISTICS_FIXED);
	uint64_t ifdrop = 0, osdrop = 0;
	struct pcapng_option option;
	bool has_osdrop = false;

	while (option_next(&options, block->section->swapped, &option)) {
		if (option.code == IFDROP)
			stat_missing_number(&option, block->section->swapped, &ifdrop);
		else if (option.code == OSDROP)
			has_osdrop |=
				stat_missing_number(&option, block->section->swapped, &osdrop);
	}
	if (has_osdrop)
		return (struct stat_missing_drops){ .tunnel = ifdrop, .kernel = osdrop };
	return (struct stat_missing_drops){ .kernel = ifdrop };
}

/* A count that falls began anew. No interface has ever dropped MOST packets: such a number is
 * nonsense, and must not make sums begin at 0 again. */
static uint64_t stat_missing_since(uint64_t *told, uint64_t now)
{
	uint64_t since = now >= *told ? now - *told : now;

	since = since < MOST ? since : MOST;

	*told = now;
	return since;
}

bool stat_missing_read(struct stat_missing *missing, const struct block *block,
		       struct stat_missing_drops *drops)
{
	struct stat_missing_interface *one;
	struct stat_missing_drops now;

	if (block->kind != BLOCK_OTHER || block->type != PCAPNG_STATISTICS || !block->interface ||
	    !block->section)
		return false;
	now = stat_missing_parse(block);
	one = stat_missing_find(missing, block->interface->serial);
	if (!one)
		return false;
	drops->tunnel = stat_missing_since(&one->told.tunnel, now.tunnel);
	drops->kernel = stat_missing_since(&one->told.kernel, now.kernel);
	return drops->tunnel || drops->kernel;
}
