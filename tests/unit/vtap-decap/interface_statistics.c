/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics as the stage hands them out: packets that were not written, limits, the end. */
#include "tools/vtap-decap/interface_statistics.h"

#include "lib/build.h"
#include "lib/tap.h"
#include "tools/vtap-decap/decap.h"

enum { NS = 1000000000 };

static struct section section = { .serial = 1 };
static const struct interface interface = { .serial = 1,
					    .section = &section,
					    .linktype = LINK_ETHERNET,
					    .snaplen = 262144,
					    .ticks_per_s = 1000000 };

struct rig {
	struct decap_config config;
	struct decap *decap;
	struct stage stage;
	struct build build;
	const struct interface *to; /* of the last packet */
	char blocks[512];	    /* what told() has found */
};

static void begin(struct rig *rig, bool statistics)
{
	struct error err;

	*rig = (struct rig){ .config = { .statistics = statistics } };
	encap_select_all(&rig->config.select);
	rig->decap = decap_new(&rig->config, &err);
	rig->stage = decap_stage(rig->decap);
}

/* A frame of ARP; in VXLAN of that id unless it is 0. */
static struct packet frame(struct rig *rig, uint8_t id)
{
	struct build *b = &rig->build;

	build_clear(b);
	build_pad(b, 46, 0xAA);
	build_ethernet(b, 0x0806);
	if (id > 0) {
		memcpy(build_front(b, 8), (uint8_t[]){ 8, 0, 0, 0, 0, 0, id, 0 }, 8);
		build_udp(b, 4789);
		build_ipv4(b, 1, 99, 17);
		build_ethernet(b, 0x0800);
	}
	return (struct packet){ .data = build_data(b),
				.caplen = (uint32_t)build_len(b),
				.len = (uint32_t)build_len(b),
				.linktype = LINK_ETHERNET,
				.interface = &interface };
}

static void put(struct rig *rig, uint8_t id)
{
	struct packet in = frame(rig, id), out = in;
	struct error err;

	if (rig->stage.put(rig->stage.self, &in, &out, &err) == PASS)
		rig->to = out.interface;
}

static bool put_fast(struct rig *rig, uint8_t id)
{
	struct packet in = frame(rig, id);
	struct fast_packet packet = { .interface = in.interface,
				      .linktype = LINK_ANY,
				      .packet = span_of(in.data, in.caplen),
				      .len = in.len };
	bool fast = rig->stage.fast(rig->stage.self, &packet);

	rig->to = packet.to;
	return fast;
}

/* The options of a block from there on, as numbers: "CODE=NUMBER ...". */
static void tell_options(char *to, size_t size, struct span options)
{
	bool swapped = section.swapped;

	for (size_t at = 0; at + 12 <= options.len && pcapng_u16(options, at, swapped); at += 12) {
		uint64_t first = pcapng_u32(options, at + 4, swapped);
		uint64_t second = pcapng_u32(options, at + 8, swapped);
		/* Of a time the upper half comes first, of a number the one that its order says. */
		bool upper = pcapng_u16(options, at, swapped) < 4 || swapped;
		uint64_t value = upper ? first << 32 | second : second << 32 | first;

		snprintf(to + strlen(to), size - strlen(to), " %u=%llu",
			 pcapng_u16(options, at, swapped), (unsigned long long)value);
	}
}

/* Returns the blocks that are due: "NAME CODE=NUMBER ...; ..." */
static const char *told(struct rig *rig, const struct stage_times *times)
{
	struct block block;
	char *to = rig->blocks;
	size_t size = sizeof(rig->blocks);

	*to = '\0';
	while (rig->stage.due_block(rig->stage.self, true, times, &block)) {
		const char *name = block.interface->name;

		snprintf(to + strlen(to), size - strlen(to), "%s%s", *to ? "; " : "",
			 name ? name : "input");
		tell_options(to, size, span_from(block.bytes, PCAPNG_STATISTICS_FIXED));
	}
	return to;
}

