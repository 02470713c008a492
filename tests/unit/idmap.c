/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "idmap.h"
#include "tests/tap.h"

int main(void)
{
	struct idmap map = { .row = NULL };
	uint32_t id, wrong = 0;

	ok(!idmap_get(&map, 1, &id), "an empty map has nothing");
	for (uint32_t i = 1; i <= 1000; i++)
		idmap_add(&map, i * 64, i - 1);
	for (uint32_t i = 1; i <= 1000; i++)
		wrong += !idmap_get(&map, i * 64, &id) || id != i - 1;
	is_u64(wrong, 0, "a thousand serials with equal low bits are found");
	ok(!idmap_get(&map, 65, &id), "what was not added is not found");
	idmap_clear(&map);
	ok(!idmap_get(&map, 64, &id), "a cleared map has nothing");
	return tap_done();
}
