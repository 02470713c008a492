/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/vtap-decap/capture_filter.h"

#include "filter/expression.h"
#include "lib/tap.h"

static char filter[CAPTURE_FILTER_MAX];

static bool compiles(uint32_t linktype)
{
	struct error err = { 0 };
	struct expression *expression = expression_new(filter, &err);
	bool good = expression && expression_compile(expression, linktype, &err);

	if (!good)
		printf("# %s: %s\n", filter, err.text);
	expression_free(expression);
	return good;
}

int main(void)
{
	struct encap_select select;
	uint16_t ports[CAPTURE_FILTER_PORTS_MAX];

	encap_select_all(&select);
	capture_filter_text(&select, true, filter);
	ok(compiles(LINK_ETHERNET), "all tunnels, with tags");
	capture_filter_text(&select, false, filter);
	ok(compiles(LINK_RAW) && compiles(LINK_SLL), "... and where there are none");
	is_u64(capture_filter_ports(&select, ports), 6, "six UDP ports");
	for (select.ports = 0; select.ports < ENCAP_MAX_PORTS; select.ports++) {
		select.port[select.ports].port = (uint16_t)(65535 - select.ports);
		select.port[select.ports].encap = (uint8_t)encap_index(encap_find("vxlan"));
	}
	is_u64(capture_filter_ports(&select, ports), 6 + ENCAP_MAX_PORTS,
	       "... and those of --port");
	capture_filter_text(&select, true, filter);
	ok(strlen(filter) < sizeof(filter) - 1 && compiles(LINK_ETHERNET),
	   "... in the filter, too");
	select.wanted = UINT32_C(1) << encap_index(encap_find("gre"));
	is_u64(capture_filter_ports(&select, ports), 0, "GRE has none");
	capture_filter_text(&select, true, filter);
	ok(compiles(LINK_ETHERNET) && !strstr(filter, "udp") && strstr(filter, "ip proto 47"),
	   "... and its filter no UDP");
	return tap_done();
}