static const struct stage_times times = { true, 5LL * NS, 9LL * NS };

static void written(void)
{
	static struct rig rig;

	begin(&rig, true);
	put(&rig, 1);
	put(&rig, 0);
	put(&rig, 0);
	put(&rig, 2);
	put(&rig, 2);
	ok(put_fast(&rig, 2), "the fast path counts, too");
	is_str(told(&rig, &times),
	       "vxlan-1@10.0.0.1 2=5000000 3=9000000 4=1 5=0 7=0; input 2=5000000 3=9000000 4=2 "
	       "5=0 7=0; vxlan-2@10.0.0.1 2=5000000 3=9000000 4=3 5=0 7=0",
	       "a block for each interface, in the order of their packets");
	is_str(told(&rig, &times), "", "... once");
	decap_free(rig.decap);

	begin(&rig, true);
	put(&rig, 1);
	is_str(told(&rig, &(struct stage_times){ 0 }), "vxlan-1@10.0.0.1 4=1 5=0 7=0",
	       "packets without time: no times");
	decap_free(rig.decap);

	begin(&rig, false);
	put(&rig, 1);
	put(&rig, 0);
	is_str(told(&rig, &times), "", "no blocks for a pcap");
	decap_free(rig.decap);
}

/* What the sink did not take is taken off again. */
static void unwritten(void)
{
	static struct rig rig;

	begin(&rig, true);
	put(&rig, 1);
	put(&rig, 1);
	put(&rig, 2);
	put(&rig, 2);
	rig.stage.unwritten(rig.stage.self, NULL);
	put(&rig, 0);
	rig.stage.refused(rig.stage.self);
	put(&rig, 3);
	rig.stage.refused(rig.stage.self);
	ok(put_fast(&rig, 1) && put_fast(&rig, 1), "two packets on the fast path");
	rig.stage.unwritten(rig.stage.self, rig.to);
	is_str(told(&rig, &(struct stage_times){ 0 }),
	       "vxlan-1@10.0.0.1 4=3 5=0 7=0; vxlan-2@10.0.0.1 4=1 5=0 7=0",
	       "packets that were not written are not counted");
	decap_free(rig.decap);
}

static void input_tells(void)
{
	const struct block block = { .kind = BLOCK_OTHER,
				     .section = &section,
				     .interface = &interface,
				     .type = PCAPNG_STATISTICS };
	static struct rig rig;

	begin(&rig, true);
	rig.stage.block(rig.stage.self, &block);
	put(&rig, 0);
	put(&rig, 1);
	is_str(told(&rig, &(struct stage_times){ 0 }), "vxlan-1@10.0.0.1 4=1 5=0 7=0",
	       "an interface of which the input tells has no second block");
	put(&rig, 0);
	is_str(told(&rig, &(struct stage_times){ 0 }), "input 4=1 5=0 7=0", "... in this section");
	decap_free(rig.decap);
}

static void ask(void *arg, struct stage_times *run)
{
	const struct rig *rig = arg;

	decap_set_kernel(rig->decap, &(struct decap_kernel){ .dropped = 17 });
	*run = (struct stage_times){ true, 1LL * NS, 2LL * NS };
}

static void live(void)
{
	static struct rig rig;

	begin(&rig, true);
	decap_at_end(rig.decap, &(struct decap_end){ ask, &rig });
	is_str(told(&rig, &times), "", "nothing is asked where nothing is told");
	put(&rig, 1);
	rig.stage.refused(rig.stage.self);
	put(&rig, 2);
	put(&rig, 3);
	is_str(told(&rig, &times),
	       "vxlan-2@10.0.0.1 2=1000000 3=2000000 4=1 5=0 7=17; vxlan-3@10.0.0.1 2=1000000 "
	       "3=2000000 4=1 5=0 7=0",
	       "the kernel's drops are on the first interface, the times are those of the run");
	decap_free(rig.decap);
}

int main(void)
{
	written();
	unwritten();
	input_tells();
	live();
	section.swapped = true;
	written();
	return tap_done();
}
