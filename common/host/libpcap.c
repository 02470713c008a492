/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/libpcap.h"

struct libpcap libpcap;

bool libpcap_load(struct error *err)
{
	static const char *const names[] = { LIBPCAP_FUNCTIONS(DYNLOAD_NAME) };
	static bool loaded;

	if (!loaded)
		loaded = dynload_load(LIBPCAP_SONAME, names, sizeof(names) / sizeof(*names),
				      &libpcap, err);
	return loaded || error_wrap(err, "interfaces and filter expressions need libpcap");
}
