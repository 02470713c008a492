/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the tunnels of networks that are numbered as people number them share the sets. */
#include "lib/tap.h"
#include "tunnel/header_cache.h"

enum { TUNNELS = 4096, SETS = 2048 }; /* the cache is half full, as before it grows */

/* Tunnel n is that of host n % hosts in network n / hosts % networks, with the id of the rest. */
struct plan {
	const char *name;
	uint32_t first, host, network; /* the first address, and the steps between addresses */
	uint32_t hosts, networks;
	uint32_t id; /* the step between ids */
};

static const struct plan plans[] = {
	{ "one network", 0x0a000001, 1, 0, 4096, 1, 0 },
	{ "10.x.y.5", 0x0a000005, 1 << 8, 1 << 16, 64, 64, 0 },
	{ "10.x.0.1 to 16", 0x0a000001, 1, 1 << 16, 16, 256, 0 },
	{ "10.0.x.1 to 16", 0x0a000001, 1, 1 << 8, 16, 256, 0 },
	{ "x.1.0.1 to 32", 0x0a010001, 1, 1 << 24, 32, 128, 0 },
	{ "10.x.0.5, 64 VNIs", 0x0a000005, 0, 1 << 16, 1, 64, 1 << 8 },
	{ "one host, 4096 VNIs", 0x0a000005, 0, 0, 1, 1, 1 << 8 },
};

static uint32_t plan_hash(const struct plan *plan, uint32_t n)
{
	uint32_t network = n / plan->hosts % plan->networks;
	uint32_t id = n / plan->hosts / plan->networks;

	return header_cache_mix(plan->first + n % plan->hosts * plan->host +
					network * plan->network,
				3000 << 8 ^ id * plan->id);
}

/* A set has room for HEADER_CACHE_WAYS. Of random hashes 4% find none there. */
static void test_plan(const struct plan *plan)
{
	unsigned tunnels[SETS] = { 0 }, without = 0;

	for (uint32_t n = 0; n < TUNNELS; n++)
		without += tunnels[plan_hash(plan, n) % SETS]++ >= HEADER_CACHE_WAYS;
	ok(without <= TUNNELS * 6 / 100, "%s: %u of %d tunnels find their set full", plan->name,
	   without, TUNNELS);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		test_plan(&plans[i]);
	return tap_done();
}
