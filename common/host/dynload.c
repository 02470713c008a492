/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/dynload.h"

#include <dlfcn.h>

/* Messages of dlerror(3) begin with the soname already. */
bool dynload_load(const char *soname, const char *const names[], size_t count, void *functions,
		  struct error *err)
{
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL), **pointers = functions;

	if (!handle)
		return error_set(err, "%s", dlerror());
	for (size_t i = 0; i < count; i++) {
		pointers[i] = dlsym(handle, names[i]);
		if (!pointers[i])
			return error_set(err, "%s: there is no %s in it", soname, names[i]);
	}
	return true;
}
