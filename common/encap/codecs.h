/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of codecs: row(NAME) stands for `encap_NAME` in encap/NAME.c. The order is that of
 * --list-encaps; it decides nothing else, since no packet belongs to two codecs.
 */
#ifndef VTAP_ENCAP_CODECS_H
#define VTAP_ENCAP_CODECS_H

#include "encap/codec.h"

#define ENCAP_CODECS(row)                                                                     \
	row(vxlan) row(vxlan_gpe) row(geneve) row(gre) row(erspan1) row(erspan2) row(erspan3) \
		row(gtpu) row(ipip) row(etherip) row(tzsp) row(mpls) row(gue) row(teredo)

#define ENCAP_DECLARE(name) extern const struct encap encap_##name;
ENCAP_CODECS(ENCAP_DECLARE)

#endif
