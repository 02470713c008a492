/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peel_packet() for tests that look at few packets: no table to keep. */
#ifndef VTAP_TESTS_LIB_PEEL_SELECT_H
#define VTAP_TESTS_LIB_PEEL_SELECT_H

#include "tunnel/peel.h"

/* select: NULL is everything. */
static inline void peel_select(struct peel *peel, const struct encap_select *select,
			       uint32_t linktype, const uint8_t *data, size_t caplen, size_t len)
{
	struct encap_select all;
	struct encap_table table;

	encap_select_all(&all);
	encap_table_init(&table, select ? select : &all);
	peel_packet(peel, &table, linktype, data, (uint32_t)caplen, (uint32_t)len);
}

#endif
