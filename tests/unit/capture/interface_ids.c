/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/interface_ids.h"
#include "lib/tap.h"

int main(void)
{
	struct interface_ids map = { .row = NULL };
	uint32_t id, wrong = 0;

	ok(!interface_ids_get(&map, 1, &id), "an empty map has nothing");
	for (uint32_t i = 1; i <= 1000; i++)
		interface_ids_add(&map, i * 64, i - 1);
	for (uint32_t i = 1; i <= 1000; i++)
		wrong += !interface_ids_get(&map, i * 64, &id) || id != i - 1;
	is_u64(wrong, 0, "a thousand serials with equal low bits are found");
	ok(!interface_ids_get(&map, 65, &id), "what was not added is not found");
	interface_ids_clear(&map);
	ok(!interface_ids_get(&map, 64, &id), "a cleared map has nothing");
	return tap_done();
}
